"""Samples in, exactly once: stored, made the latest value, held against their limits, in one transaction."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby

import numpy as np
from django.db import connection, transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.telemetry import adapters
from apps.telemetry.adapters import VALIDITY_MASK, Latest, PointTable, Quality, SampleBatch
from apps.telemetry.models import LatestBlock, MeasurementPoint, PointLimit
from apps.telemetry.selectors import binary_cursor
from apps.telemetry.services import partitions
from apps.telemetry.services.commanded import without_commanded
from apps.telemetry.services.state_changes import note_changes
from apps.telemetry.services.turned_back import without_future

FUTURE_TOLERANCE = timedelta(seconds=60)
PAST_TOLERANCE = timedelta(days=7)
LATE = timedelta(seconds=30)  # an alarm of an older value is told as one that came late
_DAY_US = timedelta(days=1) // timedelta(microseconds=1)
_FUTURE_US = FUTURE_TOLERANCE // timedelta(microseconds=1)

_LOCK = "SELECT version, config_version FROM telemetry_latestblock WHERE gateway_id = %s FOR UPDATE"
_COPY = "COPY telemetry_sample (ts, point_id, value, quality, received_at) FROM STDIN (FORMAT BINARY)"
_WRITE = (
    "UPDATE telemetry_latestblock SET version = %s, last_heard_at = %s, at_us = %s, value = %s, quality = %s, "
    "limit_id = %s, limit_active = %s, limit_pending_us = %s WHERE gateway_id = %s"
)

# The block as this process last committed it; used only while the locked row still has the same version.
_known: dict[int, tuple[PointTable, Latest]] = {}
_days_made: set[int] = set()


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    accepted: int
    duplicates: int
    late: int


class UnknownSlot(ValueError):
    """A sample names a slot that the gateway does not have."""


class PointsMoved(Exception):
    """The points of the gateway are others than those by which the batch was made."""


@transaction.atomic
def ingest(
    *, gateway_id: int, batch: SampleBatch, received_at: datetime, config_version: int | None = None
) -> IngestOutcome:
    """`config_version`: the one by which slots and scales were chosen; nothing is stored if another is in force."""
    table, latest = _locked(gateway_id, received_at)
    if config_version not in {None, table.config_version}:
        raise PointsMoved(f"Version {table.config_version} of the points is in force, not {config_version}.")
    if len(batch) and (batch.slot.min() < 0 or batch.slot.max() >= len(table.point_id)):
        raise UnknownSlot(f"Slots run from 0 to {len(table.point_id) - 1}.")
    received_us = _microseconds(received_at)
    latest = without_future(latest, table, last_us=received_us + _FUTURE_US)
    ordered, untrusted = _in_order(batch, received_us)
    newer = (ordered.at_us > latest.at_us[ordered.slot]) & ~untrusted
    fresh = ordered if newer.all() else ordered.take(newer)
    # Before anything of the table is read: two gateways that meet a new day at once must not wait for each other.
    _make_partitions(ordered, received_us)
    old = _not_stored_yet(ordered.take(np.flatnonzero(~newer)), table)
    _store(fresh, old, table=table, received_us=received_us)
    note_changes(fresh=fresh, late=old, table=table, latest=latest, received_at=received_at)
    crossed, limits = _held_against_limits(fresh, table, latest)
    _late_alarms(old, table, limits)
    updated = _with_newest(latest, fresh, limits)
    _write_block(gateway_id, table, updated, received_at)
    _tell_alarms(crossed, table, late_before_us=received_us - LATE // timedelta(microseconds=1))
    transaction.on_commit(lambda: _known.__setitem__(gateway_id, (table, updated)))
    return IngestOutcome(accepted=len(fresh) + len(old), duplicates=len(batch) - len(fresh) - len(old), late=len(old))


def _microseconds(instant: datetime) -> int:
    return int((instant - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


def _instant(at_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(at_us))


def _locked(gateway_id: int, received_at: datetime) -> tuple[PointTable, Latest]:
    """Lock the gateway's block: one writer a gateway, so that neither order nor duplicates are ever in doubt."""
    with binary_cursor() as cursor:
        row = cursor.execute(_LOCK, [gateway_id], prepare=True).fetchone()
    if row is None:
        raise LatestBlock.DoesNotExist(f"There is no gateway {gateway_id}.")
    known = _known.get(gateway_id)
    if known is not None and (known[1].version, known[0].config_version) == row:
        return known
    table = adapters.point_table(
        row[1],
        list(MeasurementPoint.objects.filter(gateway_id=gateway_id)),
        list(PointLimit.objects.filter(point__gateway_id=gateway_id).select_related("point")),
    )
    block = LatestBlock.objects.get(pk=gateway_id)
    latest = adapters.unpack_latest(block, n_points=len(table.point_id), limit_id=table.limit_id)
    _end_what_no_limit_watches(block, table, latest, received_at)
    return table, latest


def _end_what_no_limit_watches(block: LatestBlock, table: PointTable, latest: Latest, at: datetime) -> None:
    """A limit that was taken away, or now means something else, leaves an alarm that nothing else would end."""
    sources = {adapters.limit_source(limit) for limit in adapters.active_limits(block).tolist()}
    if not sources:
        return
    standing = {key for key in standing_sources(Condition) if key[0] in sources}
    watched = [(row.source, row.condition) for row in table.limits]
    orphans = standing.difference(watched)
    alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition(condition), at) for source, condition in orphans])
    latest.limits.active[:] &= np.array([key in standing for key in watched], bool)


def _in_order(batch: SampleBatch, received_us: int) -> tuple[SampleBatch, np.ndarray]:
    """By slot and event time, without doubles; what the source's clock makes doubtful is marked, not dropped."""
    ordered = batch if (np.diff(batch.slot) > 0).all() else _sorted(batch)
    ahead = ordered.at_us > received_us + _FUTURE_US
    behind = ordered.at_us < received_us - PAST_TOLERANCE // timedelta(microseconds=1)
    untrusted = ahead | behind
    doubt = int(Quality.QUESTIONABLE | Quality.CLOCK)
    is_invalid = (ordered.quality & int(Quality.INVALID)) != 0
    doubtful = np.where(is_invalid, ordered.quality | int(Quality.CLOCK), ordered.quality | doubt)
    quality = np.where(untrusted, doubtful, ordered.quality)
    failed = (quality & ~VALIDITY_MASK) | int(Quality.INVALID | Quality.FAILURE)
    quality = np.where(np.isfinite(ordered.value), quality, failed)
    return replace(ordered, quality=quality), untrusted


def _sorted(batch: SampleBatch) -> SampleBatch:
    ordered = batch.take(np.lexsort((batch.at_us, batch.slot)))
    same = (np.diff(ordered.slot) == 0) & (np.diff(ordered.at_us) == 0)
    return ordered.take(np.concatenate(([True], ~same)))


def _not_stored_yet(old: SampleBatch, table: PointTable) -> SampleBatch:
    if not len(old):
        return old
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT point_id, (extract(epoch FROM ts) * 1000000)::bigint FROM telemetry_sample "
            "WHERE ts BETWEEN %s AND %s AND point_id = ANY(%s)",
            [_instant(old.at_us.min()), _instant(old.at_us.max()), table.point_id[np.unique(old.slot)].tolist()],
        )
        stored = set(cursor.fetchall())
    keys = zip(table.point_id[old.slot].tolist(), old.at_us.tolist(), strict=True)
    return old.take(np.array([key not in stored for key in keys], bool))


def _make_partitions(batch: SampleBatch, received_us: int) -> None:
    """Days that the clock makes plausible get a partition; the rest goes to the default one."""
    at_us = batch.at_us
    if len(batch) and (first := at_us.min() // _DAY_US) == at_us.max() // _DAY_US and first in _days_made:
        return
    window_us = PAST_TOLERANCE // timedelta(microseconds=1)
    days = np.unique(at_us[np.abs(at_us - received_us) <= window_us] // _DAY_US)
    for number in days.tolist():
        if number not in _days_made:
            partitions.make_partition(day=_instant(number * _DAY_US).date())
            transaction.on_commit(partial(_days_made.add, number))


def _store(fresh: SampleBatch, old: SampleBatch, *, table: PointTable, received_us: int) -> None:
    batch = fresh.joined(old) if len(old) else fresh
    if len(batch):
        # What goes wrong within the copy is not yet an error of Django's, and a full disk must be known as one.
        with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for piece in adapters.copy_pieces(batch, point_id=table.point_id, received_us=received_us):
                copy.write(piece)


@dataclass(frozen=True, slots=True)
class _Crossing:
    threshold: int
    raised: bool
    value: float
    at_us: int


def _held_against_limits(
    fresh: SampleBatch, table: PointTable, latest: Latest
) -> tuple[list[_Crossing], adapters.ThresholdState]:
    """Every value in event order; values of one point in a batch are taken one after the other."""
    state, crossings = latest.limits, []
    rows = fresh.take(table.is_watched[fresh.slot])
    for nth in _ranks(rows.slot):
        position = np.full(len(table.point_id), -1)
        position[rows.slot[nth]] = nth
        which = np.flatnonzero(position[table.threshold_slot] >= 0)
        row = position[table.threshold_slot[which]]
        result = adapters.evaluate(
            table.thresholds,
            state,
            which=which,
            value=rows.value[row],
            at_us=rows.at_us[row],
            usable=adapters.is_usable(rows.quality[row]),
        )
        state = result.state
        for raised, indices in ((True, result.raised), (False, result.cleared)):
            crossings += [
                _Crossing(int(which[i]), raised, float(rows.value[row[i]]), int(rows.at_us[row[i]])) for i in indices
            ]
    return crossings, state


def _ranks(slot: np.ndarray) -> list[np.ndarray]:
    """Positions of the first, second, ... occurrence of every slot in an array sorted by slot."""
    if not len(slot):
        return []
    start = np.concatenate(([0], np.flatnonzero(np.diff(slot)) + 1))
    lengths = np.diff(np.concatenate((start, [len(slot)])))
    rank = np.arange(len(slot)) - np.repeat(start, lengths)
    return [np.flatnonzero(rank == nth) for nth in range(rank.max() + 1)]


def _late_alarms(old: SampleBatch, table: PointTable, limits: adapters.ThresholdState) -> None:
    """A limit that was broken in data that came late is told, marked late, and already returned: once an excursion."""
    usable = adapters.is_usable(old.quality)
    crossings: list[_Crossing] = []
    for threshold in np.flatnonzero(~limits.active & np.isin(table.threshold_slot, old.slot)).tolist():
        rows = np.flatnonzero((old.slot == table.threshold_slot[threshold]) & usable)
        is_high, limit = table.thresholds.is_high[threshold], table.thresholds.limit[threshold]
        broken = (old.value[rows] > limit) if is_high else (old.value[rows] < limit)
        first = rows[broken & ~np.concatenate(([False], broken[:-1]))[: len(broken)]]
        crossings += [_Crossing(threshold, True, float(old.value[n]), int(old.at_us[n])) for n in first.tolist()]
    for crossing in sorted(crossings, key=lambda one: one.at_us):
        alarms.raise_alarms(facts=[replace(_fact(crossing, table), is_late=True)])
        alarms.end_alarms(ends=[_end(crossing, table)])


def _with_newest(latest: Latest, fresh: SampleBatch, limits: adapters.ThresholdState) -> Latest:
    last = np.concatenate((np.diff(fresh.slot) != 0, [True]))[: len(fresh)]
    newest = fresh.take(last)
    at_us, value, quality = latest.at_us.copy(), latest.value.copy(), latest.quality.copy()
    at_us[newest.slot], value[newest.slot], quality[newest.slot] = newest.at_us, newest.value, newest.quality
    return Latest(latest.version + 1, at_us, value, quality, limits)


def _write_block(gateway_id: int, table: PointTable, latest: Latest, received_at: datetime) -> None:
    packed = adapters.pack_latest(latest, limit_id=table.limit_id)
    with binary_cursor() as cursor:
        cursor.execute(_WRITE, [latest.version, received_at, *packed, gateway_id], prepare=True)


def _tell_alarms(crossings: list[_Crossing], table: PointTable, *, late_before_us: int) -> None:
    for raised, run in groupby(crossings, lambda crossing: crossing.raised):
        if raised:
            facts = [replace(_fact(one, table), is_late=one.at_us < late_before_us) for one in run]
            alarms.raise_alarms(facts=without_commanded(facts))
        else:
            alarms.end_alarms(ends=[_end(crossing, table) for crossing in run])


def _fact(crossing: _Crossing, table: PointTable) -> alarms.AlarmFact:
    row = table.limits[crossing.threshold]
    return alarms.AlarmFact(
        source=row.source,
        condition=Condition(row.condition),
        priority=Priority(row.priority),
        equipment_mrid=row.equipment_mrid,
        equipment_name=row.point_name,
        message=row.message,
        value=crossing.value,
        limit=float(table.thresholds.limit[crossing.threshold]),
        unit=row.unit,
        at=_instant(crossing.at_us),
    )


def _end(crossing: _Crossing, table: PointTable) -> alarms.AlarmEnd:
    row = table.limits[crossing.threshold]
    return alarms.AlarmEnd(row.source, Condition(row.condition), _instant(crossing.at_us))
