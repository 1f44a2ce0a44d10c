"""Each quarter of an hour: what plants could have given, what they gave, and why they gave less."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import numpy.typing as npt
from django.db import transaction

from apps.dispatch.models import Course
from apps.forecasts.selectors.actual import actual, instant_of, step_of
from apps.renewables.adapters.days import laid_in, last_known
from apps.renewables.adapters.potential import Evidence, Fleet, Potential, missing_kw, potential
from apps.renewables.choices import KEPT_QUARTERS, LIKENESS_DAYS, QUARTER_H, STEPS_A_DAY, PlantKind
from apps.renewables.models import Curtailment, PlantDay, RenewablePlant
from apps.renewables.rules import Facts, Restriction, cause_of, is_explained
from apps.renewables.selectors.circumstances import Steps, envelope_limits_kw, told_kw, voltages_pu
from apps.renewables.selectors.restrictions import Change, changes, standing
from apps.renewables.selectors.said import quantiles_said
from apps.renewables.selectors.worth import Worth, worth

AGAIN = 8  # quarter hours that are looked at again: samples and orders' answers come late
MOST = STEPS_A_DAY

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Seen:
    """Rows are the plants; all but `past` over the steps."""

    plants: list[RenewablePlant]
    steps: Steps
    produced: FloatArray
    past: FloatArray
    changes: list[list[Change]]
    curtailed_before: BoolArray  # of the past


@dataclass(frozen=True, slots=True)
class _Found:
    potential: Potential
    missing: FloatArray
    facts: list[list[Facts]]
    worth: dict[int | None, Worth]


def watch(*, as_of: datetime) -> int:
    """How many quarter hours of plants were found curtailed."""
    plants = list(RenewablePlant.objects.filter(is_active=True).select_related("portfolio__zone").order_by("pk"))
    steps = _due(as_of)
    if not plants:
        return 0
    seen = _seen(plants, steps)
    found = _found(seen, as_of)
    return _keep(seen, found, as_of)


def forget_quarters(*, as_of: datetime) -> int:
    until = as_of - KEPT_QUARTERS
    gone = PlantDay.objects.filter(day__lt=until.date()).delete()[0]
    return gone + Curtailment.objects.filter(starts_at__lt=until).delete()[0]


def _due(as_of: datetime) -> Steps:
    """The newest again, and what was missed since the last look, up to a day."""
    end = step_of(as_of)
    known = _known_until()
    first = end - MOST if known is None else min(known, end) - AGAIN
    return Steps(max(first, end - MOST), end)


def _known_until() -> int | None:
    """Behind the newest quarter hour of any plant."""
    newest = PlantDay.objects.order_by("-day").values_list("day", flat=True).first()
    if newest is None:
        return None
    rows = PlantDay.objects.filter(day=newest).values_list("produced_kw", flat=True)
    ends = [last_known(content) for content in rows]
    return step_of(datetime.combine(newest, datetime.min.time(), UTC)) + max(ends, default=0)


def _seen(plants: list[RenewablePlant], steps: Steps) -> _Seen:
    series = [plant.series_id for plant in plants]
    begin = steps.first - LIKENESS_DAYS * STEPS_A_DAY
    known = actual(series, start=begin, end=steps.end)
    whole = np.stack([known[key] for key in series])
    told = changes(plants, start=steps.starts_at, end=steps.ends_at)
    past = whole[:, : steps.first - begin]
    return _Seen(
        plants,
        steps,
        whole[:, steps.first - begin :],
        past,
        [told.get(plant.mrid, []) for plant in plants],
        _curtailed(plants, begin, past.shape[1]),
    )


def _curtailed(plants: Sequence[RenewablePlant], begin: int, steps: int) -> BoolArray:
    found = np.zeros((len(plants), steps), np.bool_)
    row_of = {plant.pk: row for row, plant in enumerate(plants)}
    rows = Curtailment.objects.filter(starts_at__gte=instant_of(begin), starts_at__lt=instant_of(begin + steps))
    for plant, at in rows.values_list("plant_id", "starts_at"):
        if plant in row_of:
            found[row_of[plant], step_of(at) - begin] = True
    return found


def _held_back(seen: _Seen, row: int) -> tuple[npt.NDArray[np.int64], BoolArray]:
    """Per step: the step in which what holds the plant back began, the step itself where nothing does; and where that
    is. A plant that was curtailed up to the window without an order counts as held back until it is seen free."""
    before = seen.curtailed_before[row][::-1]
    unbroken = int(before.argmin()) if not before.all() else len(before)
    start = seen.steps.first - unbroken if unbroken else None
    since, found = start, np.arange(seen.steps.first, seen.steps.end)
    is_free = np.full(len(seen.steps), start is None)
    for column, step in enumerate(found.tolist()):
        change = standing(seen.changes[row], instant_of(step + 1))
        if change is None or change.restriction is None:
            since = start
        else:
            since = min(step_of(change.at), step if since is None else since)
            is_free[column] = False
        found[column] = step if since is None else since
    return found, is_free


def _found(seen: _Seen, as_of: datetime) -> _Found:
    plants, steps = seen.plants, seen.steps
    fleet = Fleet([PlantKind(plant.kind) for plant in plants], np.array([plant.rated_kw for plant in plants]))
    since, is_free = (np.stack(one) for one in zip(*(_held_back(seen, n) for n in range(len(plants))), strict=True))
    said = quantiles_said([plant.series_id for plant in plants], first=steps.first, end=steps.end, free_until=since)
    evidence = Evidence(seen.produced, is_free, said, told_kw(plants, steps))
    found = potential(fleet, seen.past, ~seen.curtailed_before, evidence)
    values = _worth_of(plants, steps, as_of)
    facts = _facts(seen, found, values)
    explained = np.array([[is_explained(one) for one in row] for row in facts])
    return _Found(found, missing_kw(fleet, found, seen.produced, explained), facts, values)


def _worth_of(plants: Sequence[RenewablePlant], steps: Steps, as_of: datetime) -> dict[int | None, Worth]:
    zones = {plant.portfolio.zone_id: plant.portfolio.zone for plant in plants}
    return {key: worth(zone, starts_at=steps.starts_at, steps=len(steps), as_of=as_of) for key, zone in zones.items()}


def _facts(seen: _Seen, found: Potential, values: dict[int | None, Worth]) -> list[list[Facts]]:
    limits = envelope_limits_kw(seen.plants, seen.steps, found.kw)
    voltages = voltages_pu(seen.plants, seen.steps)
    return [
        [
            Facts(
                rated_kw=plant.rated_kw,
                produced_kw=float(seen.produced[row, column]),
                available_kw=float(found.kw[row, column]),
                restriction=_restriction(seen, row, column),
                envelope_kw=_maybe(limits[row, column]),
                voltage_pu=_maybe(voltages[row, column]),
                reduces_from_pu=plant.reduces_from_pu,
                price=_maybe(values[plant.portfolio.zone_id].price_per_mwh[column]),
                stops_below_price=plant.stops_below_price,
                peers_share=_maybe(found.by_peers[row, column]),
            )
            for column in range(len(seen.steps))
        ]
        for row, plant in enumerate(seen.plants)
    ]


def _restriction(seen: _Seen, row: int, column: int) -> Restriction | None:
    change = standing(seen.changes[row], instant_of(seen.steps.first + column + 1))
    return change.restriction if change else None


def _maybe(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@transaction.atomic
def _keep(seen: _Seen, found: _Found, as_of: datetime) -> int:
    _keep_days(seen, found)
    known = seen.steps
    held = Curtailment.objects.select_for_update().filter(
        plant__in=seen.plants, starts_at__gte=known.starts_at, starts_at__lt=known.ends_at
    )
    held.delete()
    places = np.argwhere(found.missing > 0).tolist()
    rows = [_curtailment(seen, found, (row, column), as_of) for row, column in places]
    _forget_unknown_courses(rows)
    return len(Curtailment.objects.bulk_create(rows))


def _forget_unknown_courses(rows: Sequence[Curtailment]) -> None:
    """An order names its course in words, and outlives it."""
    wanted = {row.course_id for row in rows if row.course_id}
    known = set(Course.objects.filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    for row in rows:
        row.course_id = row.course_id if row.course_id in known else None


def _curtailment(seen: _Seen, found: _Found, place: tuple[int, int], as_of: datetime) -> Curtailment:
    row, column = place
    plant, verdict = seen.plants[row], cause_of(found.facts[row][column])
    value, kwh = found.worth[plant.portfolio.zone_id], QUARTER_H * float(found.missing[row, column])
    price, average, marginal = (_maybe(one[column]) for one in (value.price, value.average, value.marginal))
    return Curtailment(
        plant=plant,
        starts_at=instant_of(seen.steps.first + column),
        kwh=kwh,
        sigma_kwh=QUARTER_H * float(found.potential.sigma_kw[row, column]),
        cause=verdict.cause,
        words=verdict.words,
        order_id=verdict.order,
        course_id=verdict.course,
        worth=None if price is None else price * kwh,
        currency=value.currency,
        average_kg=None if average is None else average * kwh,
        marginal_kg=None if marginal is None else marginal * kwh,
        found_at=as_of,
    )


def _keep_days(seen: _Seen, found: _Found) -> None:
    days = _parts(seen.steps)
    known = {
        (row.plant_id, row.day): row
        for row in PlantDay.objects.filter(plant__in=seen.plants, day__in=list(days)).select_for_update()
    }
    fresh: list[PlantDay] = []
    changed: list[PlantDay] = []
    columns = {
        "available_kw": found.potential.kw,
        "sigma_kw": found.potential.sigma_kw,
        "produced_kw": seen.produced,
        "curtailed_kw": found.missing,
    }
    for number, plant in enumerate(seen.plants):
        for day, (part, at) in days.items():
            row = known.get((plant.pk, day))
            (fresh if row is None else changed).append(row := row or PlantDay(plant=plant, day=day))
            for name, values in columns.items():
                setattr(row, name, laid_in(getattr(row, name) or None, at, values[number, part]))
            row.basis = found.potential.basis[number]
    PlantDay.objects.bulk_create(fresh)
    PlantDay.objects.bulk_update(changed, [*columns, "basis"], batch_size=500)


def _parts(steps: Steps) -> dict[date, tuple[slice, int]]:
    """By day (UTC): which of the steps are in it, and at which of its quarter hours they begin."""
    columns: dict[date, list[int]] = defaultdict(list)
    for column in range(len(steps)):
        columns[instant_of(steps.first + column).date()].append(column)
    return {
        day: (slice(found[0], found[-1] + 1), (steps.first + found[0]) % STEPS_A_DAY) for day, found in columns.items()
    }
