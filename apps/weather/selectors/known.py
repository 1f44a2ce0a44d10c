"""Weather as it was known at an instant: no run that came later is ever read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
from django.db.models import Exists, OuterRef, QuerySet

from apps.weather.adapters.grids import on_grid
from apps.weather.choices import DataKind, Variable
from apps.weather.models import WeatherRun, WeatherSeries

FloatArray = npt.NDArray[np.float64]

DAY = timedelta(days=1)
LONGEST_FORECAST = timedelta(days=17)  # a run older than that says nothing about the span
RUNS_AT_ONCE = 12
RUNS_PER_GATE = 3
GATE_LEAD = timedelta(hours=18)  # 06:00 UTC of the day before


@dataclass(frozen=True, slots=True)
class Known:
    values: FloatArray  # steps x variables, nan where nothing was known
    run_ids: tuple[int, ...]  # newest first: the runs that gave at least one value
    issued_at: tuple[datetime, ...]  # of these runs


@dataclass(frozen=True, slots=True)
class Span:
    starts_at: datetime
    steps: int
    step_s: int

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(seconds=self.steps * self.step_s)


def known(
    *,
    location_id: int,
    variables: Sequence[Variable],
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
    data_kind: DataKind = DataKind.FORECAST,
) -> Known:
    """The newest run first; what it does not say is filled from the run before it, and so on."""
    span = Span(starts_at, steps, step_s)
    runs = _runs_of(location_id, data_kind).filter(available_at__lte=as_of, issued_at__gte=starts_at - LONGEST_FORECAST)
    rows = list(runs.values_list("pk", "issued_at"))
    values = np.full((steps, len(variables)), np.nan)
    used: list[tuple[int, datetime]] = []
    for first in range(0, len(rows), RUNS_AT_ONCE):
        batch = rows[first : first + RUNS_AT_ONCE]
        found = _by_run(_series([pk for pk, _ in batch], location_id, variables, span))
        used += [row for row in batch if _fill(values, found.get(row[0], ()), variables, span)]
        if not np.isnan(values).any():
            break
    return Known(values, tuple(pk for pk, _ in used), tuple(issued_at for _, issued_at in used))


def known_at(
    *,
    location_id: int,
    variables: Sequence[Variable],
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
    data_kind: DataKind = DataKind.FORECAST,
) -> FloatArray:
    """Steps x variables."""
    return known(
        location_id=location_id,
        variables=variables,
        starts_at=starts_at,
        steps=steps,
        step_s=step_s,
        as_of=as_of,
        data_kind=data_kind,
    ).values


def runs_used(
    *,
    location_id: int,
    variables: Sequence[Variable],
    starts_at: datetime,
    steps: int,
    step_s: int,
    as_of: datetime,
) -> tuple[int, ...]:
    """Ids of the forecast runs behind `known_at`, newest first."""
    return known(
        location_id=location_id, variables=variables, starts_at=starts_at, steps=steps, step_s=step_s, as_of=as_of
    ).run_ids


def as_forecast(
    *,
    location_id: int,
    variables: Sequence[Variable],
    starts_at: datetime,
    steps: int,
    step_s: int,
    gate_lead: timedelta = GATE_LEAD,
) -> FloatArray:
    """Steps x variables: each UTC day as it was forecast at its gate, for training on what will be known then.

    gate_lead: how long before the day's begin; 18 h is 06:00 UTC of the day before. Two queries, whatever the span.
    """
    span = Span(starts_at, steps, step_s)
    runs = _runs_of_gates(location_id, span, gate_lead)
    ids = {pk for _, pks in runs for pk in pks}
    found = _by_run(_series(sorted(ids), location_id, variables, span))
    values = np.full((steps, len(variables)), np.nan)
    for day, pks in runs:
        part = _part(span, day)
        if part.stop > part.start:
            of_day = Span(starts_at + timedelta(seconds=part.start * step_s), part.stop - part.start, step_s)
            block = values[part]
            for pk in pks:
                _fill(block, found.get(pk, ()), variables, of_day)
    return values


def _runs_of(location_id: int, data_kind: DataKind) -> QuerySet[WeatherRun]:
    """Newest first."""
    here = WeatherSeries.objects.filter(run=OuterRef("pk"), location_id=location_id)
    runs = WeatherRun.objects.filter(Exists(here), data_kind=data_kind)
    return runs.order_by("-issued_at", "-available_at", "-pk")


def _part(span: Span, day: datetime) -> slice:
    """The steps that begin within the day."""
    first, end = ((moment - span.starts_at).total_seconds() / span.step_s for moment in (day, day + DAY))
    return slice(max(int(np.ceil(first)), 0), min(int(np.ceil(end)), span.steps))


def _runs_of_gates(location_id: int, span: Span, gate_lead: timedelta) -> list[tuple[datetime, list[int]]]:
    """For each day the newest few runs that were known at its gate."""
    first = span.starts_at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + n * DAY for n in range((span.ends_at - first) // DAY + 1)]
    runs = _runs_of(location_id, DataKind.FORECAST).filter(
        available_at__lte=days[-1] - gate_lead, issued_at__gte=first - gate_lead - LONGEST_FORECAST
    )
    rows = list(runs.values_list("pk", "issued_at", "available_at"))
    ids = np.array([pk for pk, _, _ in rows], dtype=np.int64)
    issued = np.array([issued_at.timestamp() for _, issued_at, _ in rows])
    available = np.array([available_at.timestamp() for _, _, available_at in rows])
    return [(day, _newest(ids, issued, available, (day - gate_lead).timestamp())) for day in days]


def _newest(ids: npt.NDArray[np.int64], issued: FloatArray, available: FloatArray, gate: float) -> list[int]:
    """They are ordered by issue, newest first."""
    chosen = np.flatnonzero((available <= gate) & (issued <= gate))[:RUNS_PER_GATE]
    return [int(pk) for pk in ids[chosen]]


def _series(
    run_ids: Sequence[int], location_id: int, variables: Sequence[Variable], span: Span
) -> QuerySet[WeatherSeries]:
    return WeatherSeries.objects.filter(
        run_id__in=run_ids,
        location_id=location_id,
        variable__in=variables,
        member=0,
        starts_at__lt=span.ends_at,
        ends_at__gt=span.starts_at,
    )


def _by_run(rows: Iterable[WeatherSeries]) -> dict[int, list[WeatherSeries]]:
    found: dict[int, list[WeatherSeries]] = {}
    for row in rows:
        found.setdefault(row.run_id, []).append(row)
    return found


def _fill(values: FloatArray, rows: Iterable[WeatherSeries], variables: Sequence[Variable], span: Span) -> bool:
    """Whether the rows gave anything new."""
    is_used = False
    for row in rows:
        column = values[:, variables.index(Variable(row.variable))]
        is_open = np.isnan(column)
        if is_open.any():
            fresh = on_grid(row, starts_at=span.starts_at, steps=span.steps, step_s=span.step_s)
            is_new = is_open & np.isfinite(fresh)
            column[is_new] = fresh[is_new]
            is_used = is_used or bool(is_new.any())
    return is_used
