"""What may fail in the next 72 hours: looked at each hour, scored when it is over, fitted each night."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from apps.assets import selectors as assets
from apps.assets.models import NetworkModel
from apps.live import services as live
from apps.resilience.adapters.hazard_fits import (
    ENGINE_VERSION,
    class_rates,
    fitted,
    history_factors,
    packed,
    unpacked,
)
from apps.resilience.adapters.risk_ahead import (
    Element,
    Outlook,
    class_chances,
    districts_of,
    elements_of,
    feeder_chances,
    outlook_of,
)
from apps.resilience.adapters.risk_network import KINDS, Fallible, fallible
from apps.resilience.choices.risk import HOURS_AHEAD, KEPT_ELEMENTS, KEPT_RUNS, RECORDS_NEEDED, RISK, RiskOutcome
from apps.resilience.models import AssetCondition, HazardModel, RiskElement, RiskRun
from apps.resilience.selectors.risk import newest_hazards, sentence_of
from apps.resilience.selectors.risk_inputs import (
    Sky,
    feeder_days,
    highest_loadings,
    past_of,
    sky_ahead,
    stations_of,
)

NO_NETWORK = "There is no live network. Import one and release it."
NO_WEATHER = "No forecast of gusts or wind covers the next hours. Look at the feeds of the weather."
AT_ONCE = 1000
GOOD_FOR, TRIED_AGAIN = timedelta(minutes=57), timedelta(minutes=4)


def look_ahead_where_due(*, as_of: datetime) -> RiskRun | None:
    """Each hour, and soon again where the last look came to nothing: a new site gets its network and weather late."""
    last = RiskRun.objects.order_by("-as_of").first()
    if last is not None:
        good_for = GOOD_FOR if RiskOutcome(last.outcome) == RiskOutcome.DONE else TRIED_AGAIN
        if as_of - last.as_of < good_for:
            return None
    return look_ahead_at_risk(as_of=as_of)


def look_ahead_at_risk(*, as_of: datetime) -> RiskRun:
    """A run is stored whatever came of it, with the reason where nothing could be said."""
    began = time.perf_counter()
    starts_at = as_of.replace(minute=0, second=0, microsecond=0)
    day = as_of.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    run = RiskRun(as_of=as_of, starts_at=starts_at, hours=HOURS_AHEAD, engine_version=ENGINE_VERSION)
    run.seed = int(starts_at.timestamp())
    model = assets.current_model()
    elements: list[RiskElement] = []
    if model is None:
        run.outcome, run.reason = RiskOutcome.NO_NETWORK, NO_NETWORK
    else:
        run.network_model = model
        elements = _worked_out(run, model)
    run.duration_ms = 1000 * (time.perf_counter() - began)
    with transaction.atomic():
        done = run.outcome == RiskOutcome.DONE
        run.is_of_the_day = done and not RiskRun.objects.filter(is_of_the_day=True, as_of__gte=day).exists()
        run.save()
        for one in elements:
            one.run = run
        RiskElement.objects.bulk_create(elements, batch_size=AT_ONCE)
        live.record(stream=RISK, kind="looked-ahead", subject=str(run.pk), payload={"run": run.pk})
    return run


def _worked_out(run: RiskRun, model: NetworkModel) -> list[RiskElement]:
    as_of = run.as_of
    grid = fallible(model, assets.assembled(model))
    sky = sky_ahead(grid, starts_at=run.starts_at, hours=run.hours, as_of=as_of)
    run.weather = {
        "issued_at": sky.issued_at.isoformat() if sky.issued_at else None,
        "places": list(sky.names),
        "known_hours": sky.known_hours,
        "gust_error_known": sky.gust_log_spread is not None,
    }
    if not grid.mrid or not sky.known_hours:
        run.outcome, run.reason = RiskOutcome.NO_WEATHER, NO_WEATHER
        return []
    hazards = newest_hazards(as_of=as_of)
    stored = [hazards.get(kind) for kind in KINDS]
    kinds = class_rates([unpacked(one.coefficients) if one else None for one in stored])
    kept = [{"own_failures": one.own_failures} if one and one.coefficients else {} for one in stored]
    conditions = {str(one.mrid): one for one in AssetCondition.objects.all()}
    loading = highest_loadings(model, grid, as_of=as_of)
    history = history_factors(grid, kinds, kept)
    elements = elements_of(grid, conditions, loading, history, as_of.date())
    found = outlook_of(grid, kinds, sky.hours, sky.place, elements, gust_log_spread=sky.gust_log_spread, seed=run.seed)
    past = feeder_days(class_chances(grid, kinds), as_of=as_of)
    run.outcome = RiskOutcome.DONE
    run.rates = found.ahead.per_hour.tolist()
    run.customers, run.hourly = found.customers, found.hourly
    run.districts = districts_of(grid, found.ahead, sky.place, found.load, stations_of(model))
    run.feeders = feeder_chances(grid, found.ahead, sky.place, found.load, past)
    run.models_used = [sentence_of(kind, one) for kind, one in zip(KINDS, stored, strict=True)]
    run.notes = _notes(grid, sky, loading, conditions)
    return _rows(grid, sky, found, elements)


def _notes(grid: Fallible, sky: Sky, loading: dict[str, float], conditions: dict[str, AssetCondition]) -> list[str]:
    known = sum(mrid in conditions for mrid in grid.mrid)
    notes = [
        f"Age, vegetation and exposure are told of {known} of {len(grid.mrid)} assets; the unknown changes nothing.",
        f"A loading is known of {len(loading)} of {len(grid.mrid)} assets.",
        "Lightning is in no weather that is stored here, so it is not in these figures.",
    ]
    if sky.gust_log_spread is None:
        notes.append("Too few gusts were forecast and then measured: their error is assumed, 10 % now to 25 % at 72 h.")
    if sky.known_hours < HOURS_AHEAD:
        notes.append(f"The forecast knows {sky.known_hours} of {HOURS_AHEAD} hours; the others count as fair weather.")
    return notes


def _rows(grid: Fallible, sky: Sky, found: Outlook, elements: Sequence[Element]) -> list[RiskElement]:
    customers = grid.customers
    return [
        RiskElement(
            mrid=mrid,
            name=grid.name[n],
            kind=KINDS[grid.kind[n]],
            feeder_mrid=grid.feeder[n][0],
            feeder_name=grid.feeder[n][1],
            place=int(sky.place[n]),
            load=float(found.load[n]),
            p=float(found.ahead.p[n]),
            p_low=float(found.ahead.p_low[n]),
            p_high=float(found.ahead.p_high[n]),
            customers=int(customers[n]),
            factors=elements[n].factors,
            health=elements[n].health.score,
            rests_on=list(elements[n].health.rests_on),
            missing=list(elements[n].health.missing),
        )
        for n, mrid in enumerate(grid.mrid)
    ]


@transaction.atomic
def fit_hazards(*, as_of: datetime) -> int:
    """A new version of each kind, fitted or with the reason why not. Returns how many are fitted."""
    model = assets.current_model()
    if model is None:
        return 0
    grid = fallible(model, assets.assembled(model))
    past = past_of(grid, as_of=as_of)
    common: dict[str, Any] = {"as_of": as_of, "needed": RECORDS_NEEDED, "engine_version": ENGINE_VERSION}
    if past is None:
        reason = "There is no record of an outage, or no place of weather."
        HazardModel.objects.bulk_create(HazardModel(kind=kind, records=0, reason=reason, **common) for kind in KINDS)
        return 0
    rows = [
        HazardModel(
            kind=one.kind,
            records=one.records,
            left_out=one.left_out + past.unplaced,
            reason=one.model.reason,
            begins_at=past.begins_at,
            coefficients=packed(one.model, past.hours),
            own_failures=one.own_failures,
            **common,
        )
        for one in fitted(grid, past.place, past.weather, past.failures)
    ]
    HazardModel.objects.bulk_create(rows)
    return sum(not one.reason for one in rows)


def forget_risk(*, as_of: datetime) -> int:
    """Elements of runs that are scored, and runs that are old."""
    elements, _ = RiskElement.objects.filter(run__as_of__lt=as_of - KEPT_ELEMENTS).delete()
    runs, _ = RiskRun.objects.filter(as_of__lt=as_of - KEPT_RUNS).delete()
    hourly, _ = RiskRun.objects.filter(as_of__lt=as_of - KEPT_ELEMENTS, is_of_the_day=False).delete()
    return elements + runs + hourly
