"""What issues of the last days had said of series, and what came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db.models.functions import ExtractHour, ExtractMinute

from apps.forecasts.choices import Horizon
from apps.forecasts.models import LEVELS, Forecast, ForecastRun
from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.issues import opened
from apps.markets.models import BiddingZone
from apps.markets.rules import DAY, clock_of, delivery_span, gate_closes, midnight
from apps.renewables.choices import BAND_STEPS, LEARNED_DAYS, STEPS_A_DAY

FloatArray = npt.NDArray[np.float64]
GATE_HOURS = (6,)  # UTC: the issues that are kept longest
EVERY_SIX = (0, 6, 12, 18)


def said_and_came(
    series: Sequence[int], *, as_of: datetime, hours: Sequence[int], days: int = LEARNED_DAYS
) -> tuple[FloatArray, FloatArray]:
    """Series x issues x steps of what came by `as_of`, and the same with levels of what had been said. Two queries and
    one for what came, however many series there are."""
    return _loaded(series, _runs(as_of, hours, days), as_of)


@dataclass(frozen=True, slots=True)
class DaysAhead:
    """Days of delivery, by the clock of their zone. Series x days x quarter hours, `said` with levels; nan where
    nothing is known, as in the last hour of the day on which clocks are put forward."""

    days: Sequence[date]
    starts_at: Sequence[datetime]
    came: FloatArray
    said: FloatArray


def days_ahead(series: Sequence[int], *, zone: BiddingZone, as_of: datetime, days: int = LEARNED_DAYS) -> DaysAhead:
    """Of each day that has ended what the last issue before its gate closed had said of it, and what came."""
    runs = _at_gates(_runs(as_of, EVERY_SIX, days + 1), zone, as_of)
    came, said = _loaded(series, list(runs.values()), as_of)
    found = DaysAhead(
        list(runs),
        [midnight(zone, day) for day in runs],
        np.full((*came.shape[:2], STEPS_A_DAY), np.nan),
        np.full((*came.shape[:2], STEPS_A_DAY, said.shape[3]), np.nan),
    )
    for column, (day, run) in enumerate(runs.items()):
        begin, steps = delivery_span(zone, day)
        first = step_of(begin) - step_of(run.starts_at)
        last = min(first + min(steps, STEPS_A_DAY), BAND_STEPS)
        found.came[:, column, : last - first] = came[:, column, first:last]
        found.said[:, column, : last - first] = said[:, column, first:last]
    return found


def _at_gates(runs: Sequence[ForecastRun], zone: BiddingZone, as_of: datetime) -> dict[date, ForecastRun]:
    """The newest of each day that has ended."""
    found: dict[date, ForecastRun] = {}
    for run in runs:
        day = run.as_of.astimezone(clock_of(zone)).date() + DAY
        if run.as_of <= gate_closes(zone, day) and midnight(zone, day + DAY) <= as_of:
            found[day] = run
    return found


def _loaded(series: Sequence[int], runs: Sequence[ForecastRun], as_of: datetime) -> tuple[FloatArray, FloatArray]:
    said = np.full((len(series), len(runs), BAND_STEPS, len(LEVELS)), np.nan)
    came = np.full(said.shape[:3], np.nan)
    if not runs:
        return came, said
    row_of, column_of = ({key: n for n, key in enumerate(keys)} for keys in (series, [run.pk for run in runs]))
    rows = Forecast.objects.filter(run__in=runs, series__in=series).select_related("run")
    for row in rows.defer("run__inputs", "run__rungs", "reason"):
        issue = opened(row)
        said[row_of[row.series_id], column_of[row.run_id], : len(issue.quantiles)] = issue.quantiles[:BAND_STEPS]
    begins = [step_of(run.starts_at) for run in runs]
    known = actual(series, start=begins[0], end=begins[-1] + BAND_STEPS, until=step_of(as_of))
    for key, values in known.items():
        for column, begin in enumerate(begins):
            came[row_of[key], column] = values[begin - begins[0] : begin - begins[0] + BAND_STEPS]
    return came, said


def newest_issue(*, as_of: datetime) -> ForecastRun | None:
    rows = ForecastRun.objects.filter(as_of__lte=as_of).defer("inputs", "rungs")
    return rows.newest(Horizon.INTRADAY)


def _runs(as_of: datetime, hours: Sequence[int], days: int) -> list[ForecastRun]:
    rows = ForecastRun.objects.annotate(
        hour=ExtractHour("starts_at", tzinfo=UTC), minute=ExtractMinute("starts_at", tzinfo=UTC)
    ).filter(horizon=Horizon.INTRADAY, hour__in=hours, minute=0, as_of__lt=as_of)
    found = rows.filter(as_of__gte=as_of - timedelta(days=days), steps__gte=BAND_STEPS)
    return [run for run in found.defer("inputs", "rungs").order_by("starts_at", "pk") if tuple(run.levels) == LEVELS]
