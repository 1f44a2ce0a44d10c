"""Monitored values into ASDUs, as many objects in each as fit."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gridops.protocols.iec104 import quality as q
from gridops.protocols.iec104.apci import MAX_ASDU
from gridops.protocols.iec104.asdu import Asdu
from gridops.protocols.iec104.points import OBJECTS
from gridops.protocols.iec104.times import UNTAGGED_AT, encode_short_times, encode_times
from gridops.protocols.iec104.types import HEADER_SIZE, LAYOUTS, TIME_SIZE, Kind

_INT16, _INT32 = np.iinfo(np.int16), np.iinfo(np.int32)
_VALUE_BITS = {Kind.SINGLE: 1, Kind.DOUBLE: 3}


def capacity(type_id: int) -> int:
    """Objects of `type_id` that fit one ASDU, each with its address."""
    return min(127, (MAX_ASDU - HEADER_SIZE) // OBJECTS[type_id].itemsize)


def objects(
    type_id: int,
    ioa: NDArray[np.int32],
    value: NDArray[np.float64],
    quality: NDArray[np.uint16],
    at_us: NDArray[np.int64] | int = UNTAGGED_AT,
) -> bytes:
    """Octets of the information objects; what a type cannot hold is clipped and flagged (overflow; NaN invalid)."""
    raw = np.zeros(len(ioa), OBJECTS[type_id])
    raw["ioa_low"], raw["ioa_high"] = ioa & 0xFFFF, ioa >> 16
    wire = q.to_wire(quality) | np.where(np.isfinite(value), 0, q.IV).astype(np.uint8)
    _WRITERS[LAYOUTS[type_id].kind](raw, np.nan_to_num(value, posinf=np.inf, neginf=-np.inf), wire)
    if LAYOUTS[type_id].time_tagged:
        times = np.broadcast_to(np.asarray(at_us, np.int64), len(ioa))
        encode = encode_times if LAYOUTS[type_id].time_size == TIME_SIZE else encode_short_times
        encode(raw, times, (quality & q.CLOCK) != 0)
    return raw.tobytes()


def asdu(type_id: int, cause: int, common_address: int, body: bytes, *, originator: int = 0) -> bytes:
    """Octets of an ASDU around packed objects."""
    count = len(body) // OBJECTS[type_id].itemsize
    return Asdu(type_id, False, count, cause, False, False, originator, common_address, body).encode()


def _write_state(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8], bits: int) -> None:
    state = np.clip(value, 0, bits).astype(np.uint8)
    raw["siq"] = state | (wire & ~np.uint8(q.OV))


def _write_single(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    _write_state(raw, value != 0, wire, _VALUE_BITS[Kind.SINGLE])


def _write_double(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    _write_state(raw, value, wire, _VALUE_BITS[Kind.DOUBLE])


def _write_step(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    raw["vti"] = np.clip(np.rint(value), -64, 63).astype(np.int8).view(np.uint8) & 0x7F
    raw["qds"] = wire | _overflow(np.rint(value), -64, 63)


def _write_normalised(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    _write_scaled(raw, value * 32768, wire)


def _write_scaled(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    whole = np.rint(value)
    raw["value"] = np.clip(whole, _INT16.min, _INT16.max)
    raw["qds"] = wire | _overflow(whole, _INT16.min, _INT16.max)


def _write_float(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    largest = float(np.finfo(np.float32).max)
    raw["value"] = np.clip(value, -largest, largest)
    raw["qds"] = wire | _overflow(value, -largest, largest)


def _write_counter(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    whole = np.rint(value)
    raw["value"] = np.clip(whole, _INT32.min, _INT32.max)
    carried = _overflow(whole, _INT32.min, _INT32.max) | (wire & q.OV)
    raw["bcr"] = (wire & q.IV) | np.where(carried, q.COUNTER_CARRY, 0).astype(np.uint8)


def _write_bits(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    largest = float(np.iinfo(raw["value"].dtype).max)
    raw["value"] = np.clip(np.rint(value), 0, largest)
    raw["qds"] = wire | _overflow(value, 0, largest)


def _write_relay_bits(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    _write_bits(raw, value, wire)
    raw["qds"] &= ~np.uint8(q.OV)


def _write_bare(raw: NDArray[np.void], value: NDArray[np.float64], wire: NDArray[np.uint8]) -> None:
    raw["value"] = np.clip(np.rint(value * 32768), _INT16.min, _INT16.max)


def _overflow(value: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    return np.where((value < low) | (value > high), q.OV, 0).astype(np.uint8)


_WRITERS: dict[Kind, Callable[[NDArray[np.void], NDArray[np.float64], NDArray[np.uint8]], None]] = {
    Kind.SINGLE: _write_single,
    Kind.DOUBLE: _write_double,
    Kind.STEP: _write_step,
    Kind.NORMALISED: _write_normalised,
    Kind.SCALED: _write_scaled,
    Kind.FLOAT: _write_float,
    Kind.COUNTER: _write_counter,
    Kind.BITSTRING: _write_bits,
    Kind.PACKED: _write_bits,
    Kind.BARE: _write_bare,
    Kind.PROTECTION: _write_double,
    Kind.STARTS: _write_relay_bits,
    Kind.TRIPS: _write_relay_bits,
}
