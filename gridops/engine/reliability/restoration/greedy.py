"""Wanted positions by building up: whole dead parts first, then parts of them, then load moved out of the way.

Every candidate is judged by the full power flow in all hours, so what is wanted keeps the limits in the end.
"""

from collections.abc import Iterator
from itertools import islice

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.sections import Sections

MOST_MOVES = 30  # of load between live feeders, tried for one dead part
MOST_DIVIDED = 3  # of them, with the most room, after which a part is divided anew


class Greedy:
    def __init__(self, sections: Sections, checker: Checker) -> None:
        self._sections, self._checker = sections, checker

    def wanted(self, begin: BoolArray) -> BoolArray:
        """From these positions to ones that restore what can be found to be restored."""
        here = begin & ~self._sections.at_fault()
        here = self._whole(here)
        here = self._in_parts(here)
        while self._missing(here).any():
            moved = self._with_moved_load(here)
            if moved is None:
                break
            here = self._in_parts(self._whole(moved))
        return self._simpler(begin, self._needed(begin, here))

    def _simpler(self, begin: BoolArray, wanted: BoolArray) -> BoolArray:
        """Without pairs of a closing and an opening that are not needed: the parts hang together again."""
        s, here = self._sections, wanted
        closings = np.flatnonzero(s.operable & here & ~begin).tolist()
        for way in sorted(closings, key=lambda way: -float(s.grid.seconds[way])):
            live = s.live(here)
            for parting in np.flatnonzero(s.operable & ~here & begin & live[s.end_a] & live[s.end_b]).tolist():
                after = here.copy()
                after[way], after[parting] = False, True
                if s.live(after)[live].all() and self._checker.fits_always(after):
                    here = after
                    break
        return here

    def _missing(self, closed: BoolArray) -> BoolArray:
        s = self._sections
        return np.asarray(~s.live(closed) & ~s.faulted & (s.weight > 0), np.bool_)

    def _whole(self, closed: BoolArray) -> BoolArray:
        """Dead parts that one switch can feed as they hang together; the ones with the most weight first."""
        here, refused = closed, set[bytes]()
        while True:
            ways = self._ways(here)
            chosen = next((after for after in self._best_of_parts(here, ways, refused)), None)
            if chosen is None:
                return here
            here = chosen

    def _ways(self, closed: BoolArray) -> list[tuple[int, int]]:
        """Open switches between what lives and what is dead, with the dead section."""
        s = self._sections
        live = s.live(closed)
        at_a, at_b = live[s.end_a], live[s.end_b]
        found = np.flatnonzero(s.operable & ~closed & (at_a ^ at_b)).tolist()
        ends = [(way, int(s.end_b[way] if at_a[way] else s.end_a[way])) for way in found]
        return [(way, dead) for way, dead in ends if not s.faulted[dead]]

    def _best_of_parts(
        self, closed: BoolArray, ways: list[tuple[int, int]], refused: set[bytes]
    ) -> Iterator[BoolArray]:
        s = self._sections
        group = s.groups(closed)
        weight = np.bincount(group, s.weight)
        load = np.bincount(group, s.load_kw)
        seconds = s.grid.seconds
        parts = sorted({int(group[dead]) for _, dead in ways}, key=lambda part: (-weight[part], -load[part]))
        faulty = set(group[s.faulted].tolist())
        for part in parts:
            if part in faulty or not self._leads_on(closed, group == part):
                continue
            mine = [way for way, dead in ways if int(group[dead]) == part]
            fitting = []
            for way in mine:
                after = closed.copy()
                after[way] = True
                key = after.tobytes()
                if key in refused:
                    continue
                if self._checker.fits_always(after):
                    fitting.append((float(seconds[way]), -self._checker.room(after), way, after))
                else:
                    refused.add(key)
            if fitting:
                yield min(fitting, key=lambda one: one[:3])[3]

    def _leads_on(self, closed: BoolArray, part: BoolArray) -> bool:
        """It has customers or load, or a dead section that has lies beyond it."""
        s = self._sections
        if (s.weight[part] > 0).any() or (s.load_kw[part] > 0).any():
            return True
        live = s.live(closed)
        usable = s.operable & ~live[s.end_a] & ~live[s.end_b] & ~s.faulted[s.end_a] & ~s.faulted[s.end_b]
        reach = s.groups(closed | usable) if usable.any() else s.groups(closed)
        same = np.isin(reach, reach[part]) & ~live & ~s.faulted
        return bool((s.weight[same] > 0).any())

    def _in_parts(self, closed: BoolArray) -> BoolArray:
        """Dead parts that nobody can feed whole: opened inside, and fed section by section from where there is room."""
        s = self._sections
        missing = self._missing(closed)
        if not missing.any():
            return closed
        group = s.groups(closed)
        opened = closed.copy()
        inside = np.isin(group, group[missing])
        opened[s.operable & closed & (inside[s.end_a] | inside[s.end_b])] = False
        here = self._whole_by_room(opened)
        # What stayed dead hangs together as before; what is fed by one way needs no opening.
        live = s.live(here)
        back = s.operable & closed & ~here & ~live[s.end_a] & ~live[s.end_b]
        return np.asarray(here | back, np.bool_)

    def _whole_by_room(self, closed: BoolArray) -> BoolArray:
        """Section by section, each time the one after which most room is left."""
        s, here, refused = self._sections, closed, set[bytes]()
        while True:
            best: tuple[tuple[float, float], BoolArray] | None = None
            for way, dead in self._ways(here):
                after = here.copy()
                after[way] = True
                key = after.tobytes()
                if key in refused:
                    continue
                if not self._checker.fits_always(after):
                    refused.add(key)
                    continue
                gain = s.weight[dead] / max(float(s.load_kw[dead]), 1.0)
                rank = (round(self._checker.room(after), 2), gain)
                if best is None or rank > best[0]:
                    best = (rank, after)
                if s.weight[dead] == 0 and s.load_kw[dead] == 0:
                    break  # costs nothing and leads on
            if best is None:
                return here
            here = best[1]

    def _with_moved_load(self, closed: BoolArray) -> BoolArray | None:
        """After a move of load between live feeders that lets a dead part be fed whole or by more sections."""
        before, fitting = self._waiting(closed), list[tuple[float, int, BoolArray]]()
        for tried, moved in enumerate(islice(self._moves(closed), MOST_MOVES)):
            if not self._checker.fits_always(moved):
                continue
            if self._waiting(self._whole(moved)) < before:
                return moved
            fitting.append((-self._checker.room(moved), tried, moved))
        roomy = sorted(fitting, key=lambda one: one[:2])[:MOST_DIVIDED]
        return next((moved for _, _, moved in roomy if self._waiting(self._in_parts(moved)) < before), None)

    def _waiting(self, closed: BoolArray) -> float:
        return float(self._sections.weight[self._missing(closed)].sum())

    def _moves(self, closed: BoolArray) -> Iterator[BoolArray]:
        """A tie between live sections closed, a switch of the ring opened; those that move least load first."""
        s = self._sections
        live, group = s.live(closed), s.groups(closed)
        ties = np.flatnonzero(s.operable & ~closed & live[s.end_a] & live[s.end_b])
        found: list[tuple[int, int, int]] = []
        for tie in ties[group[s.end_a[ties]] == group[s.end_b[ties]]].tolist():
            ring = closed.copy()
            ring[tie] = True
            found.extend((rank, tie, switch) for rank, switch in enumerate(self._on_ring(ring, tie)))
        for _, tie, switch in sorted(found):
            after = closed.copy()
            after[tie], after[switch] = True, False
            yield after

    def _on_ring(self, ring: BoolArray, tie: int) -> list[int]:
        """Closed switches of the ring that a tie makes, the nearest to the tie first."""
        s = self._sections
        edges = np.flatnonzero(s.operable & ring)
        beyond: dict[int, list[tuple[int, int]]] = {}
        for edge in edges.tolist():
            if edge != tie:
                a, b = int(s.end_a[edge]), int(s.end_b[edge])
                beyond.setdefault(a, []).append((b, edge))
                beyond.setdefault(b, []).append((a, edge))
        start, end = int(s.end_a[tie]), int(s.end_b[tie])
        came: dict[int, tuple[int, int]] = {start: (-1, -1)}
        waiting = [start]
        while waiting and end not in came:
            section = waiting.pop(0)
            for other, edge in beyond.get(section, []):
                if other not in came:
                    came[other] = (section, edge)
                    waiting.append(other)
        way, at = [], end
        while at in came and came[at][1] >= 0:
            way.append(came[at][1])
            at = came[at][0]
        return sorted(way, key=lambda edge: min(way.index(edge), len(way) - way.index(edge)))

    def _needed(self, begin: BoolArray, wanted: BoolArray) -> BoolArray:
        """Without closings that feed nothing, and without openings that part nothing."""
        s, here = self._sections, wanted
        useful = (s.weight > 0) | (s.load_kw > 0)
        for way in np.flatnonzero(s.operable & wanted & ~begin).tolist():
            less = here.copy()
            less[way] = False
            if not (s.live(here) & ~s.live(less) & useful).any():
                here = less
        live = s.live(here)
        idle = s.operable & begin & ~here & ~live[s.end_a] & ~live[s.end_b]
        return np.asarray(here | idle, np.bool_)
