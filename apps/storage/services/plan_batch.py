"""A batch of plants planned and stored: what is known of each, the programs that they share, and a row a plant."""

import time
from collections.abc import Hashable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import objectives_now
from apps.storage.adapters.feeders import Behind, Member
from apps.storage.adapters.goals import worn
from apps.storage.adapters.grouping import Case, Single, cases_of
from apps.storage.adapters.solving import Shared, Solved, aggregated, as_a_fleet, exactly
from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models import StoragePlant, StorageSchedule
from apps.storage.selectors.ahead import NoPrices
from apps.storage.selectors.facts import Batch, facts_of
from apps.storage.selectors.goals import by_goals
from apps.storage.selectors.reserve import reserves_of
from apps.storage.selectors.room import rooms_ahead
from apps.storage.selectors.schedules import planned_socs
from apps.storage.selectors.sites import NoForecast, behind_meter, prices_at_meter
from apps.storage.selectors.sold import sold_by
from apps.storage.services.plan_rows import Known, Meter, Run, Span, row_of, rows_of

EXACT_UP_TO = 200  # plants of a batch in the rolling plan; more are summed up along their feeders
NO_CHARGE = "The state of charge is not known: no rack of the plant tells it, or not for minutes."


class _Refused(Exception):
    """Why a plant cannot be planned."""

    def __init__(self, outcome: PlanOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome


def plan_batch(batch: Batch, span: Span, *, as_of: datetime) -> list[StorageSchedule]:
    """Stored rows, one a plant, also where nothing came of it."""
    known = _known(batch.plants, span, as_of)
    singles, rows = _singles(batch, known, span, as_of)
    cases = cases_of([one for one, _ in singles], final_at_least=span.horizon is Horizon.INTRADAY)
    begun = time.perf_counter()
    solved = _solved(cases, span)
    each_ms = 1000 * (time.perf_counter() - begun) / max(len(singles), 1)
    run = Run(span, as_of, known, {one.member.plant.pk: meter for one, meter in singles}, each_ms)
    rows += [row for case, one in zip(cases, solved, strict=True) for row in rows_of(case, one, run)]
    return StorageSchedule.objects.bulk_create(rows)


def _known(plants: Sequence[StoragePlant], span: Span, as_of: datetime) -> Known:
    """A day to come begins with what the plans until then lead to; a rolling plan meets the day ahead's."""
    facts = facts_of(plants, as_of=as_of)
    some = [plant for plant in plants if plant.pk in facts]
    is_rolling = span.horizon is Horizon.INTRADAY
    then = planned_socs(some, span.ends_at if is_rolling else span.starts_at, as_of=as_of)
    resting = {plant.pk: float(plant.resting_soc) for plant in some}
    return Known(
        facts,
        rooms_ahead(some, starts_at=span.starts_at, steps=span.steps, as_of=as_of),
        {key: one.charge.soc for key, one in facts.items()} if is_rolling else resting | then,
        resting | then if is_rolling else resting,
        reserves_of(some, starts_at=span.starts_at, steps=span.steps),
        sold_by(some, starts_at=span.starts_at, steps=span.steps, as_of=as_of),
        objectives_now(),
    )


def _singles(
    batch: Batch, known: Known, span: Span, as_of: datetime
) -> tuple[list[tuple[Single, Meter]], list[StorageSchedule]]:
    """Plants that can be planned, and rows of those that cannot."""
    meters: dict[Hashable, Meter | _Refused] = {}
    found, rows = [], []
    for plant in batch.plants:
        try:
            meter = _meter(plant, known, meters, span, as_of)
        except _Refused as fault:
            rows.append(row_of(plant, span, as_of, outcome=fault.outcome, reason=str(fault)[:400]))
        else:
            found.append((_single(plant, known, meter, batch), meter))
    return found, rows


def _meter(
    plant: StoragePlant, known: Known, meters: dict[Hashable, Meter | _Refused], span: Span, as_of: datetime
) -> Meter:
    """Asked once for each price and each site. Raises _Refused."""
    if plant.pk not in known.facts:
        raise _Refused(PlanOutcome.NO_CHARGE, NO_CHARGE)
    key = _basis(plant)
    if key not in meters:
        meters[key] = _asked(plant, known.objectives, span, as_of)
    found = meters[key]
    if isinstance(found, _Refused):
        raise found
    return found


def _basis(plant: StoragePlant) -> Hashable:
    return ("site", plant.site_id) if plant.site_id else (plant.tariff, plant.price_zone_id)


def _asked(plant: StoragePlant, objectives: ObjectiveVersion, span: Span, as_of: datetime) -> Meter | _Refused:
    when: dict[str, Any] = {"starts_at": span.starts_at, "steps": span.steps, "as_of": as_of}
    try:
        prices, demand = prices_at_meter(plant, **when)
        prices = by_goals(prices, plant, objectives, starts_at=span.starts_at, as_of=as_of)
        behind = behind_meter(plant.site, demand=demand, **when) if plant.site else None
    except NoPrices as fault:
        return _Refused(PlanOutcome.NO_PRICES, str(fault))
    except NoForecast as fault:
        return _Refused(PlanOutcome.NO_FORECAST, str(fault))
    return Meter(prices, behind)


def _single(plant: StoragePlant, known: Known, meter: Meter, batch: Batch) -> Single:
    one, room = known.facts[plant.pk], known.rooms[plant.pk]
    member = Member(
        plant=plant,
        limits=one.limits,
        now=one.now,
        soc=known.starts[plant.pk],
        sigma=one.charge.sigma,
        final_soc=known.ends[plant.pk],
        wear=worn(one.wear, known.objectives),
        import_kw=one.import_kw,
        export_kw=one.export_kw,
        sold=known.sold.get(plant.pk),
    )
    return Single(
        member=member,
        prices=_basis(plant),
        buy=meter.prices.buy,
        sell=meter.prices.sell,
        point=room.point,
        import_kw=_of_meter(room.import_kw, meter.behind, 1.0, plant.site.import_kw if plant.site else None),
        export_kw=_of_meter(room.export_kw, meter.behind, -1.0, plant.site.export_kw if plant.site else None),
        reserve=known.reserves.get(plant.pk),
        feeder=batch.feeders[plant.pk],
        site=plant.site,
        behind=meter.behind,
        words=room.words,
    )


def _of_meter(room_kw: np.ndarray, behind: Behind | None, way: float, own_kw: float | None) -> np.ndarray:
    """The room is what batteries may move beside all else that is expected at the point: load and sun of a site are
    among that, and its meter counts them too. own_kw: of the site's connection; None: no limit of its own."""
    whole = room_kw if behind is None else np.maximum(room_kw + way * (behind.load_kw - behind.sun_kw), 0.0)
    return whole if own_kw is None else np.minimum(whole, own_kw)


def _solved(cases: Sequence[Case], span: Span) -> list[Solved]:
    units = [case.unit for case in cases]
    is_large = sum(len(unit.members) for unit in units) > EXACT_UP_TO
    fast = is_large and span.horizon is Horizon.INTRADAY
    found = aggregated(units) if fast else [exactly(unit) for unit in units]
    for fleet, shared in _shared(cases, span).items():
        mine = [n for n, case in enumerate(cases) if case.unit.members[0].plant.fleet_id == fleet]
        told = as_a_fleet([units[n] for n in mine], [found[n] for n in mine], shared)
        for n, one in zip(mine, told, strict=True):
            found[n] = one
    return found


def _shared(cases: Sequence[Case], span: Span) -> dict[int, Shared]:
    """By fleet, of those whose plants have something in common."""
    fleets = {one.plant.fleet_id: one.plant.fleet for case in cases for one in case.unit.members}
    held = reserves_of(list(fleets.values()), starts_at=span.starts_at, steps=span.steps)
    return {
        key: Shared(_all_day(fleet.import_kw, span), _all_day(fleet.export_kw, span), held.get(key))
        for key, fleet in fleets.items()
        if fleet.is_limited or key in held
    }


def _all_day(limit: float | None, span: Span) -> np.ndarray:
    return np.full(span.steps, np.inf if limit is None else limit)
