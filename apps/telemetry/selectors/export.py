"""History slice by slice, so that a year needs no more memory than an hour."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from apps.telemetry.adapters import Rows
from apps.telemetry.choices import LEVELS, SAMPLES, DataClass, Level
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.history import Plan, read_buckets_of, read_samples_of
from apps.telemetry.selectors.retention import dropped_before

MAX_POINTS = 100
MAX_ROWS = 5_000_000
_SAMPLES_AT_ONCE = timedelta(hours=1)
_BUCKETS_AT_ONCE = 1500
_HOUR = next(level for level in LEVELS if level.store.data_class == DataClass.HOUR)


class ExportRefused(ValueError):
    """More than is given at once, or no longer kept. Names the field to change."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(remedy)
        self.field, self.remedy = field, remedy


def check_export(*, points: Sequence[MeasurementPoint], start: datetime, end: datetime, resolution: DataClass) -> None:
    """Before the first byte is sent, for then it is too late to refuse."""
    whole_from = dropped_before()[resolution]
    if start < whole_from:
        since = whole_from.astimezone(UTC).isoformat().replace("+00:00", "Z")
        raise ExportRefused("from", f"This resolution is kept since {since}; begin there or choose a coarser one.")
    rows = _rows_of(points, start, end, resolution)
    if rows > MAX_ROWS:
        remedy = "Ask for a shorter time, fewer points or a coarser resolution."
        raise ExportRefused("to", f"This would be {rows:,} rows; at most {MAX_ROWS:,} are given at once. {remedy}")


def _rows_of(points: Sequence[MeasurementPoint], start: datetime, end: datetime, resolution: DataClass) -> int:
    level = _level(resolution)
    if level is not None:
        return len(points) * int((end - start).total_seconds() / level.step_s + 1)
    hours = read_buckets_of([point.pk for point in points], start, end, Plan(_HOUR, _HOUR.step_s))
    return sum(int(rows.count.sum()) for rows in hours.values())


def exported(
    *, points: Sequence[MeasurementPoint], start: datetime, end: datetime, resolution: DataClass
) -> Iterator[list[tuple[MeasurementPoint, Rows]]]:
    """Slices of time, in each the points in the order asked for."""
    level, keys = _level(resolution), [point.pk for point in points]
    length = timedelta(seconds=level.step_s * _BUCKETS_AT_ONCE) if level else _SAMPLES_AT_ONCE
    while start < end:
        until = min(start + length, end)
        if level is None:
            found = read_samples_of(keys, start, until, with_reception=True)
        else:
            found = read_buckets_of(keys, start, until, Plan(level, level.step_s))
        yield [(point, found[point.pk]) for point in points if point.pk in found]
        start = until


def _level(resolution: DataClass) -> Level | None:
    return next((level for level in LEVELS if level.store.data_class == resolution), None)


RESOLUTIONS = (SAMPLES.data_class, *(level.store.data_class for level in LEVELS))
