"""What a register holds: number types of one to four words in any order of words and octets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint16]
FloatArray = npt.NDArray[np.float64]


class Table(StrEnum):
    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"


BIT_TABLES = frozenset({Table.COIL, Table.DISCRETE})
BIT = "bit"
_EQUAL = 1e-9
_TYPES = {
    "int16": ">i2",
    "uint16": ">u2",
    "int32": ">i4",
    "uint32": ">u4",
    "float32": ">f4",
    "int64": ">i8",
    "uint64": ">u8",
    "float64": ">f8",
}


@dataclass(frozen=True, slots=True)
class Register:
    """One value of one unit; `order` ABCD is big-endian, CDAB has the words, BADC the octets, DCBA both reversed."""

    unit: int
    table: Table
    address: int
    kind: str = "uint16"
    order: str = "ABCD"
    bit: int = 0

    @property
    def words(self) -> int:
        return 1 if self.kind == BIT else np.dtype(_TYPES[self.kind]).itemsize // 2


def decode(words: Words, registers: Sequence[Register], *, start: int) -> FloatArray:
    """The values of `registers` out of the words that were read from `start` on, in the order given."""
    values = np.empty(len(registers))
    kinds: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(registers):
        kinds.setdefault((one.kind, one.order), []).append(place)
    for (kind, order), places in kinds.items():
        begin = np.array([registers[place].address - start for place in places])
        if kind == BIT:
            bits = np.array([registers[place].bit for place in places])
            values[places] = (_ordered(words[begin][:, None], order)[:, 0] >> bits) & 1
        else:
            values[places] = _numbers(words[begin[:, None] + np.arange(registers[places[0]].words)], kind, order)
    return values


def encode(register: Register, value: float) -> list[int]:
    """The words that say it, in the order in which they are written. Raises ValueError if the type cannot hold it."""
    if register.kind == BIT:
        raise ValueError("one bit of a register cannot be written without the others")
    kind = np.dtype(_TYPES[register.kind])
    if kind.kind in "iu":
        bounds = np.iinfo(kind)
        whole = math.isclose(value, round(value), rel_tol=_EQUAL, abs_tol=_EQUAL)  # 12.3 / 0.1 is a whole number
        if not whole or not bounds.min <= round(value) <= bounds.max:
            raise ValueError(f"{value:g} is no {register.kind}; give a whole number from {bounds.min} to {bounds.max}")
    raw = np.array([round(value) if kind.kind in "iu" else value], kind).view(">u2").astype(np.uint16)[None, :]
    words = _ordered(raw, register.order)[0]
    return [int(word) for word in words]


def _numbers(words: Words, kind: str, order: str) -> FloatArray:
    raw = np.ascontiguousarray(_ordered(words, order).astype(">u2"))
    return np.asarray(raw.view(_TYPES[kind])[:, 0].astype(np.float64))


def _ordered(words: Words, order: str) -> Words:
    if order in ("BADC", "DCBA"):
        words = words.byteswap()
    return words[:, ::-1] if order in ("CDAB", "DCBA") else words
