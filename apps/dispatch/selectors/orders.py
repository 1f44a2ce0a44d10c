from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.dispatch.choices.order import OPEN_ORDERS
from apps.dispatch.choices.plan import TO_THE_FIELD, StepStatus
from apps.dispatch.models import Order, SwitchingStep
from apps.telemetry.models import ControlPoint

PEOPLE = ("selected_by", "approved_by", "settled_by")


def controls_of(equipment_mrid: UUID) -> list[ControlPoint]:
    """What can be commanded at a device."""
    rows = ControlPoint.objects.filter(point__equipment_mrid=equipment_mrid)
    return list(rows.select_related("point__gateway").order_by("point_id", "id"))


def orders(
    *, device: UUID | None = None, status: Collection[str] = (), before: int | None = None, most: int = 100
) -> list[Order]:
    """The newest first; `before` is the id of the last one of the page before."""
    rows = Order.objects.select_related(*PEOPLE).order_by("-id")
    if device is not None:
        rows = rows.filter(device_mrid=device)
    if status:
        rows = rows.filter(status__in=status)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows[:most])


def open_order_of(device: UUID) -> Order | None:
    rows = Order.objects.select_related(*PEOPLE)
    return rows.filter(device_mrid=device, status__in=OPEN_ORDERS).first()


def crew_step_at(device: UUID) -> SwitchingStep | None:
    """A step by which a crew has been told to operate the device, and has not told yet how it went."""
    rows = SwitchingStep.objects.filter(equipment_mrid=device, kind__in=TO_THE_FIELD, status=StepStatus.INSTRUCTED)
    return rows.filter(order=None).select_related("plan").first()


def order_document(order: Order, *, as_of: datetime) -> dict[str, Any]:
    """Without the nonce: that is for who selected."""
    return {
        "id": order.pk,
        "key": str(order.key),
        "device_mrid": str(order.device_mrid),
        "device_name": order.device_name,
        "point_name": order.point_name,
        "act": order.act,
        "act_label": order.get_act_display(),
        "value": order.value,
        "unit": order.unit,
        "before": order.before,
        "status": order.status,
        "status_label": order.get_status_display(),
        "purpose": order.purpose,
        "is_open": order.status in OPEN_ORDERS,
        "is_critical": order.is_critical,
        "selected_at": _text(order.selected_at),
        "selected_by": order.selected_by.get_username(),
        "expires_at": _text(order.expires_at),
        "ordered_at": _text(order.ordered_at),
        "approved_by": order.approved_by.get_username() if order.approved_by else None,
        "approved_at": _text(order.approved_at),
        "sent_at": _text(order.sent_at),
        "answered_at": _text(order.answered_at),
        "feedback": order.feedback,
        "ended_at": _text(order.ended_at),
        "add_cause": order.add_cause,
        "reason": order.reason,
        "settled_by": order.settled_by.get_username() if order.settled_by else None,
        "finding": order.finding,
        "sentence": order.look_ahead.get("sentence", ""),
        "server_time": as_of.isoformat(),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
