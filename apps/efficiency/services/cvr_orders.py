"""Taps or set-points of an experiment, a step after the other, each an order through the door that all orders take."""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from apps.accounts.models import User
from apps.dispatch.choices.order import DONE, PENDING, Act, AddCause, Level, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.rules.orders import Client
from apps.dispatch.services import orders
from apps.dispatch.services.order_telling import OrderRefused
from apps.efficiency.choices.cvr import MOST_TRIES, SETPOINT_PAUSE
from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.rules.cvr import PERCENT, setpoint_after, step_towards
from apps.efficiency.services.cvr_telling import note_day
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

Clock = Callable[[], datetime]
DOWN, BACK = "down", "back"
_WAIT = frozenset(
    {AddCause.LOCKED_BY_OTHER_CLIENT, AddCause.OBJECT_ALREADY_SELECTED, AddCause.COMMAND_ALREADY_IN_EXECUTION}
)


class Way(Enum):
    """How far a day's taps are on their way."""

    THERE = auto()
    ON_ITS_WAY = auto()
    GIVEN_UP = auto()


def bring(experiment: CvrExperiment, day: CvrDay, wanted: dict[str, float], *, down: bool, clock: Clock) -> Way:
    """The next step of each tap changer that is not there. The meter of the tap says where it stands."""
    stands = taps_measured(experiment, as_of=clock())
    ways = [_bring_unit(experiment, day, unit, stands, wanted, down=down, clock=clock) for unit in experiment.units]
    if Way.GIVEN_UP in ways:
        return Way.GIVEN_UP
    return Way.ON_ITS_WAY if Way.ON_ITS_WAY in ways else Way.THERE


def taps_measured(experiment: CvrExperiment, *, as_of: datetime) -> dict[str, float]:
    """By mRID, of set-points in steps; what no meter tells now is missing."""
    found: dict[str, float] = {}
    for quantity in (Quantity.TAP_POSITION, Quantity.VOLTAGE_SETPOINT):
        units = {UUID(one["mrid"]): one for one in experiment.units if _quantity(one) == quantity}
        points = MeasurementPoint.objects.filter(equipment_mrid__in=units, quantity=quantity)
        for told in telemetry.point_values(list(points), as_of=as_of):
            mrid = told.point.equipment_mrid
            if told.value is not None and not told.is_stale and mrid is not None:
                found[str(mrid)] = _position(units[mrid], told.value)
    return found


def _quantity(unit: dict[str, Any]) -> Quantity:
    return Quantity.VOLTAGE_SETPOINT if unit.get("by_setpoint") else Quantity.TAP_POSITION


def _position(unit: dict[str, Any], value: float) -> float:
    return PERCENT * value / unit["step_percent"] if unit.get("by_setpoint") else float(round(value))


def operations_of_day(experiment: CvrExperiment, day: CvrDay) -> int:
    """Steps that were ordered."""
    rows = Order.objects.filter(purpose__startswith=experiment.purpose_of(day.day, ""), ordered_at__isnull=False)
    return rows.count()


def is_step_pending(experiment: CvrExperiment, day: CvrDay) -> bool:
    """An order of the day has not come to its end."""
    rows = Order.objects.filter(purpose__startswith=experiment.purpose_of(day.day, ""))
    return rows.filter(status__in=sorted(PENDING)).exists()


def _bring_unit(
    experiment: CvrExperiment,
    day: CvrDay,
    unit: dict[str, Any],
    stands: dict[str, float],
    wanted: dict[str, float],
    *,
    down: bool,
    clock: Clock,
) -> Way:
    mrid = unit["mrid"]
    if mrid not in wanted:
        return Way.THERE
    if mrid not in stands:
        note_day(day, f"Nobody knows where the tap of {unit['name']} stands, so nothing is ordered.")
        return Way.ON_ITS_WAY
    step = step_towards(unit, stands[mrid], wanted[mrid], down=down)
    if step == 0:
        return Way.THERE
    purpose = experiment.purpose_of(day.day, f"{DOWN if down else BACK}: {unit['name']}")[:200]
    given = list(Order.objects.filter(purpose=purpose).order_by("-id"))
    if given and _is_early(given[0], unit, clock()):
        return Way.ON_ITS_WAY
    if day.tries + sum(_failed(one) for one in given) >= MOST_TRIES:
        return Way.GIVEN_UP
    order = _order(unit, stands[mrid], wanted[mrid], step)
    _give(experiment, day, order, name=unit["name"], purpose=purpose, number=len(given), clock=clock)
    return Way.ON_ITS_WAY


def _is_early(last: Order, unit: dict[str, Any], now: datetime) -> bool:
    """Its order is pending, or the tap has not had the time to follow its set-point."""
    is_followed = not unit.get("by_setpoint") or now - last.selected_at >= SETPOINT_PAUSE
    return OrderStatus(last.status) in PENDING or not is_followed


def _order(unit: dict[str, Any], now: float, to: float, step: int) -> orders.Wanted:
    mrid = UUID(unit["mrid"])
    if unit.get("by_setpoint"):
        value = setpoint_after(unit, now, to, step)
        return orders.Wanted(mrid, Act.SET, value=value, quantity=Quantity.VOLTAGE_SETPOINT)
    return orders.Wanted(mrid, Act.RAISE if step > 0 else Act.LOWER, quantity=Quantity.TAP_POSITION)


def _failed(order: Order) -> bool:
    return OrderStatus(order.status) not in DONE | PENDING


def _give(
    experiment: CvrExperiment,
    day: CvrDay,
    wanted: orders.Wanted,
    *,
    name: str,
    purpose: str,
    number: int,
    clock: Clock,
) -> None:
    if experiment.approved_by is None:
        return
    client = Client(experiment.approved_by, session=f"CVR {experiment.pk}")
    key = uuid5(NAMESPACE_URL, f"gridops:{purpose}:{number}:{day.tries}")
    try:
        order = orders.select(wanted=wanted, key=key, client=client, as_of=clock(), clock=clock, purpose=purpose)
        if warning := _warning(order):
            orders.cancel(order_id=order.pk, client=client, as_of=clock())
            note_day(day, f"A step of {name} was not ordered, since nobody was there to read: {warning}")
            return
        operated = orders.operate(order_id=order.pk, nonce=order.nonce, client=client, as_of=clock())
        _second(experiment.made_by, experiment, operated, clock)
    except OrderRefused as refusal:
        tries = day.tries if refusal.add_cause in _WAIT else day.tries + 1
        note_day(day, f"{name}: {refusal}", tries=tries)


def _second(by: User, experiment: CvrExperiment, order: Order, clock: Clock) -> None:
    """At a critical device: two persons have agreed on the experiment, and the draft's author is the second."""
    if order.status == OrderStatus.AWAITING:
        client = Client(by, session=f"CVR {experiment.pk}, second person")
        orders.approve(order_id=order.pk, client=client, as_of=clock())


def _warning(order: Order) -> str:
    found = order.look_ahead.get("findings", [])
    return " ".join(one["text"] for one in found if one["level"] == Level.WARNS.value)
