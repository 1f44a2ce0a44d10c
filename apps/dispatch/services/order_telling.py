"""One way in which an order changes: compare and swap, audit and journal in one transaction."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.choices.order import OPEN_ORDERS, ORDERS, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client, Objection
from apps.dispatch.selectors.orders import order_document
from apps.dispatch.services.plan_following import follow
from apps.dispatch.services.refusal import Refused
from apps.live import services as live

Done = TypeVar("Done")


class OrderRefused(Refused):
    """Carries the standard's word for the reason, and the order it is about, if there is one."""

    def __init__(self, objection: Objection, order: Order | None = None) -> None:
        super().__init__(objection.reason)
        self.add_cause, self.order = str(objection.add_cause), order


def insist(objection: Objection, order: Order | None = None) -> None:
    """Raises OrderRefused unless there is nothing to object."""
    if objection.reason:
        raise OrderRefused(objection, order)


@transaction.atomic
def move(
    order: Order,
    new: OrderStatus,
    *,
    as_of: datetime,
    by: User | None = None,
    source_ip: str | None = None,
    **fields: Any,
) -> bool:
    """False: it stands elsewhere by now, and nothing was done."""
    if new not in OPEN_ORDERS:
        fields["ended_at"] = as_of
    if "reason" in fields:
        fields["reason"] = str(fields["reason"])[:300]
    if not Order.objects.move(order.pk, OrderStatus(order.status), new, **fields):
        order.refresh_from_db()
        return False
    order.status = new
    for name, value in fields.items():
        setattr(order, name, value)
    tell(order, by=by, as_of=as_of, source_ip=source_ip)
    follow(order, by=by, as_of=as_of)
    return True


def tell(
    order: Order, *, by: User | None, as_of: datetime, source_ip: str | None = None, also: dict[str, Any] | None = None
) -> None:
    """In the transaction of the change."""
    kind = f"order.{order.status}"
    audit.record(
        actor=by,
        action=kind,
        target=f"order/{order.pk}",
        detail=_detail(order) | (also or {}),
        at=as_of,
        source_ip=source_ip,
    )
    live.record(stream=ORDERS, kind=kind, subject=str(order.pk), payload=order_document(order, as_of=as_of))


def told(act: Callable[[], Done], what: str, client: Client, *, target: str, as_of: datetime) -> Done:
    """Who was refused, and why, is in the audit too: in a transaction of its own."""
    try:
        return act()
    except OrderRefused as refusal:
        _tell_refusal(refusal, what, client, target=target, as_of=as_of)
        raise


@transaction.atomic
def _tell_refusal(refusal: OrderRefused, what: str, client: Client, *, target: str, as_of: datetime) -> None:
    detail = {"asked": what, "add_cause": refusal.add_cause, "reason": str(refusal)}
    audit.record(
        actor=client.user,
        action="order.objection",
        target=target,
        detail=detail,
        at=as_of,
        source_ip=client.source_ip,
    )


def _detail(order: Order) -> dict[str, Any]:
    return {
        "equipment_mrid": str(order.device_mrid),
        "equipment": order.device_name,
        "act": order.act,
        "value": order.value,
        "add_cause": order.add_cause,
        "reason": order.reason,
        "purpose": order.purpose,
        "finding": order.finding,
        "feedback": order.feedback,
    }
