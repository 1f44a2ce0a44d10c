"""Monitored values of many ASDUs, decoded into arrays.

Neighbouring ASDUs of one type are joined and decoded together, so the cost a point stays small and the order of
arrival is kept.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104 import quality as q
from gridops.protocols.iec104.asdu import Asdu, check_size
from gridops.protocols.iec104.errors import AsduError
from gridops.protocols.iec104.times import (
    SHORT_TIME_FIELDS,
    TIME_FIELDS,
    UNTAGGED_AT,
    decode_short_times,
    decode_times,
)
from gridops.protocols.iec104.types import (
    IOA_SIZE,
    LAYOUTS,
    MAX_IOA,
    MONITOR_CAUSES,
    MONITOR_TYPES,
    SHORT_TIME_SIZE,
    TIME_SIZE,
    Kind,
)

Decoded = tuple[NDArray[np.float64], NDArray[np.uint16]]
_STEP_TRANSIENT = 0x80
_NORMALISED_UNIT = 1 / 32768

VALUE_FIELDS: dict[Kind, list[tuple[str, str]]] = {
    Kind.SINGLE: [("siq", "u1")],
    Kind.DOUBLE: [("siq", "u1")],
    Kind.STEP: [("vti", "u1"), ("qds", "u1")],
    Kind.NORMALISED: [("value", "<i2"), ("qds", "u1")],
    Kind.SCALED: [("value", "<i2"), ("qds", "u1")],
    Kind.FLOAT: [("value", "<f4"), ("qds", "u1")],
    Kind.COUNTER: [("value", "<i4"), ("bcr", "u1")],
    Kind.BITSTRING: [("value", "<u4"), ("qds", "u1")],
    Kind.PACKED: [("value", "<u2"), ("changed", "<u2"), ("qds", "u1")],
    Kind.BARE: [("value", "<i2")],
    Kind.PROTECTION: [("siq", "u1"), ("elapsed", "<u2")],
    Kind.STARTS: [("value", "u1"), ("qds", "u1"), ("elapsed", "<u2")],
    Kind.TRIPS: [("value", "u1"), ("qds", "u1"), ("elapsed", "<u2")],
}
_TIMES = {0: [], SHORT_TIME_SIZE: SHORT_TIME_FIELDS, TIME_SIZE: TIME_FIELDS}
IOA_FIELDS = [("ioa_low", "<u2"), ("ioa_high", "u1")]
ELEMENTS = {
    t: np.dtype(VALUE_FIELDS[layout.kind] + _TIMES[layout.time_size])
    for t, layout in LAYOUTS.items()
    if t in MONITOR_TYPES
}
OBJECTS = {t: np.dtype(IOA_FIELDS + [(n, d[0]) for n, d in dict(e.fields or {}).items()]) for t, e in ELEMENTS.items()}


@dataclass(frozen=True, slots=True, eq=False)
class PointBatch:
    """Points in order of arrival, one row each.

    `value`: single 0/1, double 0 intermediate 1 off 2 on 3 indeterminate, step position, normalised -1..1, scaled,
    float, counter, bits as a whole number, protection 1 off 2 on. `quality`: bits of GridOps. `at_us`: UTC
    microseconds, -1 where the point carries no (true) time.
    """

    common_address: NDArray[np.int32]
    ioa: NDArray[np.int32]
    value: NDArray[np.float64]
    quality: NDArray[np.uint16]
    at_us: NDArray[np.int64]
    cause: NDArray[np.uint8]
    type_id: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.ioa)


def check(asdu: Asdu) -> None:
    """Raises AsduError unless the ASDU carries monitored points that can be decoded."""
    if asdu.type_id not in MONITOR_TYPES:
        raise AsduError(f"type {asdu.type_id} does not carry monitored points")
    check_size(asdu)
    if asdu.cause not in MONITOR_CAUSES:
        raise AsduError(f"type {asdu.type_id} with cause {asdu.cause}")
    if asdu.sequence and asdu.ioa + asdu.size - 1 > MAX_IOA:
        raise AsduError(f"object addresses from {asdu.ioa} run over the last one")


def decode(asdus: Sequence[Asdu], *, near_us: int | None = None) -> PointBatch:
    """All points of `asdus`, each of which has passed `check`; n points give arrays of shape (n,).

    `near_us`: when they arrived, by which short time tags get their hour; the present if not given.
    """
    near_us = time.time_ns() // 1000 if near_us is None else near_us
    return joined([_decode_run(list(run), near_us) for _, run in groupby(asdus, lambda asdu: asdu[:2])])


def joined(batches: Sequence[PointBatch]) -> PointBatch:
    """All their points, in order."""
    if len(batches) < 2:
        return batches[0] if batches else empty()
    columns = ([getattr(batch, name) for batch in batches] for name in PointBatch.__slots__)
    return PointBatch(*map(np.concatenate, columns))


def empty() -> PointBatch:
    """A batch of no points."""
    addresses, octets = np.zeros(0, np.int32), np.zeros(0, np.uint8)
    return PointBatch(addresses, addresses, np.zeros(0), np.zeros(0, np.uint16), np.zeros(0, np.int64), octets, octets)


def _decode_run(run: list[Asdu], near_us: int) -> PointBatch:
    type_id, sequence = run[0].type_id, run[0].sequence
    heads = Heads(
        common_address=np.array([asdu.common_address for asdu in run], np.int32),
        cause=np.array([asdu.cause for asdu in run], np.uint8),
        test=np.array([asdu.test for asdu in run]),
        size=np.array([asdu.size for asdu in run]),
    )
    if not sequence:
        raw = np.frombuffer(b"".join([asdu.body for asdu in run]), OBJECTS[type_id])
        return decode_elements(type_id, raw, heads, None, near_us)
    raw = np.frombuffer(b"".join([asdu.body[IOA_SIZE:] for asdu in run]), ELEMENTS[type_id])
    return decode_elements(type_id, raw, heads, np.array([asdu.ioa for asdu in run]), near_us)


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What each of some ASDUs says of all its points. `size`: points of each, or one number for all of them."""

    common_address: NDArray[np.int32]
    cause: NDArray[np.uint8]
    test: NDArray[np.bool_]
    size: NDArray[np.int64]


def decode_elements(
    type_id: int, raw: NDArray[np.void], heads: Heads, first_ioa: NDArray[np.int64] | None, near_us: int
) -> PointBatch:
    """Points of ASDUs of one type: `raw` of OBJECTS, or of ELEMENTS if each counts on from its `first_ioa`."""
    value, quality = _VALUES[LAYOUTS[type_id].kind](raw)
    at_us, doubtful = _decode_times(type_id, raw, near_us)
    if doubtful.any():
        quality = quality | np.where(doubtful, np.uint16(q.CLOCK), np.uint16(0))
    if heads.test.any():
        quality = quality | np.repeat(np.where(heads.test, np.uint16(q.TEST), np.uint16(0)), heads.size)
    return PointBatch(
        common_address=np.repeat(heads.common_address, heads.size),
        ioa=_addresses(raw) if first_ioa is None else _counted_on(first_ioa, heads.size),
        value=value,
        quality=quality,
        at_us=at_us,
        cause=np.repeat(heads.cause, heads.size),
        type_id=np.full(len(raw), type_id, np.uint8),
    )


def _decode_times(type_id: int, raw: NDArray, near_us: int) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    time_size = LAYOUTS[type_id].time_size
    if time_size == TIME_SIZE:
        return decode_times(raw)
    if time_size == SHORT_TIME_SIZE:
        return decode_short_times(raw, near_us)
    return np.full(len(raw), UNTAGGED_AT, np.int64), np.zeros(len(raw), np.bool_)


def _addresses(raw: NDArray[np.void]) -> NDArray[np.int32]:
    return raw["ioa_low"].astype(np.int32) | (raw["ioa_high"].astype(np.int32) << 16)


def _counted_on(first: NDArray[np.int64], size: NDArray[np.int64]) -> NDArray[np.int32]:
    sizes = np.broadcast_to(size, first.shape)
    begin = first - (np.cumsum(sizes) - sizes)
    return (np.repeat(begin, size) + np.arange(sizes.sum())).astype(np.int32)


def _single(raw: NDArray[np.void]) -> Decoded:
    return (raw["siq"] & 1).astype(np.float64), q.SIQ[raw["siq"]]


def _double(raw: NDArray[np.void]) -> Decoded:
    return (raw["siq"] & 3).astype(np.float64), q.SIQ[raw["siq"]]


def _step(raw: NDArray[np.void]) -> Decoded:
    position = ((raw["vti"] & 0x7F) ^ 0x40).astype(np.float64) - 64
    moving = np.where(raw["vti"] & _STEP_TRANSIENT, np.uint16(q.QUESTIONABLE), np.uint16(0))
    return position, q.QDS[raw["qds"]] | moving


def _normalised(raw: NDArray[np.void]) -> Decoded:
    return raw["value"] * _NORMALISED_UNIT, q.QDS[raw["qds"]]


def _scaled(raw: NDArray[np.void]) -> Decoded:
    return raw["value"].astype(np.float64), q.QDS[raw["qds"]]


def _float(raw: NDArray[np.void]) -> Decoded:
    finite = np.isfinite(raw["value"])
    quality = q.QDS[raw["qds"]]
    with np.errstate(invalid="ignore"):  # signalling NaN
        value = raw["value"].astype(np.float64)
    return value, np.where(finite, quality, quality | np.uint16(q.INVALID))


def _counter(raw: NDArray[np.void]) -> Decoded:
    return raw["value"].astype(np.float64), q.BCR[raw["bcr"]]


def _bits(raw: NDArray[np.void]) -> Decoded:
    return raw["value"].astype(np.float64), q.QDS[raw["qds"]]


def _relay_bits(raw: NDArray[np.void]) -> Decoded:
    return raw["value"].astype(np.float64), q.SIQ[raw["qds"]]


def _bare(raw: NDArray[np.void]) -> Decoded:
    return raw["value"] * _NORMALISED_UNIT, np.zeros(len(raw), np.uint16)


_VALUES: dict[Kind, Callable[[NDArray[np.void]], Decoded]] = {
    Kind.SINGLE: _single,
    Kind.DOUBLE: _double,
    Kind.STEP: _step,
    Kind.NORMALISED: _normalised,
    Kind.SCALED: _scaled,
    Kind.FLOAT: _float,
    Kind.COUNTER: _counter,
    Kind.BITSTRING: _bits,
    Kind.PACKED: _bits,
    Kind.BARE: _bare,
    Kind.PROTECTION: _double,
    Kind.STARTS: _relay_bits,
    Kind.TRIPS: _relay_bits,
}
