"""Who has supply and who lost it when: what meters feel before anybody else knows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gridops.simulator.points import BoolArray, IntArray

MOST_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Change:
    number: int  # from 1 on
    load: int
    has_supply: bool
    at_us: int


class SupplyBook:
    """Changes of the loads' supply, in order."""

    def __init__(self, node_of_load: IntArray) -> None:
        self._node = node_of_load
        self.has_supply: BoolArray = np.ones(len(node_of_load), np.bool_)
        self._changes: list[Change] = []
        self.last = 0

    def note(self, node_energised: BoolArray, at_us: int, cut: Sequence[int] | IntArray = ()) -> None:
        """cut: loads that are switched off where they stand."""
        now = node_energised[self._node]
        now[np.asarray(cut, np.int32)] = False
        for load in np.flatnonzero(now != self.has_supply).tolist():
            self.last += 1
            self._changes.append(Change(self.last, load, bool(now[load]), at_us))
        self.has_supply = np.asarray(now, np.bool_)
        del self._changes[: max(len(self._changes) - MOST_KEPT, 0)]

    def after(self, number: int) -> list[Change]:
        begin = len(self._changes) - (self.last - number)
        return self._changes[max(begin, 0) :]
