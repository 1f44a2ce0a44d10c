"""What drives a schedule, in sentences."""

from collections.abc import Iterator, Sequence

import numpy as np

from apps.storage.adapters.feeders import Course, Member, Unit
from apps.storage.adapters.packed import FloatArray
from apps.storage.adapters.planning import STEP_H
from gridops.engine.optimization.storage.plan import Schedule

LEAST_KWH = 0.05
MOST_LIMITS = 4
SKIPPED = frozenset({"sun available", "peak charge"})  # told with the site, or of no use to anybody
Facts = Sequence[str]
NAMES = {"empty": "the lower end of the charge", "full": "the upper end of the charge"}


def words_of(unit: Unit, member: Member, course: Course, currency: str, more: Facts = ()) -> list[str]:
    """Empty without a schedule."""
    if not len(course.power_kw):
        return []
    return [
        *_spread(unit, member, course, currency),
        *_wear(member, currency),
        *_reserve(unit, course),
        *more,
        *_limits(course, currency),
        *_value(course, currency),
    ]


def _spread(unit: Unit, member: Member, course: Course, currency: str) -> Iterator[str]:
    power = course.power_kw
    bought, given = (STEP_H * np.maximum(way * power, 0.0) for way in (1.0, -1.0))
    if min(bought.sum(), given.sum()) < LEAST_KWH:
        yield from _still(unit, member, currency, float(bought.sum()), float(given.sum()))
        return
    paid, got = float(unit.buy @ bought / bought.sum()), float(unit.sell @ given / given.sum())
    enough = _needed(member, paid)
    yield (
        f"Draws {bought.sum():,.0f} kWh at {paid:.3f} {currency}/kWh on average and gives {given.sum():,.0f} kWh at "
        f"{got:.3f}; what is drawn at that price pays from {enough:.3f}."
    )


def _still(unit: Unit, member: Member, currency: str, bought: float, given: float) -> Iterator[str]:
    if max(bought, given) >= LEAST_KWH:
        way, amount = ("Draws", bought) if bought > given else ("Gives", given)
        yield f"{way} {amount:,.0f} kWh and nothing the other way: its charge ends where it is meant to."
        return
    low, high = float(unit.buy.min()), float(unit.sell.max())
    yield (
        f"Stays as it is: the cheapest step costs {low:.3f} {currency}/kWh and would have to sell at "
        f"{_needed(member, low):.3f} or more for losses and wear; the dearest sells at {high:.3f}."
    )


def _needed(member: Member, price: float) -> float:
    """What a kWh must sell for that was bought at a price."""
    plant = member.plant
    return float(price / (plant.charge_efficiency * plant.discharge_efficiency) + member.wear.per_kwh)


def _wear(member: Member, currency: str) -> Iterator[str]:
    wear = member.wear
    if not wear.per_kwh and not any(wear.depth_per_kwh):
        return
    said = f"Wear is counted as {wear.per_kwh:.4f} {currency} for a kWh discharged"
    if len(wear.depth_per_kwh) > 1:
        said += f", from {wear.depth_per_kwh[0]:.4f} in shallow cycles to {wear.depth_per_kwh[-1]:.4f} in the deepest"
    yield f"{said}: {wear.basis or 'as it was entered'}."


def _reserve(unit: Unit, course: Course) -> Iterator[str]:
    for way, held in (("up", course.up_kw), ("down", course.down_kw)):
        if len(held) and held.max() > 0:
            lasts = f" for {unit.reserve.backing_h:g} h" if unit.reserve else ""
            yield f"Holds up to {held.max():,.0f} kW {way} as reserve, with the energy to run{lasts}."


def sold_words(unit: Unit, schedule: Schedule | None) -> tuple[str, ...]:
    """What was traded for the time ahead, and how far the plan is off it."""
    sold = unit.sold
    if sold is None or schedule is None:
        return ()
    off = STEP_H * np.where(sold.is_bid, np.abs(schedule.injection_kw.sum(axis=0) - sold.kw), 0.0)
    given, drawn = (STEP_H * float(np.maximum(way * sold.kw, 0.0).sum()) for way in (1.0, -1.0))
    who = "It" if len(unit.members) == 1 else f"It and {len(unit.members) - 1} other batteries"
    kept = "The plan keeps to that."
    if off.sum() >= LEAST_KWH:
        steps = int((off > LEAST_KWH).sum())
        kept = f"The plan is off by {off.sum():,.0f} kWh in {steps} quarter hours, where batteries cannot follow."
    return (f"{who} sold {given:,.0f} kWh and bought {drawn:,.0f} kWh for the time ahead. {kept}",)


def _limits(course: Course, currency: str) -> Iterator[str]:
    told = [one for one in course.drivers if one["name"] not in SKIPPED]
    for one in told[:MOST_LIMITS]:
        steps, name = len(one["steps"]), NAMES.get(one["name"], one["name"])
        where = "in a quarter hour" if steps == 1 else f"in {steps} quarter hours"
        saves = f"one {one['unit']} more would save up to {one['per_unit']:.3f} {currency}"
        yield f"{name[0].upper()}{name[1:]} binds {where}: {saves}."


def _value(course: Course, currency: str) -> Iterator[str]:
    value: FloatArray = course.stored_value
    if len(value) and np.isfinite(value).all():
        yield f"A stored kWh is worth {value.min():.3f} to {value.max():.3f} {currency}."
