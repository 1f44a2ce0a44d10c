"""Set-points that stood at plants: from the orders that the field accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.dispatch.choices.order import Act, OrderStatus
from apps.dispatch.models import Order
from apps.renewables.choices import LONGEST_TEXT
from apps.renewables.models import RenewablePlant
from apps.renewables.rules import Restriction
from apps.telemetry.choices import Quantity

# The field took the order, or may have; what it refused or never got holds nothing back.
IN_FORCE = (
    OrderStatus.ACCEPTED,
    OrderStatus.CONFIRMED,
    OrderStatus.TIMED_OUT,
    OrderStatus.UNKNOWN,
    OrderStatus.FOUND_DONE,
)
_COURSE = "course "


@dataclass(frozen=True, slots=True)
class Change:
    """From then on the restriction holds; None: the set-point was released."""

    at: datetime
    restriction: Restriction | None


def changes(plants: Sequence[RenewablePlant], *, start: datetime, end: datetime) -> dict[UUID, list[Change]]:
    """Per plant, oldest first: the last before the start, and all until the end. Two queries."""
    rows = Order.objects.filter(
        device_mrid__in=[plant.mrid for plant in plants],
        act__in=(Act.SET, Act.RELEASE),
        status__in=IN_FORCE,
        control__point__quantity=Quantity.ACTIVE_POWER,
        ordered_at__lt=end,
    )
    found: dict[UUID, list[Change]] = {}
    before = rows.filter(ordered_at__lt=start).order_by("device_mrid", "-ordered_at", "-pk").distinct("device_mrid")
    for order in [*before, *rows.filter(ordered_at__gte=start).order_by("ordered_at", "pk")]:
        found.setdefault(order.device_mrid, []).append(Change(_since(order), _restriction(order)))
    return found


def _since(order: Order) -> datetime:
    return order.sent_at or order.ordered_at or order.selected_at


def _restriction(order: Order) -> Restriction | None:
    """A measured value that is negative is fed in."""
    if order.act == Act.RELEASE:
        return None
    course = _number(order.purpose)
    why = f", {order.purpose}" if order.purpose else ""
    words = f"Order {order.pk}{why}: no more than {max(-order.value, 0.0):.0f} kW."
    return Restriction(max(-order.value, 0.0), words[:LONGEST_TEXT], order.pk, course)


def _number(purpose: str) -> int | None:
    """Of the course whose set-point it is."""
    number = purpose.removeprefix(_COURSE).partition(",")[0]
    return int(number) if purpose.startswith(_COURSE) and number.isdecimal() else None


def standing(told: Sequence[Change], at: datetime) -> Change | None:
    """The newest change by then."""
    return next((one for one in reversed(told) if one.at < at), None)
