"""What is worked out once a day: health of racks, warranties, and what a day has earned."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from apps.storage.adapters.charge import STEP_S, Heard
from apps.storage.adapters.health import Health, estimated
from apps.storage.adapters.warranty import counted
from apps.storage.models import ChargeDay, HealthState, Rack, StoragePlant, WarrantyCounter
from apps.storage.selectors.courses import FOLLOWED, courses_of
from apps.storage.selectors.operation import past_course

DAY = timedelta(days=1)


def estimate_health(*, as_of: datetime) -> int:
    """Of the day (UTC) that has ended last, plant by plant. How many racks told something."""
    end = _midnight(as_of)
    if HealthState.objects.filter(as_of=end).exists():
        return 0
    plants = StoragePlant.objects.order_by("pk")
    return sum(_estimate(list(plant.racks.select_related("plant", "charge")), end) for plant in plants)


def _estimate(racks: Sequence[Rack], end: datetime) -> int:
    start = end - DAY
    courses = courses_of(racks, FOLLOWED, start=start, end=end)
    heard = [Heard(rack, {}, courses[rack.mrid]) for rack in racks if "dc_current_a" in courses.get(rack.mrid, {})]
    newest = _newest(one.rack for one in heard)
    found = estimated(
        heard,
        [one.rack.charge.bias_c if hasattr(one.rack, "charge") else 0.0 for one in heard],
        [newest.get(one.rack.pk, {}) for one in heard],
        start_s=start.timestamp(),
        steps=int(DAY.total_seconds() / STEP_S),
    )
    rows = [_health(one.rack, health, end) for one, health in zip(heard, found, strict=True)]
    return len(HealthState.objects.bulk_create(rows))


def _newest(racks: Iterable[Rack]) -> dict[int, dict[str, list[float]]]:
    rows = HealthState.objects.filter(rack__in=list(racks)).order_by("rack_id", "-as_of").distinct("rack_id")
    return {row.rack_id: row.sums for row in rows}


def _health(rack: Rack, found: Health, end: datetime) -> HealthState:
    return HealthState(
        rack=rack,
        as_of=end,
        capacity=found.capacity,
        capacity_sigma=found.capacity_sigma,
        resistance=found.resistance,
        resistance_sigma=found.resistance_sigma,
        pairs=found.pairs,
        steps=found.steps,
        sums=found.sums,
    )


def count_warranties(*, as_of: datetime) -> int:
    """Up to the last midnight (UTC). How many plants were counted."""
    end, done = _midnight(as_of), 0
    counters = {row.plant_id: row for row in WarrantyCounter.objects.all()}
    for plant in StoragePlant.objects.order_by("pk"):
        counter = counters.get(plant.pk) or _first_counter(plant, end)
        if counter is not None and counter.counted_until < end:
            _count(plant, counter, end)
            done += 1
    return done


def _first_counter(plant: StoragePlant, end: datetime) -> WarrantyCounter | None:
    """From the first day that is kept; its years from when it went into service."""
    first = ChargeDay.objects.filter(plant=plant, day__lt=end.date()).order_by("day").first()
    if first is None:
        return None
    begin = datetime(first.day.year, first.day.month, first.day.day, tzinfo=UTC)
    since = plant.in_service_on or first.day
    return WarrantyCounter(plant=plant, counted_until=begin, years=max((first.day - since).days, 0) / 365.25)


def _count(plant: StoragePlant, counter: WarrantyCounter, end: datetime) -> None:
    soc, temperature = past_course(plant, counter.counted_until.date(), end.date())
    found, unknown_h = counted(plant, soc, temperature)
    for name, value in found.items():
        if name != "years":
            setattr(counter, name, getattr(counter, name) + value)
    counter.years += (end - counter.counted_until) / DAY / 365.25
    counter.hours_unknown += unknown_h
    counter.counted_until = end
    counter.save()


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
