"""Few requests for many registers: neighbours are read together, small gaps along with them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from gridops.protocols.modbus.points import BIT_TABLES, FloatArray, Register, Table, decode

MOST_REGISTERS, MOST_BITS = 125, 2000  # of one request, by the standard


@dataclass(frozen=True, slots=True)
class Limits:
    gap: int = 16
    longest: int = MOST_REGISTERS


@dataclass(frozen=True, slots=True)
class Read:
    """One request; `places` are those of its registers in the list that was planned."""

    unit: int
    table: Table
    start: int
    count: int
    registers: tuple[Register, ...]
    places: tuple[int, ...]

    def values(self, answer: Sequence[int]) -> FloatArray:
        words = np.asarray(answer, np.uint16)
        if self.table in BIT_TABLES:
            chosen: npt.NDArray = words[[one.address - self.start for one in self.registers]]
            return np.asarray(chosen != 0, np.float64)
        return decode(words, self.registers, start=self.start)

    def single(self) -> list["Read"]:
        """One request for each register: a device may refuse what lies between them."""
        return [_read([place], {place: one}) for place, one in zip(self.places, self.registers, strict=True)]


def plan(registers: Sequence[Register], limits: Limits | None = None) -> list[Read]:
    by_place = dict(enumerate(registers))
    order = sorted(by_place, key=lambda place: (by_place[place].unit, by_place[place].table, by_place[place].address))
    reads = []
    for _, places in groupby(order, lambda place: (by_place[place].unit, by_place[place].table)):
        reads += [_read(run, by_place) for run in _runs(list(places), by_place, limits or Limits())]
    return reads


def _runs(places: Sequence[int], by_place: dict[int, Register], limits: Limits) -> Iterator[list[int]]:
    is_bits = by_place[places[0]].table in BIT_TABLES
    longest, gap = (MOST_BITS, 16 * limits.gap) if is_bits else (limits.longest, limits.gap)
    run: list[int] = []
    start = end = 0
    for place in places:
        one = by_place[place]
        if run and (one.address - end > gap or max(end, one.address + one.words) - start > longest):
            yield run
            run = []
        if not run:
            start = end = one.address
        run.append(place)
        end = max(end, one.address + one.words)
    yield run


def _read(places: Sequence[int], by_place: dict[int, Register]) -> Read:
    chosen = tuple(by_place[place] for place in places)
    start = min(one.address for one in chosen)
    count = max(one.address + one.words for one in chosen) - start
    return Read(chosen[0].unit, chosen[0].table, start, count, chosen, tuple(places))
