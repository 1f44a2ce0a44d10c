"""Changes of state out of the samples, in their transaction: the sequence of events reads no samples."""

from datetime import UTC, datetime, timedelta

import numpy as np

from apps.telemetry.adapters import FloatArray, Latest, PointTable, Quality, SampleBatch
from apps.telemetry.choices import DataClass
from apps.telemetry.models import MeasurementPoint, StateChange
from apps.telemetry.selectors.retention import kept_days

_AT_ONCE = 5000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def note_changes(
    *, fresh: SampleBatch, late: SampleBatch, table: PointTable, latest: Latest, received_at: datetime
) -> None:
    """Both in order of slot and time. A repetition is no change, nor is the first that is ever heard of a point."""
    moved = _states(fresh, table)
    if len(moved):
        before = _before(moved, np.where(latest.at_us[moved.slot] > 0, latest.value[moved.slot], np.nan))
        keep = np.isfinite(before) & (before != moved.value)
        _write(moved.take(keep), before[keep], table, received_at)
    told_late = _states(late, table)
    if len(told_late):
        before = _before(told_late, _known_before(told_late, table))
        keep = ~(before == told_late.value)  # nan: nobody knows what stood before, and an event must not be lost
        _write(told_late.take(keep), before[keep], table, received_at)


def forget_changes(*, as_of: datetime) -> int:
    """They are kept as long as the rollups of an hour; some thousand a transaction, which readers of alarms await."""
    oldest, gone, last = as_of - timedelta(days=kept_days()[DataClass.HOUR]), 0, _AT_ONCE
    while last == _AT_ONCE:
        old = StateChange.objects.filter(at__lt=oldest).order_by("at").values_list("pk", flat=True)[:_AT_ONCE]
        last, _ = StateChange.objects.filter(pk__in=list(old)).delete()
        gone += last
    return gone


def _states(batch: SampleBatch, table: PointTable) -> SampleBatch:
    is_state = table.is_discrete[batch.slot] & (batch.quality & int(Quality.INVALID) == 0)
    return batch.take(is_state)


def _before(rows: SampleBatch, at_first: FloatArray) -> FloatArray:
    """Of the first row of a slot what is given, of any other the row before it."""
    is_first = np.concatenate(([True], np.diff(rows.slot) != 0))
    return np.where(is_first, at_first, np.concatenate(([np.nan], rows.value[:-1])))


def _known_before(rows: SampleBatch, table: PointTable) -> FloatArray:
    known = [
        StateChange.objects.filter(point_id=point, at__lt=_instant(at_us))
        .order_by("-at", "-id")
        .values_list("value", flat=True)
        .first()
        for point, at_us in zip(table.point_id[rows.slot].tolist(), rows.at_us.tolist(), strict=True)
    ]
    return np.array([np.nan if value is None else value for value in known])


def _write(rows: SampleBatch, before: FloatArray, table: PointTable, received_at: datetime) -> None:
    if not len(rows):
        return
    keys = table.point_id[rows.slot].tolist()
    points = MeasurementPoint.objects.in_bulk(set(keys))
    StateChange.objects.bulk_create(
        StateChange(
            at=_instant(at_us),
            received_at=received_at,
            point_id=key,
            point_name=points[key].name,
            equipment_mrid=points[key].equipment_mrid,
            quantity=points[key].quantity,
            previous=None if np.isnan(previous) else previous,
            value=value,
            quality=quality,
        )
        for key, at_us, value, quality, previous in zip(
            keys, rows.at_us.tolist(), rows.value.tolist(), rows.quality.tolist(), before.tolist(), strict=True
        )
    )


def _instant(at_us: int) -> datetime:
    return _EPOCH + timedelta(microseconds=at_us)
