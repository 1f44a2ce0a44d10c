"""Rows <-> arrays: the packed block of latest values, the point table, and Postgres' binary COPY rows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.telemetry.choices import DISCRETE
from apps.telemetry.models import LatestBlock, MeasurementPoint, PointLimit
from gridops.engine.timeseries.downsample import downsample, gaps_after, merge
from gridops.engine.timeseries.quality import VALIDITY_MASK, Quality
from gridops.engine.timeseries.thresholds import Crossings, Thresholds, ThresholdState, evaluate

__all__ = ["VALIDITY_MASK", "Crossings", "Quality", "ThresholdState", "evaluate"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
_COPY_ROWS = 4096  # about as many octets as a socket holds
_POSTGRES_EPOCH_US = 946_684_800_000_000
_COPY_ROW = np.dtype(
    [
        ("fields", ">i2"),
        ("ts_len", ">i4"),
        ("ts", ">i8"),
        ("point_len", ">i4"),
        ("point", ">i4"),
        ("value_len", ">i4"),
        ("value", ">f8"),
        ("quality_len", ">i4"),
        ("quality", ">i2"),
        ("received_len", ">i4"),
        ("received", ">i8"),
    ]
)
_COPY_BLANK = np.array([(5, 8, 0, 4, 0, 8, 0, 2, 0, 8, 0)], _COPY_ROW)


@dataclass(frozen=True, slots=True)
class SampleBatch:
    """Values of one gateway's points, by slot. Times are event times, microseconds since 1970, UTC."""

    slot: IntArray
    at_us: IntArray
    value: FloatArray
    quality: IntArray

    def take(self, which: npt.NDArray) -> "SampleBatch":
        return SampleBatch(self.slot[which], self.at_us[which], self.value[which], self.quality[which])

    def joined(self, other: "SampleBatch") -> "SampleBatch":
        return SampleBatch(
            *(np.concatenate((getattr(self, name), getattr(other, name))) for name in SampleBatch.__slots__)
        )

    def __len__(self) -> int:
        return len(self.slot)


@dataclass(frozen=True, slots=True)
class PointLimitRow:
    source: str  # the alarm's: two limits of one equipment are two alarms
    point_name: str
    equipment_mrid: UUID
    condition: str
    priority: int
    unit: str
    message: str


@dataclass(frozen=True, slots=True)
class PointTable:
    """What ingest must know of a gateway's points, in slot order."""

    config_version: int
    point_id: IntArray
    is_watched: npt.NDArray[np.bool_]  # by at least one limit
    is_discrete: npt.NDArray[np.bool_]
    thresholds: Thresholds
    threshold_slot: IntArray
    limit_id: IntArray
    limits: Sequence[PointLimitRow] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Latest:
    version: int
    at_us: IntArray
    value: FloatArray
    quality: IntArray
    limits: ThresholdState


def is_usable(quality: IntArray) -> npt.NDArray[np.bool_]:
    """Both validity bits together, as of a value that is questionable and invalid, are no better than invalid."""
    return np.asarray((quality & VALIDITY_MASK) < Quality.INVALID)


def point_table(config_version: int, points: Sequence[MeasurementPoint], limits: Sequence[PointLimit]) -> PointTable:
    slot_of_point = {point.pk: point.slot for point in points}
    point_id = np.zeros(max(slot_of_point.values(), default=-1) + 1, np.int64)
    for point in points:
        point_id[point.slot] = point.pk
    ordered = sorted(limits, key=lambda limit: limit.pk)
    threshold_slot = np.array([slot_of_point[limit.point_id] for limit in ordered], np.int64)
    return PointTable(
        config_version=config_version,
        point_id=point_id,
        is_watched=np.isin(np.arange(len(point_id)), threshold_slot),
        is_discrete=np.isin(np.arange(len(point_id)), [point.slot for point in points if point.quantity in DISCRETE]),
        thresholds=Thresholds(
            limit=np.array([limit.limit for limit in ordered], float),
            is_high=np.array([limit.is_high for limit in ordered], bool),
            deadband=np.array([limit.deadband for limit in ordered], float),
            on_delay_us=np.array([limit.on_delay_s * 1e6 for limit in ordered]).astype(np.int64),
            off_delay_us=np.array([limit.off_delay_s * 1e6 for limit in ordered]).astype(np.int64),
        ),
        threshold_slot=threshold_slot,
        limit_id=np.array([limit.pk for limit in ordered], np.int64),
        limits=[_limit_row(limit) for limit in ordered],
    )


def _limit_row(limit: PointLimit) -> PointLimitRow:
    point = limit.point
    return PointLimitRow(
        source=limit_source(limit.pk),
        point_name=point.name,
        equipment_mrid=point.equipment_mrid,
        condition=limit.condition,
        priority=limit.priority,
        unit=point.unit,
        message=limit.message or str(point),
    )


def limit_source(limit_id: int) -> str:
    return f"limit/{limit_id}"


def unpack_latest(block: LatestBlock, *, n_points: int, limit_id: IntArray) -> Latest:
    """Blocks are padded: a point never heard has time 0 and invalid quality."""
    return Latest(
        version=block.version,
        at_us=_unpack(block.at_us, np.int64, n_points, 0),
        value=_unpack(block.value, np.float64, n_points, np.nan),
        quality=_unpack(block.quality, np.int32, n_points, int(Quality.INVALID)).astype(np.int64),
        limits=_limit_state(block, limit_id),
    )


def _limit_state(block: LatestBlock, limit_id: IntArray) -> ThresholdState:
    """Each limit finds its own state again, whichever others came or went; a new one begins quiet."""
    known = np.frombuffer(bytes(block.limit_id), np.int64)
    _, here, there = np.intersect1d(limit_id, known, assume_unique=True, return_indices=True)
    state = ThresholdState.quiet(len(limit_id))
    state.active[here] = np.frombuffer(bytes(block.limit_active), np.bool_)[there]
    state.pending_since_us[here] = np.frombuffer(bytes(block.limit_pending_us), np.int64)[there]
    return state


def active_limits(block: LatestBlock) -> IntArray:
    """Limits, also those that are gone since, whose alarm stood when the block was written."""
    known, active = np.frombuffer(bytes(block.limit_id), np.int64), np.frombuffer(bytes(block.limit_active), np.bool_)
    return np.asarray(known[active])


def unpack_values(version: int, at_us: bytes, value: bytes, quality: bytes) -> Latest:
    """What readers of the values need: as long as the block is, and without the state of the limits."""
    return Latest(
        version=version,
        at_us=np.frombuffer(at_us, np.int64),
        value=np.frombuffer(value, np.float64),
        quality=np.frombuffer(quality, np.int32).astype(np.int64),
        limits=ThresholdState.quiet(0),
    )


def _unpack(raw: bytes | memoryview, dtype: npt.DTypeLike, size: int, fill: float) -> npt.NDArray:
    values = np.full(size, fill, dtype)
    stored = np.frombuffer(bytes(raw), dtype)[:size]
    values[: len(stored)] = stored
    return values


def pack_latest(latest: Latest, *, limit_id: IntArray) -> tuple[bytes, bytes, bytes, bytes, bytes, bytes]:
    return (
        latest.at_us.astype(np.int64).tobytes(),
        latest.value.astype(np.float64).tobytes(),
        latest.quality.astype(np.int32).tobytes(),
        limit_id.tobytes(),
        latest.limits.active.astype(np.bool_).tobytes(),
        latest.limits.pending_since_us.astype(np.int64).tobytes(),
    )


def copy_pieces(batch: SampleBatch, *, point_id: IntArray, received_us: int) -> Iterator[bytes]:
    """Binary COPY of (ts, point_id, value, quality, received_at): the database works on one piece while the next is
    made, in memory that is still warm."""
    rows = np.repeat(_COPY_BLANK, min(len(batch), _COPY_ROWS))
    rows["received"] = received_us - _POSTGRES_EPOCH_US
    head = _COPY_HEADER
    for at in range(0, len(batch), _COPY_ROWS):
        part, which = rows[: len(batch) - at], slice(at, at + _COPY_ROWS)
        part["ts"] = batch.at_us[which] - _POSTGRES_EPOCH_US
        part["point"] = point_id[batch.slot[which]]
        part["value"] = batch.value[which]
        part["quality"] = batch.quality[which]
        yield head + part.tobytes()
        head = b""
    yield head + _COPY_TRAILER


def copy_rows(batch: SampleBatch, *, point_id: IntArray, received_us: int) -> bytes:
    """All of it in one piece."""
    return b"".join(copy_pieces(batch, point_id=point_id, received_us=received_us))


@dataclass(frozen=True, slots=True)
class Rows:
    """One point over time, as read: samples, or the buckets of some length. nan: no valid sample."""

    at_us: IntArray  # a bucket's begin
    count: IntArray
    minimum: FloatArray
    maximum: FloatArray
    mean: FloatArray
    quality: IntArray
    received_us: IntArray | None = None  # of samples, where asked for

    def __len__(self) -> int:
        return len(self.at_us)


# Every column comes as one string of bytes, so that nothing is made row by row.
_TYPES = (">i8", ">i4", ">i4", ">f8", ">f8", ">f8", ">i2")
NO_ROWS = Rows(*(np.zeros(0, kind) for kind in ("i8", "i8", "f8", "f8", "f8", "i8")))


def read_buckets(*columns: bytes, step_us: int) -> Rows:
    """Buckets of any length up to the step, in any order, gathered into such as long as the step."""
    at, *values = (np.frombuffer(raw, kind).astype(kind[1:]) for raw, kind in zip(columns, _TYPES, strict=True))
    named = dict(zip(("count", "known", "minimum", "maximum", "mean", "quality"), values, strict=True))
    start, count, low, high, mean, quality = merge(time=at + _POSTGRES_EPOCH_US, **named, width=step_us)
    return Rows(start, count, low, high, mean, quality.astype(np.int64))


def read_samples(at: bytes, value: bytes, quality: bytes, received_at: bytes | None = None) -> Rows:
    """Every sample as it came, also what is invalid."""
    values = np.frombuffer(value, ">f8").astype(np.float64)
    bits = np.frombuffer(quality, ">i2").astype(np.int64)
    is_valid = (bits & int(Quality.INVALID) == 0).astype(np.int64)
    received_us = _instants(received_at) if received_at is not None else None
    return Rows(_instants(at), is_valid, values, values, values, bits, received_us)


def _instants(raw: bytes) -> IntArray:
    return np.frombuffer(raw, ">i8").astype(np.int64) + _POSTGRES_EPOCH_US


def gathered(rows: Rows, *, step_us: int) -> Rows:
    """Samples gathered into buckets, by the same rules as rollups."""
    found = downsample(rows.at_us, rows.mean, rows.quality, width=step_us)
    return Rows(found.start, found.count, found.minimum, found.maximum, found.mean, found.quality.astype(np.int64))


def silences(rows: Rows, *, step_us: int, longest_us: int) -> IntArray:
    """Positions after which the point was silent."""
    return np.asarray(gaps_after(rows.at_us, held=step_us, longest=longest_us))


def quality_in_words(quality: int) -> str:
    """Validity first, then every detail: 'invalid, overflow'."""
    validity = ("good", "questionable", "invalid", "invalid")[quality & VALIDITY_MASK]
    details = [str(bit.name).lower().replace("_", " ") for bit in Quality(quality & ~VALIDITY_MASK)]
    return ", ".join((validity, *details))
