"""The end of an order whose outcome is not known: what a person has found out. Nothing is sent by it, nor again."""

from datetime import datetime

from django.db import transaction

from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client, Present, contradiction, settlement_objection
from apps.dispatch.selectors.orders import PEOPLE
from apps.dispatch.services.order_checks import authority, present_of
from apps.dispatch.services.order_telling import OrderRefused, insist, move, told
from apps.dispatch.services.order_watch import end_alarm
from apps.telemetry import selectors as telemetry


def settle(*, order_id: int, is_done: bool, finding: str, client: Client, as_of: datetime) -> Order:
    """finding: what was found in the field, and how. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related(*PEOPLE, "control__point").get(pk=order_id)
        if order.status == _end(is_done) and order.settled_by_id == client.user.pk:
            return order
        insist(settlement_objection(order), order)
        insist(authority(client.user, order.device_mrid), order)
        present = _present(order, as_of=as_of)
        if is_done:
            insist(contradiction(order, present), order)
        _found(order, is_done, finding, present, client, as_of=as_of)
        return order

    return told(act, "settlement", client, target=f"order/{order_id}", as_of=as_of)


def _end(is_done: bool) -> OrderStatus:
    return OrderStatus.FOUND_DONE if is_done else OrderStatus.FOUND_NOT_DONE


def _present(order: Order, *, as_of: datetime) -> Present:
    if order.control is None:
        return Present(None, None, 0, is_stale=True, is_valid=False)
    (now,) = telemetry.point_values([order.control.point], as_of=as_of)
    return present_of(now)


@transaction.atomic
def _found(order: Order, is_done: bool, finding: str, present: Present, client: Client, *, as_of: datetime) -> None:
    """What the meter read then is kept beside it."""
    said = {"settled_by": client.user, "finding": finding, "feedback": present.value}
    if not move(order, _end(is_done), as_of=as_of, by=client.user, source_ip=client.source_ip, **said):
        raise OrderRefused(settlement_objection(order), order)
    end_alarm(order, as_of=as_of)
