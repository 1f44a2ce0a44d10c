"""How long batteries will live on what is planned for them, worked out each night and on demand."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.db.models import QuerySet

from apps.state.adapters import ENGINE_VERSION
from apps.storage.adapters.lifespan import END_OF_LIFE, MODELS, Duty, Tested, Worn, duty, fields_of, multipliers, seen
from apps.storage.adapters.policies import Money, PricedDay, compared
from apps.storage.adapters.warmth import ASSUMED_C, RISE_C, surroundings
from apps.storage.choices import KEPT_LIFESPANS, STEP, LifespanOutcome
from apps.storage.models import BatteryCost, CapacityTest, LifespanRun, StoragePlant
from apps.storage.selectors.ahead import NoPrices, market_day, price_course
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.operation import Operation, first_day, past_operation, recent_operation

DAY = timedelta(days=1)
POLICY_DAYS = 14  # two whole weeks, up to tomorrow
MOST_A_ROUND = 10  # plants
AGAIN = timedelta(minutes=10)  # where nothing was known of the charge: cheap, and the first plan changes it
UNKNOWN_COURSE = (
    "Nothing is known of a whole day of its charge, neither followed nor planned. Once its racks tell their charge for "
    "a day, or a schedule is planned, this can be worked out."
)


@dataclass(frozen=True, slots=True)
class _Known:
    plant: StoragePlant
    ahead: Operation
    past: Operation
    age: float
    around_c: float
    inputs: dict[str, Any]


def work_out(*, plant: StoragePlant, as_of: datetime, end_of_life: float = END_OF_LIFE) -> LifespanRun:
    """A run as a row, also where nothing came of it."""
    begun = time.perf_counter()
    row = LifespanRun(plant=plant, as_of=as_of, end_of_life=end_of_life, engine_version=ENGINE_VERSION)
    known = _known(plant, as_of)
    if known is None:
        row.outcome, row.reason = LifespanOutcome.NO_COURSE, UNKNOWN_COURSE
    else:
        _fill(row, known)
    row.duration_ms = 1000 * (time.perf_counter() - begun)
    return _kept(row)


def _kept(row: LifespanRun) -> LifespanRun:
    """Of runs that came to nothing for want of a course only the newest is kept."""
    if row.outcome is LifespanOutcome.NO_COURSE:
        LifespanRun.objects.filter(plant=row.plant, outcome=LifespanOutcome.NO_COURSE).delete()
    row.save()
    return row


def work_out_due(*, as_of: datetime) -> int:
    """Of plants without a run of today (UTC), a few a round: asked often, and cheap once all are done."""
    midnight = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    runs = LifespanRun.objects.filter(as_of__gte=midnight)
    fresh = runs.exclude(outcome=LifespanOutcome.NO_COURSE, as_of__lt=as_of - AGAIN)
    due = list(_plants().exclude(pk__in=fresh.values("plant")).order_by("pk")[:MOST_A_ROUND])
    return len([work_out(plant=plant, as_of=as_of) for plant in due])


def _plants() -> QuerySet[StoragePlant]:
    return StoragePlant.objects.select_related("price_zone", "battery_cost").prefetch_related("limits", "settings")


def work_out_one(*, plant_id: int, end_of_life: float, as_of: datetime) -> int:
    """The key of the run."""
    return work_out(plant=_plants().get(pk=plant_id), as_of=as_of, end_of_life=end_of_life).pk


def forget_lifespans(*, as_of: datetime) -> int:
    return LifespanRun.objects.filter(as_of__lt=as_of - KEPT_LIFESPANS).delete()[0]


def _known(plant: StoragePlant, as_of: datetime) -> _Known | None:
    ahead = recent_operation(plant, as_of=as_of)
    if ahead is None:
        return None
    past = past_operation(plant, as_of=as_of)
    begun = plant.in_service_on or first_day(plant) or as_of.date()
    around = surroundings(ahead.soc, ahead.temperature_c)
    warmth = ASSUMED_C if around is None else around
    inputs = {
        "course_from": ahead.begins_at.isoformat(),
        "course_to": (ahead.begins_at + (ahead.executed + ahead.planned) * STEP).isoformat(),
        "executed_h": ahead.executed * STEP / timedelta(hours=1),
        "planned_h": ahead.planned * STEP / timedelta(hours=1),
        "known_share": ahead.known_share,
        "past_days": len(past.temperature_c) * STEP / DAY if past else 0.0,
        "in_service_on": begun.isoformat(),
        "is_service_told": plant.in_service_on is not None,
        "surroundings_c": warmth,
        "is_temperature_known": around is not None,
        "rise_c": RISE_C,
    }
    age = max((as_of.date() - begun) / DAY, 0.0) / 365.25
    return _Known(plant, ahead, past or ahead, age, warmth, inputs)


def _fill(row: LifespanRun, known: _Known) -> None:
    tests = list(CapacityTest.objects.filter(plant=known.plant, tested_at__lte=row.as_of).order_by("tested_at"))
    tested = _tested(known, tests, row.as_of)
    cost = getattr(known.plant, "battery_cost", None)
    try:
        one = _duty(known, tested, row.end_of_life)
        fields = fields_of(one, tested, _worn(known.plant, cost))
        policies, told = _policies(row, known, one, cost, fields["wear_per_kwh"])
    except ValueError as fault:
        row.outcome, row.reason, row.inputs = LifespanOutcome.FAILED, str(fault)[:400], known.inputs
        return
    for name, value in fields.items():
        setattr(row, name, value)
    dates = [
        {"tested_at": test.tested_at.isoformat(), "energy_kwh": test.energy_kwh, "source": test.source}
        for test in tests
    ]
    row.tests = [date | figures for date, figures in zip(dates, row.tests, strict=True)]
    row.outcome, row.policies = LifespanOutcome.KNOWN, policies
    row.inputs = known.inputs | told | {"multipliers": multipliers(one.belief), "cost": _cost(cost)}


def _duty(known: _Known, tested: Tested, end_of_life: float) -> Duty:
    ahead, past = (seen(one.soc, one.temperature_c, known.around_c) for one in (known.ahead, known.past))
    model = MODELS[known.plant.ageing_law]
    return duty(model, ahead=ahead, past=past, age=known.age, tested=tested, end_of_life=end_of_life)


def _tested(known: _Known, tests: Sequence[CapacityTest], as_of: datetime) -> Tested:
    energy = known.plant.energy_kwh
    before = [(as_of - test.tested_at) / DAY / 365.25 for test in tests]
    return Tested(
        age=np.maximum(known.age - np.array(before, np.float64), 0.0),
        capacity=np.array([test.energy_kwh / energy for test in tests], np.float64),
        sigma=np.array([test.sigma_kwh / energy for test in tests], np.float64),
    )


def _worn(plant: StoragePlant, cost: BatteryCost | None) -> Worn | None:
    return Worn(cost.per_kwh, plant.energy_kwh) if cost else None


def _cost(cost: BatteryCost | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    return {name: getattr(cost, name) for name in ("per_kwh", "currency", "discount_rate", "source")}


def _policies(
    row: LifespanRun, known: _Known, one: Duty, cost: BatteryCost | None, wear: float | None
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    plant = known.plant
    try:
        days, told = priced_days(plant, as_of=row.as_of)
    except NoPrices as fault:
        return [], {"policies": str(fault)}
    if not days:
        return [], {
            "policies": f"Of the last {POLICY_DAYS} days none has all its prices; import them, then work it out again."
        }
    objection = _incomparable(cost, told["currency"])
    money = Money(cost.per_kwh * plant.energy_kwh, cost.discount_rate) if cost and not objection else None
    price = wear if money else None
    found, count = compared(one, plant, limits_of(plant), days, around_c=known.around_c, wear=price, money=money)
    told |= {
        "money": objection,
        "policy_days": count,
        "policies": "" if found else "No schedule of these days keeps all limits, so none can be compared.",
    }
    return found, told


def _incomparable(cost: BatteryCost | None, currency: str) -> str:
    """Why no policy is worth anything."""
    if cost is None:
        return "What a longer life is worth is told once the cost of new batteries is entered."
    if cost.currency != currency:
        return f"New batteries are priced in {cost.currency} and energy in {currency}: enter their cost in {currency}."
    return ""


def priced_days(plant: StoragePlant, *, as_of: datetime) -> tuple[list[PricedDay], dict[str, Any]]:
    """Whole days of its market up to tomorrow whose prices are all known. Raises NoPrices."""
    spans = [market_day(plant, as_of, after=after) for after in range(2 - POLICY_DAYS, 2)]
    begin, steps = spans[0][0], sum(count for _, count in spans)
    prices = price_course(plant, starts_at=begin, steps=steps, as_of=as_of)
    found, first, last = [], None, None
    for starts_at, count in spans:
        place = (starts_at - begin) // STEP
        if prices.is_known[place : place + count].all():
            found.append(PricedDay(prices.buy[place : place + count], prices.sell[place : place + count]))
            first, last = first or starts_at, starts_at
    told = {"currency": prices.currency, "prices": prices.basis}
    if first and last:
        told |= {"prices_from": first.isoformat(), "prices_to": last.isoformat()}
    return found, told
