"""From the positions that protection left to those wanted: an order of operations of which each keeps every limit.

Rules. What stands between the fault and a section is open before the section is energised. A dead section is energised
by one switch, when all that must be open inside it is open. Two sources are never joined over a dead section. A live
feeder's load moves by closing the ring before it is opened elsewhere, between ends that are near each other, and nobody
who has supply loses it. Of several sections the one comes first that gives back most customers a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.reliability.restoration.checking import SECONDS_PER_MINUTE, Checker
from gridops.engine.reliability.restoration.problem import OPERATION_MINUTES, Role, StepCheck, SwitchStep
from gridops.engine.reliability.restoration.sections import Sections

MOST_APART_PU, MOST_APART_DEG = 0.1, 10.0  # ends of a tie between live feeders, as it is closed


@dataclass(frozen=True, slots=True)
class Walk:
    """Operations done so far. `waited_s` is per section: when it had supply, inf where it has none."""

    closed: BoolArray
    steps: tuple[SwitchStep, ...]
    checks: tuple[StepCheck, ...]
    elapsed_s: float
    waited_s: FloatArray

    @classmethod
    def start(cls, sections: Sections) -> "Walk":
        closed = sections.grid.switch_closed
        return cls(closed, (), (), 0.0, np.where(sections.live(closed), 0.0, np.inf))


def weighted_minutes(sections: Sections, walk: Walk) -> float:
    """The objective, see `problem.py`."""
    return float(_minutes(sections, walk) @ sections.weight) + OPERATION_MINUTES * len(walk.steps)


def customer_minutes(sections: Sections, walk: Walk) -> float:
    """Minutes without supply, times customers, until restored or repaired."""
    return float(_minutes(sections, walk) @ sections.customers)


def _minutes(sections: Sections, walk: Walk) -> FloatArray:
    return np.minimum(walk.waited_s / SECONDS_PER_MINUTE, sections.grid.repair_minutes)


class Walker:
    """Orders the operations between two sets of positions."""

    def __init__(self, sections: Sections, checker: Checker) -> None:
        self.sections, self.checker = sections, checker

    def walked(self, begin: Walk, wanted: BoolArray) -> Walk:
        """As far towards the wanted positions as can be gone, and no operation more than is needed."""
        here, reached = begin, [begin]
        while True:
            after = next(self._energised(here, wanted), None) or next(self._relieved(here, wanted), None)
            if after is None:
                break
            here = after
            reached.append(here)
        kept = (each for each in reversed(reached[1:]) if self.checker.fits_always(each.closed))
        return self._without_idle_end(begin, next(kept, begin))

    def _energised(self, here: Walk, wanted: BoolArray) -> Iterator[Walk]:
        """After the most worthwhile section has supply, if any can have it."""
        sections = self.sections
        live = sections.live(here.closed)
        parted = here.closed & wanted
        group = sections.groups(parted)
        at_a, at_b = live[sections.end_a], live[sections.end_b]
        ways = np.flatnonzero(sections.operable & wanted & ~here.closed & (at_a ^ at_b))
        faulty = np.zeros(group.max(initial=0) + 1, np.bool_)
        faulty[group[sections.faulted]] = True
        found: list[tuple[float, int, IntArray]] = []
        for way in ways.tolist():
            dead = int(sections.end_b[way] if at_a[way] else sections.end_a[way])
            if faulty[group[dead]]:
                continue
            inside = group == group[dead]
            touches = inside[sections.end_a] | inside[sections.end_b]
            opening = np.flatnonzero(sections.operable & here.closed & ~wanted & touches).astype(np.int32)
            found.append((-self._worth(here, wanted, way, inside, opening), way, opening))
        for _, way, opening in sorted(found, key=lambda one: one[:2]):
            after = self._operated(here, wanted, way, opening)
            if after is not None:
                yield after

    def _worth(self, here: Walk, wanted: BoolArray, way: int, inside: BoolArray, opening: IntArray) -> float:
        """Weighted customers a second: of this section alone, or of all that is fed through it in the end."""
        sections, seconds = self.sections, self.sections.grid.seconds
        own = float(sections.weight[inside].sum()) / max(float(seconds[way] + seconds[opening].sum()), 1e-3)
        cut = wanted.copy()
        cut[way] = False
        behind = sections.live(wanted) & ~sections.live(cut)
        touches = behind[sections.end_a] | behind[sections.end_b]
        moves = sections.operable & touches & (wanted != here.closed)
        every = float(sections.weight[behind].sum()) / max(float(seconds[moves].sum()), 1e-3)
        return max(own, every)

    def _operated(self, here: Walk, wanted: BoolArray, way: int, opening: IntArray) -> Walk | None:
        now = here
        slowest_last = opening[np.argsort(self.sections.grid.seconds[opening], kind="stable")]
        for switch in slowest_last.tolist():
            opened = self._after(now, switch, close=False)
            if opened is None:
                return None
            now = opened
        return self._after(now, way, close=True)

    def _relieved(self, here: Walk, wanted: BoolArray) -> Iterator[Walk]:
        """After load has moved between two live feeders: a ring is closed, then opened elsewhere."""
        sections = self.sections
        live = sections.live(here.closed)
        both = live[sections.end_a] & live[sections.end_b]
        ties = np.flatnonzero(sections.operable & wanted & ~here.closed & both)
        to_open = np.flatnonzero(sections.operable & here.closed & ~wanted & both)
        group = sections.groups(here.closed)
        for tie in ties.tolist():
            if group[sections.end_a[tie]] != group[sections.end_b[tie]] or not self._near(here, tie):
                continue
            ring = here.closed.copy()
            ring[tie] = True
            for switch in to_open.tolist():
                after = ring.copy()
                after[switch] = False
                if not sections.live(after)[live].all():
                    continue
                closed = self._after(here, tie, close=True, in_ring=True)
                opened = None if closed is None else self._after(closed, switch, close=False)
                if opened is not None:
                    yield opened

    def _near(self, here: Walk, tie: int) -> bool:
        switches = self.sections.grid.network.switches
        state = self.checker.check(here.closed, self.checker.hour_at(here.elapsed_s)).state
        ends = [int(switches.from_node[tie]), int(switches.to_node[tie])]
        angle = state.angle_deg[ends[0]] - state.angle_deg[ends[1]]
        apart = abs(state.voltage_pu[ends[0]] - state.voltage_pu[ends[1]])
        return bool(apart <= MOST_APART_PU and abs((angle + 180) % 360 - 180) <= MOST_APART_DEG)

    def _after(self, here: Walk, switch: int, *, close: bool, in_ring: bool = False) -> Walk | None:
        """After one operation; None if it would break a limit."""
        sections = self.sections
        closed = here.closed.copy()
        closed[switch] = close
        elapsed = here.elapsed_s + float(sections.grid.seconds[switch])
        verdict = self.checker.check(closed, self.checker.hour_at(elapsed))
        if not verdict.fits:
            return None
        live = sections.live(closed)
        waited = np.where(live & ~np.isfinite(here.waited_s), elapsed, here.waited_s)
        check = StepCheck(
            after_s=elapsed,
            hour=verdict.hour,
            lowest_pu=verdict.lowest_pu,
            highest_pu=verdict.highest_pu,
            most_loading=verdict.most_loading,
            violations=verdict.violations,
            is_radial=in_ring or is_radial(sections, closed),
            restored_customers=int(sections.customers[np.isfinite(waited) & (waited > 0)].sum()),
        )
        return Walk(closed, (*here.steps, self._step(switch, close, live)), (*here.checks, check), elapsed, waited)

    def _step(self, switch: int, close: bool, live: BoolArray) -> SwitchStep:
        sections, grid = self.sections, self.sections.grid
        if switch >= sections.first_island:
            return SwitchStep(switch, close, Role.ISLAND, switch - sections.first_island)
        if not close:
            return SwitchStep(switch, close, Role.ISOLATE)
        started = sections.live(grid.switch_closed)
        if started[sections.end_a[switch]] and started[sections.end_b[switch]]:
            return SwitchStep(switch, close, Role.RELIEVE)
        tripped = grid.closed_before is not None and grid.closed_before[switch]
        return SwitchStep(switch, close, Role.UPSTREAM if tripped else Role.DOWNSTREAM)

    def _without_idle_end(self, begin: Walk, here: Walk) -> Walk:
        """Without moved load at the end that nothing needed."""
        sections = self.sections
        useful = (sections.customers > 0) | (sections.load_kw > 0)
        times = here.waited_s[useful & np.isfinite(here.waited_s)]
        until = max(float(times.max(initial=0.0)), begin.elapsed_s)
        count = sum(check.after_s <= until for check in here.checks)
        if count == len(here.steps):
            return here
        closed = begin.closed.copy()
        for step in here.steps[len(begin.steps) : count]:
            closed[step.switch] = step.close
        if not self.checker.fits_always(closed):
            return here
        elapsed = here.checks[count - 1].after_s if count else 0.0
        waited = np.where(sections.live(closed), here.waited_s, np.inf)
        return Walk(closed, here.steps[:count], here.checks[:count], elapsed, waited)


def is_radial(sections: Sections, closed: BoolArray) -> bool:
    """Every live group has one source and no ring of switches that may be operated."""
    group = sections.groups(closed)
    count = int(group.max(initial=-1)) + 1
    sources = np.bincount(group[sections.source], minlength=count)
    edges = np.bincount(group[sections.end_a[sections.operable & closed]], minlength=count)
    size = np.bincount(group, minlength=count)
    alive = sources > 0
    return bool((sources[alive] == 1).all() and (edges[alive] == size[alive] - 1).all())
