"""What was forecast when: issues of a series, overrides laid over them, and what had been said some hours before."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apps.forecasts.adapters.packed import FloatArray, unpacked_quantiles
from apps.forecasts.choices import Horizon, Quantity
from apps.forecasts.models import STEP_S, Forecast, ForecastRun, Override, Series
from apps.forecasts.selectors.actual import instant_of, step_of

GENERATION = frozenset({Quantity.PV, Quantity.WIND})
_LONGEST = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Issue:
    """`quantiles`: steps x levels, kW, the model's own."""

    forecast: Forecast
    levels: tuple[float, ...]
    first: int  # step, counted from 1970
    quantiles: FloatArray

    @property
    def run(self) -> ForecastRun:
        return self.forecast.run

    @property
    def end(self) -> int:
        return self.first + len(self.quantiles)

    @property
    def ends_at(self) -> datetime:
        return instant_of(self.end)

    def at_level(self, level: float) -> FloatArray:
        return at_level(self.quantiles, self.levels, level)


def at_level(quantiles: FloatArray, levels: Sequence[float], level: float) -> FloatArray:
    """A column; between two levels on the straight line."""
    if level in levels:
        return np.asarray(quantiles[:, list(levels).index(level)])
    return np.array([np.interp(level, levels, row) for row in quantiles])


def opened(forecast: Forecast) -> Issue:
    levels = tuple(float(level) for level in forecast.run.levels)
    quantiles = unpacked_quantiles(forecast.quantiles_kw, levels=len(levels))
    return Issue(forecast, levels, step_of(forecast.run.starts_at), quantiles)


def issue_at(series: Series, *, as_of: datetime, horizon: str = Horizon.INTRADAY) -> Issue | None:
    """The newest that had been issued by then."""
    rows = Forecast.objects.filter(series=series, run__horizon=horizon, run__as_of__lte=as_of)
    found = rows.select_related("run", "run__model_version").defer("run__model_version__content")
    newest = found.order_by("-run__as_of", "-run").first()
    return opened(newest) if newest else None


def issues_of_run(run: ForecastRun, series: Iterable[int]) -> dict[int, Issue]:
    rows = Forecast.objects.filter(run=run, series__in=list(series))
    found: dict[int, Issue] = {}
    for row in rows:
        row.run = run
        found[row.series_id] = opened(row)
    return found


def issue_times(series: Series, *, start: datetime, end: datetime, horizon: str = Horizon.INTRADAY) -> list[datetime]:
    rows = Forecast.objects.filter(series=series, run__horizon=horizon, run__as_of__gte=start, run__as_of__lte=end)
    return list(rows.order_by("-run__as_of").values_list("run__as_of", flat=True).distinct()[:1000])


def overrides_at(series: Iterable[int], *, as_of: datetime, start: int, end: int) -> list[Override]:
    """Those that held at the instant and touch the steps, in the order in which they were made."""
    rows = Override.objects.filter(series__in=list(series), made_at__lte=as_of)
    rows = rows.filter(starts_at__lt=instant_of(end), ends_at__gt=instant_of(start)).select_related("made_by")
    return [row for row in rows.order_by("made_at", "id") if row.withdrawn_at is None or row.withdrawn_at > as_of]


def covered(override: Override, first: int, count: int) -> slice:
    """Which of the steps begin in the time of the override."""
    begin = -(-int(override.starts_at.timestamp()) // STEP_S) - first
    end = -(-int(override.ends_at.timestamp()) // STEP_S) - first
    return slice(min(max(begin, 0), count), min(max(end, 0), count))


def effective(series: Series, first: int, quantiles: FloatArray, overrides: Sequence[Override]) -> FloatArray:
    """Every quantile times the factor, plus the change; a plant stays within what it can give."""
    changed = quantiles.copy()
    for one in overrides:
        span = covered(one, first, len(changed))
        changed[span] = changed[span] * one.factor + one.change_kw
    if overrides and series.quantity in GENERATION:
        changed = np.clip(changed, 0.0, series.rated_kw or np.inf)
    return changed


def said_ahead(series: Series, starts_at: datetime, steps: int) -> FloatArray | None:
    """Steps x levels of the newest issue, with what people changed of it; None where it does not reach so far."""
    issue = issue_at(series, as_of=starts_at)
    first = step_of(starts_at)
    if issue is None or first < issue.first or first + steps > issue.end:
        return None
    overrides = overrides_at([series.pk], as_of=starts_at, start=first, end=first + steps)
    part = issue.quantiles[first - issue.first : first - issue.first + steps]
    held = effective(series, first, part, overrides)
    return held if np.isfinite(held).all() else None


def said_before(series: Series, *, start: int, end: int, lead_s: int, as_of: datetime) -> FloatArray:
    """The median of each step as the newest forecast had it that was issued at least so long before; nan if none."""
    newest = np.arange(start, end) * STEP_S - lead_s
    said = np.full(end - start, np.nan)
    for horizon in (Horizon.WEEK, Horizon.INTRADAY):
        runs = _runs_of(series, instant_of(start) - timedelta(seconds=lead_s), instant_of(end), horizon, as_of)
        if runs:
            chosen = np.searchsorted([at.timestamp() for _, at in runs], newest, side="right") - 1
            _fill(said, start, chosen, [key for key, _ in runs])
    return said


def _runs_of(
    series: Series, start: datetime, end: datetime, horizon: str, as_of: datetime
) -> list[tuple[int, datetime]]:
    rows = Forecast.objects.filter(series=series, run__horizon=horizon)
    rows = rows.filter(run__as_of__gte=start - _LONGEST, run__as_of__lte=min(end, as_of))
    return list(rows.order_by("run__as_of", "run").values_list("id", "run__as_of"))


def _fill(said: FloatArray, start: int, chosen: np.ndarray, keys: list[int]) -> None:
    wanted = {int(one) for one in np.unique(chosen) if one >= 0}
    rows = Forecast.objects.filter(id__in=[keys[one] for one in wanted]).select_related("run")
    issues = {row.pk: opened(row) for row in rows.defer("run__inputs", "run__rungs")}
    for one in wanted:
        issue = issues[keys[one]]
        steps = np.flatnonzero(chosen == one)
        inside = steps[(steps + start >= issue.first) & (steps + start < issue.end)]
        said[inside] = issue.at_level(0.5)[inside + start - issue.first]
