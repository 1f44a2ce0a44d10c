"""Numbers of points: scale factors, and the values by which a device says that it has none."""

import math
import struct
from collections.abc import Sequence

from gridops.protocols.sunspec.layout import Field

FORMATS = {
    "int16": ">h", "sunssf": ">h", "uint16": ">H", "acc16": ">H", "enum16": ">H", "bitfield16": ">H", "count": ">H",
    "int32": ">i", "uint32": ">I", "acc32": ">I", "enum32": ">I", "bitfield32": ">I", "float32": ">f",
    "int64": ">q", "uint64": ">Q", "acc64": ">Q", "bitfield64": ">Q", "float64": ">d",
    "raw16": ">H",
}  # fmt: skip
NOT_IMPLEMENTED = {
    "int16": -0x8000, "sunssf": -0x8000, "uint16": 0xFFFF, "acc16": 0, "enum16": 0xFFFF, "bitfield16": 0xFFFF,
    "int32": -0x8000_0000, "uint32": 0xFFFF_FFFF, "acc32": 0, "enum32": 0xFFFF_FFFF, "bitfield32": 0xFFFF_FFFF,
    "count": 0xFFFF, "int64": -(2**63), "uint64": 2**64 - 1, "acc64": 0, "bitfield64": 2**64 - 1,
}  # fmt: skip
_FURTHEST_EXPONENT = 10


def is_number(field: Field | None) -> bool:
    """Texts, addresses and padding are none."""
    return field is not None and field.kind in FORMATS


def value_of(field: Field, words: Sequence[int]) -> float | None:
    """Scaled; None if the device does not have it, or not its scale factor."""
    raw, exponent = _raw(field, words), scale_of(field, words)
    if raw is None or exponent is None:
        return None
    # A division by a whole power keeps 2301 with exponent -1 at exactly 230.1.
    return raw * 10.0**exponent if exponent >= 0 else raw / 10.0**-exponent


def scale_of(field: Field, words: Sequence[int]) -> int | None:
    """The exponent of ten; None if the device does not tell the one that it should."""
    if field.scale is None:
        return 0
    exponent = _raw(field.scale, words) if isinstance(field.scale, Field) else float(field.scale)
    return None if exponent is None or abs(exponent) > _FURTHEST_EXPONENT else int(exponent)


def _raw(field: Field, words: Sequence[int]) -> float | None:
    form = FORMATS.get(field.kind)
    if form is None:
        return None
    octets = b"".join(word.to_bytes(2, "big") for word in words[field.offset : field.offset + field.words])
    if len(octets) != struct.calcsize(form):
        return None
    number = struct.unpack(form, octets)[0]
    if not math.isfinite(number) or number == NOT_IMPLEMENTED.get(field.kind):
        return None
    return float(number)
