"""What became of a course: each of its set-points with the order that carried it, and what it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.dispatch.choices.course import StepOutcome
from apps.dispatch.choices.order import DONE, PENDING, OrderStatus
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Course, Order
from apps.dispatch.rules.courses import end_of, operations
from apps.dispatch.selectors.courses import document_then
from apps.telemetry.models import ControlPoint

_NEVER_ORDERED = (OrderStatus.SELECTED, OrderStatus.CANCELLED, OrderStatus.EXPIRED)
_HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class _Life:
    """Of a course up to an instant."""

    began: datetime | None  # approved, and run from then on
    over: datetime | None
    as_of: datetime


def course_progress(course: Course, *, as_of: datetime) -> dict[str, Any]:
    """As it stood at that instant."""
    orders = _orders(course, as_of)
    return {
        "course": document_then(course, as_of),
        "effect": _effect(course),
        "points": _points(course),
        "steps": _steps(course, orders, _life(course, as_of)),
        "rest_order": _order_document(orders.get("rest"), as_of),
    }


def _life(course: Course, as_of: datetime) -> _Life:
    ran = course.decided_at if course.executor_id is not None else None
    over = course.ended_at if course.ended_at is not None and course.ended_at <= as_of else None
    return _Life(ran if ran is not None and ran <= as_of else None, over, as_of)


def _orders(course: Course, as_of: datetime) -> dict[str, Order]:
    """The newest of each purpose: 'step 3', 'rest'."""
    rows = Order.objects.filter(
        device_mrid=course.device_mrid, purpose__startswith=f"{course.purpose}, ", selected_at__lte=as_of
    )
    told = rows.exclude(status__in=_NEVER_ORDERED).select_related("settled_by").order_by("pk")
    return {order.purpose.removeprefix(f"{course.purpose}, "): order for order in told}


def _steps(course: Course, orders: Mapping[str, Order], life: _Life) -> list[dict[str, Any]]:
    found, standing = [], None
    for number, step in enumerate(course.steps):
        order = orders.get(f"step {number + 1}")
        at, until, value = datetime.fromisoformat(step["at"]), end_of(course, number), float(step["value"])
        outcome = _of_order(order, life.as_of) if order else _without_order(at, until, standing == value, life)
        if order is not None:
            standing = value if outcome is StepOutcome.DONE else None
        found.append(
            {
                "number": number + 1,
                "at": step["at"],
                "until": until.isoformat(),
                "value": value,
                "outcome": outcome.value,
                "outcome_label": outcome.label,
                "order": _order_document(order, life.as_of),
            }
        )
    return found


def _of_order(order: Order, as_of: datetime) -> StepOutcome:
    status = OrderStatus(order.status)
    if status in PENDING or order.ended_at is None or order.ended_at > as_of:
        return StepOutcome.UNKNOWN if status is OrderStatus.UNKNOWN else StepOutcome.UNDER_WAY
    if status in DONE:
        return StepOutcome.DONE
    return StepOutcome.UNKNOWN if status is OrderStatus.UNKNOWN else StepOutcome.FAILED


def _without_order(at: datetime, until: datetime, stands: bool, life: _Life) -> StepOutcome:
    if life.over is not None and life.over <= at:
        return StepOutcome.DROPPED if life.began is not None else StepOutcome.UNDECIDED
    if life.as_of < at:
        return StepOutcome.AHEAD
    if life.began is None:
        return StepOutcome.UNDECIDED
    if stands:
        return StepOutcome.SAME
    holds = life.over is None and life.as_of < until
    return StepOutcome.UNDER_WAY if holds else StepOutcome.PASSED


def _order_document(order: Order | None, as_of: datetime) -> dict[str, Any] | None:
    if order is None:
        return None
    is_over = order.ended_at is not None and order.ended_at <= as_of
    return {
        "id": order.pk,
        "status": order.status,
        "status_label": order.get_status_display(),
        "reason": f"{order.settled_by}: {order.finding}" if order.finding else order.reason,
        "ordered_at": order.ordered_at,
        "feedback": order.feedback if is_over else None,
        "ended_at": order.ended_at if is_over else None,
    }


def _effect(course: Course) -> dict[str, Any]:
    """What the set-points come to. Energies of active power alone: drawn and given by the device."""
    values = [float(step["value"]) for step in course.steps]
    told: dict[str, Any] = {"moves": operations(course), "lowest": min(values), "highest": max(values)}
    if course.quantity == StepQuantity.ACTIVE_POWER:
        told |= {"drawn_kwh": _energy(course, values, 1.0), "given_kwh": _energy(course, values, -1.0)}
    return told


def _energy(course: Course, values: Sequence[float], sign: float) -> float:
    spans = [
        (end_of(course, number) - datetime.fromisoformat(step["at"])).total_seconds() / _HOUR_S
        for number, step in enumerate(course.steps)
    ]
    return round(sum(max(sign * value, 0.0) * hours for value, hours in zip(values, spans, strict=True)), 3)


def _points(course: Course) -> list[dict[str, Any]]:
    """Where it is measured what was done."""
    rows = ControlPoint.objects.filter(point__equipment_mrid=course.device_mrid, point__quantity=course.quantity)
    told = rows.order_by("point_id").values_list("point_id", "point__name", "point__unit").distinct()
    return [{"id": key, "name": name, "unit": unit} for key, name, unit in told]
