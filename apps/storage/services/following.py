"""The charge of every rack, followed through what was measured since the last look."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from uuid import UUID

import numpy as np

from apps.storage.adapters.charge import (
    STEP_S,
    Course,
    Followed,
    Heard,
    begun,
    follow_racks,
    started,
)
from apps.storage.adapters.packed import packed, unpacked
from apps.storage.choices import ChargeSource
from apps.storage.models import ChargeDay, ChargeState, Rack, StoragePlant
from apps.storage.selectors.charge import charges
from apps.storage.selectors.courses import FOLLOWED, courses_of
from apps.storage.selectors.readings import meters_kw, readings_of
from apps.storage.selectors.standing import begin_of_step, plans_standing

STEP = timedelta(seconds=STEP_S)
FIRST_LOOK = timedelta(minutes=2)
LONGEST_GAP = timedelta(hours=2)  # after that it begins anew
ARRIVED_BY = timedelta(seconds=10)  # samples of the last seconds are still on their way
QUARTERS = 96
_FIELDS = ["as_of", "source", "soc", "sigma", "bias_c", "recalibrated_at", "filter"]


def follow(*, as_of: datetime) -> int:
    """How many racks are known."""
    until = _floor(as_of - ARRIVED_BY)
    racks = list(Rack.objects.select_related("plant", "charge").order_by("pk"))
    spans = sorted(((_since(rack, until), rack) for rack in racks), key=lambda pair: pair[0])
    told: list[ChargeState] = []
    for since, group in groupby(spans, key=lambda pair: pair[0]):
        told += _followed([rack for _, rack in group], since, until)
    _store(told)
    plants = list(StoragePlant.objects.filter(racks__in=racks).distinct())
    _keep_past(plants, as_of=as_of)
    return len(told)


def _floor(at: datetime) -> datetime:
    return datetime.fromtimestamp(at.timestamp() // STEP_S * STEP_S, UTC)


def _since(rack: Rack, until: datetime) -> datetime:
    """A state of long ago is none: the rack is begun anew."""
    state = getattr(rack, "charge", None)
    is_near = state is not None and bool(state.filter) and timedelta(0) <= until - state.as_of <= LONGEST_GAP
    return state.as_of if state is not None and is_near else until - FIRST_LOOK


def _followed(racks: Sequence[Rack], since: datetime, until: datetime) -> list[ChargeState]:
    """Racks that tell current and voltage are filtered; of others stands what they tell themselves."""
    steps = (until - since) // STEP
    if steps < 1:
        return []
    courses = courses_of(racks, FOLLOWED, start=since - timedelta(minutes=1), end=until + timedelta(microseconds=1))
    heard = [Heard(rack, _state(rack, since, courses), courses.get(rack.mrid, {})) for rack in racks]
    filtered = [one for one in heard if len(one.course("dc_current_a").t)]
    found = follow_racks(filtered, start_s=since.timestamp(), steps=steps) if filtered else []
    told = [_of_filter(one, result, until) for one, result in zip(filtered, found, strict=True)]
    only_told = [one for one in heard if not len(one.course("dc_current_a").t) and len(one.course("told_soc").t)]
    return told + [_as_told(one) for one in only_told]


def _state(rack: Rack, since: datetime, courses: dict[UUID, dict[str, Course]]) -> dict[str, float]:
    state = getattr(rack, "charge", None)
    if state is not None and state.filter and state.as_of == since:
        return dict(state.filter)
    told = courses.get(rack.mrid, {}).get("told_soc")
    return begun(*started(float(told.value[-1]) if told is not None and len(told.value) else None))


def _of_filter(one: Heard, found: Followed, until: datetime) -> ChargeState:
    before = getattr(one.rack, "charge", None)
    return ChargeState(
        rack=one.rack,
        as_of=until,
        source=ChargeSource.FILTER,
        soc=found.soc,
        sigma=found.sigma,
        bias_c=found.bias_c,
        recalibrated_at=until if found.was_full else before.recalibrated_at if before else None,
        filter=found.state,
    )


def _as_told(one: Heard) -> ChargeState:
    course = one.course("told_soc")
    soc, sigma = started(float(course.value[-1]))
    at = datetime.fromtimestamp(float(course.t[-1]), UTC)
    return ChargeState(rack=one.rack, as_of=at, source=ChargeSource.TOLD, soc=soc, sigma=sigma)


def _store(states: Iterable[ChargeState]) -> None:
    ChargeState.objects.bulk_create(states, update_conflicts=True, unique_fields=["rack"], update_fields=_FIELDS)


def _keep_past(plants: Sequence[StoragePlant], *, as_of: datetime) -> None:
    """Once in each quarter of an hour."""
    day, slot = as_of.astimezone(UTC).date(), int(as_of.timestamp() // 900) % QUARTERS
    kept = {row.plant_id: row for row in ChargeDay.objects.filter(plant__in=plants, day=day)}
    due = [one for one in plants if one.pk not in kept or np.isnan(unpacked(kept[one.pk].soc)[slot])]
    if not due:
        return
    known, readings, meters = charges(due, as_of=as_of), readings_of(due, as_of=as_of), meters_kw(due, as_of=as_of)
    plans = plans_standing(due, starts_at=begin_of_step(as_of), steps=1, as_of=as_of)
    rows = []
    for plant in due:
        charge, warmest = known.get(plant.pk), readings[plant.pk].values.get("temperature_max_c")
        if charge is None:
            continue
        row = kept.get(plant.pk) or _empty(plant, day)
        _put(row, slot, soc=charge.soc, sigma=charge.sigma, power_kw=meters.get(plant.mrid, np.nan))
        if plant.pk in plans:
            plan = plans[plant.pk]
            _put(row, slot, planned_kw=float(plan["power_kw"][0]), planned_soc=float(plan["soc"][0]))
        if warmest is not None and np.isfinite(warmest).any():
            _put(row, slot, temperature_c=float(np.nanmax(warmest)))
        rows.append(row)
    columns = ["soc", "sigma", "temperature_c", "power_kw", "planned_kw", "planned_soc"]
    ChargeDay.objects.bulk_create(rows, update_conflicts=True, unique_fields=["plant", "day"], update_fields=columns)


def _empty(plant: StoragePlant, day: date) -> ChargeDay:
    blank = packed(np.full(QUARTERS, np.nan))
    return ChargeDay(plant=plant, day=day, soc=blank, sigma=blank, temperature_c=blank, power_kw=blank)


def _put(row: ChargeDay, slot: int, **values: float) -> None:
    for name, value in values.items():
        kept = unpacked(getattr(row, name))
        column = kept if len(kept) else np.full(QUARTERS, np.nan)
        column[slot] = value
        setattr(row, name, packed(column))
