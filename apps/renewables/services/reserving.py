"""After each issue of forecasts: the band of every portfolio, and the ramps and reserve that net load may need."""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from apps.dispatch.models import ObjectiveVersion
from apps.dispatch.selectors.objectives import objectives_now
from apps.forecasts.adapters.packed import FloatArray, packed, packed_quantiles, unpacked
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import LEVELS, ForecastRun, Series
from apps.forecasts.selectors.actual import actual, instant_of, step_of
from apps.forecasts.selectors.issues import issues_of_run
from apps.renewables.adapters.goals import at_least
from apps.renewables.adapters.uncertainty import SIGN, Outlook, kept, learned, outlook, together
from apps.renewables.choices import BAND_STEPS, JUDGED_DAYS, NEED_LEVEL, RAMP_MINUTES, STEP_S
from apps.renewables.models import Portfolio, PortfolioForecast, RenewablePlant, ReserveDay, ReserveRun
from apps.renewables.selectors.errors import EVERY_SIX, GATE_HOURS, newest_issue, said_and_came
from apps.renewables.selectors.headroom import headroom
from apps.renewables.selectors.local_days import steps_of, today
from apps.state.adapters import ENGINE_VERSION

LEAD_H = 1  # of the need that a day is judged by: what could still be brought in
_PARTS = (Quantity.LOAD, Quantity.PV, Quantity.WIND)


def reserve(*, as_of: datetime) -> ReserveRun | None:
    """Of the newest issue, once. None where the system is not forecast."""
    run = newest_issue(as_of=as_of)
    if run is None or ReserveRun.objects.filter(run=run).exists():
        return None
    begun = time.perf_counter()
    series = _components()
    issues = issues_of_run(run, [one.pk for one in series])
    if len(issues) < len(series) or not series:
        return None
    quantiles = np.stack([issues[one.pk].quantiles[:BAND_STEPS] for one in series])
    known = learned(*said_and_came([one.pk for one in series], as_of=as_of, hours=EVERY_SIX))
    found = outlook([Quantity(one.quantity) for one in series], quantiles, known, seed=run.pk)
    room, objectives = headroom(as_of=as_of), objectives_now()
    told = {
        "as_of": as_of,
        "held_up_kw": room.up_kw,
        "held_down_kw": room.down_kw,
        "held_words": room.words,
        "components": [one.quantity for one in series],
        "seed": run.pk,
        "duration_ms": 1000 * (time.perf_counter() - begun),
        **_told(run, found, objectives),
    }
    return ReserveRun.objects.get_or_create(run=run, defaults=told)[0]


def _components() -> list[Series]:
    """Load, sun and wind of the whole; net load alone where its parts are not forecast."""
    rows = {one.quantity: one for one in Series.objects.in_use().filter(subject=Subject.SYSTEM)}
    if Quantity.LOAD in rows:
        return [rows[quantity] for quantity in _PARTS if quantity in rows]
    return [rows[Quantity.NET_LOAD]] if Quantity.NET_LOAD in rows else []


def _told(run: ForecastRun, found: Outlook, objectives: ObjectiveVersion) -> dict[str, Any]:
    return {
        "starts_at": run.starts_at,
        "steps": len(found.planned_kw),
        "level": NEED_LEVEL,
        "planned_kw": packed(found.planned_kw),
        "up_kw": packed(at_least(found.need.up_kw, objectives)),
        "down_kw": packed(at_least(found.need.down_kw, objectives)),
        "ramp_minutes": list(RAMP_MINUTES),
        "ramps_kw": packed(found.ramps_kw),
        "correlation": found.known.correlation.round(4).tolist(),
        "memory": found.known.memory.round(4).tolist(),
        "pairs": found.known.pairs,
        "engine_version": ENGINE_VERSION,
        "objectives": objectives.stored,
    }


def add_up_portfolios(*, as_of: datetime) -> int:
    """The newest issue, portfolio by portfolio, once. How many were added up."""
    run = newest_issue(as_of=as_of)
    if run is None:
        return 0
    due = Portfolio.objects.exclude(forecasts__run=run).filter(plants__is_active=True).distinct()
    return sum(_added_up(portfolio, run, as_of) for portfolio in due)


def _added_up(portfolio: Portfolio, run: ForecastRun, as_of: datetime) -> bool:
    plants = list(portfolio.plants.filter(is_active=True).order_by("pk"))
    issues = issues_of_run(run, [plant.series_id for plant in plants])
    said = [plant for plant in plants if _is_said(issues, plant)]
    if not said:
        return False
    keys = [plant.series_id for plant in said]
    known = learned(*said_and_came(keys, as_of=as_of, hours=GATE_HOURS))
    quantiles = np.stack([issues[key].quantiles[:BAND_STEPS] for key in keys])
    rated = sum(plant.rated_kw for plant in said)
    row = PortfolioForecast(
        portfolio=portfolio,
        run=run,
        as_of=run.as_of,
        starts_at=run.starts_at,
        steps=quantiles.shape[1],
        levels=list(LEVELS),
        quantiles_kw=packed_quantiles(together(quantiles, known, rated_kw=rated, seed=run.pk)),
        plants=len(said),
        missing=len(plants) - len(said),
        pairs=known.pairs,
    )
    PortfolioForecast.objects.bulk_create([row], ignore_conflicts=True)  # after a start two look at the same issue
    return True


def _is_said(issues: dict[int, Any], plant: RenewablePlant) -> bool:
    issue = issues.get(plant.series_id)
    return issue is not None and issue.levels == LEVELS and bool(np.isfinite(issue.quantiles).all())


def judge_reserve(*, as_of: datetime) -> int:
    """Local days of the last week that have ended and are not judged yet. How many were."""
    now = today(as_of)
    judged = set(ReserveDay.objects.filter(day__gte=now - timedelta(days=JUDGED_DAYS)).values_list("day", flat=True))
    days = [now - timedelta(days=back) for back in range(JUDGED_DAYS, 0, -1)]
    rows = [_judged(day, as_of) for day in days if day not in judged]
    return len(ReserveDay.objects.bulk_create([row for row in rows if row is not None], ignore_conflicts=True))


def _judged(day: date, as_of: datetime) -> ReserveDay | None:
    """None where nothing had been said of it."""
    begin, end = steps_of(day)
    told = _said_before(begin, end)
    if told is None:
        return None
    quantities, figures = told
    series = {one.quantity: one.pk for one in Series.objects.filter(subject=Subject.SYSTEM, quantity__in=quantities)}
    if set(series) != set(quantities):
        return None
    came = actual(list(series.values()), start=begin, end=end, until=step_of(as_of))
    net = np.sum([SIGN[Quantity(name)] * came[key] for name, key in series.items()], axis=0)
    planned, up, down = figures
    quarters, within, above, below = kept(net, planned, up, down)
    if not quarters:
        return None
    return ReserveDay(
        day=day,
        lead_h=LEAD_H,
        level=NEED_LEVEL,
        quarters=quarters,
        within=within,
        above=above,
        below=below,
        mean_up_kw=float(np.nanmean(up)),
        mean_down_kw=float(np.nanmean(down)),
        worked_out_at=as_of,
    )


def _said_before(begin: int, end: int) -> tuple[list[str], FloatArray] | None:
    """Planned, up and down as the newest run so many hours before each quarter hour had them."""
    since, until = instant_of(begin) - timedelta(hours=48), instant_of(end) - timedelta(hours=LEAD_H)
    runs = list(ReserveRun.objects.filter(as_of__gte=since, as_of__lt=until).order_by("as_of").defer("ramps_kw"))
    if not runs:
        return None
    runs = [run for run in runs if run.components == runs[-1].components]
    found = np.full((3, end - begin), np.nan)
    at = np.array([run.as_of.timestamp() for run in runs])
    starts = np.arange(begin, end) * float(STEP_S) - 3600.0 * LEAD_H
    chosen = np.searchsorted(at, starts, side="right") - 1
    for number in np.unique(chosen[chosen >= 0]).tolist():
        _fill(found, begin, np.flatnonzero(chosen == number), runs[number])
    return list(runs[-1].components), found


def _fill(found: FloatArray, begin: int, columns: Sequence[int] | np.ndarray, run: ReserveRun) -> None:
    place = np.asarray(columns) + begin - step_of(run.starts_at)
    inside = (place >= 0) & (place < run.steps)
    for row, content in enumerate((run.planned_kw, run.up_kw, run.down_kw)):
        found[row, np.asarray(columns)[inside]] = unpacked(content)[place[inside]]
