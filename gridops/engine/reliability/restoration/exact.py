"""The plan by a mixed-integer program, with a bound that no plan can fall below.

The program has no losses, so its answer may break a limit in the full power flow by a little. Then it is asked again
with the limits drawn in by what was missing, and with the hours in which it was. The bound is that of the first,
lossless question; the plan is the best of all walks that the full power flow has passed, the built-up one among them.
"""

from dataclasses import replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Solved, solve
from gridops.engine.reliability.restoration.alternatives import alternatives
from gridops.engine.reliability.restoration.bounds import by_parts, by_ways
from gridops.engine.reliability.restoration.checking import Checker, Verdict
from gridops.engine.reliability.restoration.part import Part, part_of
from gridops.engine.reliability.restoration.plan import by_building, planned, restore_fast, with_bound
from gridops.engine.reliability.restoration.problem import FaultedGrid, Method, Restoration
from gridops.engine.reliability.restoration.program import RestorationProgram, Strictness
from gridops.engine.reliability.restoration.sections import Sections, coarse, sections_of
from gridops.engine.reliability.restoration.walk import Walk

GAP = 1e-6
MOST_ROUNDS = 4
MARGIN = 1.1  # of what was missing
LEAST_SECONDS = 0.05
SHARE = 0.5  # of the time that is left, for one question


def restore_exact(grid: FaultedGrid, *, time_limit_s: float = 5.0) -> Restoration:
    """The best plan found, its bound and its gap. time_limit_s: of the solver's own time.

    Never worse than `restore_fast`. Where the solver finds no answer in time, the gap says so.
    """
    fast = restore_fast(grid)
    if not grid.can_operate.any() or (not fast.steps and not fast.customers_without):
        return with_bound(replace(fast, method=Method.EXACT), fast.objective)
    program = _ByProgram(grid, fast, time_limit_s)
    best = fast
    if fast.objective - program.bound > GAP * max(fast.objective, 1.0):
        found = planned(grid, program.wanted, Method.EXACT)
        best = found if found.objective < fast.objective else fast
    best = with_bound(replace(best, method=Method.EXACT), program.bound)
    return replace(best, alternatives=alternatives(grid, best))


class _ByProgram:
    """The first question gives the bound, and its answer the first positions to try."""

    def __init__(self, grid: FaultedGrid, fast: Restoration, seconds: float) -> None:
        self._left = seconds  # of the solver: the engine has no clock of its own
        self._by_hand = bool((grid.by_hand & grid.can_operate).any())
        sections = coarse(sections_of(grid))
        closed = sections.grid.switch_closed
        part = part_of(sections, Checker(sections), closed)
        question = self._question(sections, part, closed, _hours(sections), Strictness())
        self._first: Solved | None = self._solved(question, question.values(_after(fast, sections)))
        self.bound = float(np.nan_to_num(self._first.bound, neginf=0.0))

    def wanted(self, sections: Sections, checker: Checker, here: Walk) -> list[BoolArray]:
        """Positions: those of the program, with load moved and without, and those that were built up."""
        part = part_of(sections, checker, here.closed)
        with_moves, without = (self._asked((sections, checker, here), part, moves) for moves in (True, False))
        return [*with_moves, *without, *by_building(sections, checker, here)]

    def _asked(self, stage: tuple[Sections, Checker, Walk], part: Part, moves_load: bool) -> list[BoolArray]:
        """Positions, the last of which keeps the limits in every hour by the full power flow, if one was found.

        The others break one in the end, but the way to them may be a good one until then.
        """
        sections, checker, here = stage
        strict, hours, found = Strictness(moves_load=moves_load), _hours(sections), list[BoolArray]()
        for _ in range(MOST_ROUNDS):
            question = self._question(sections, part, here.closed, hours, strict)
            answer = self._first if moves_load and not self._by_hand else None
            self._first = None
            if answer is None and self._left < LEAST_SECONDS:
                break
            answer = answer or self._solved(question)
            if not answer.ok:
                break
            wanted = question.wanted(answer.x)
            found.append(wanted)
            verdicts = [checker.check(wanted, hour) for hour in range(len(sections.grid.rest_hours))]
            broken = [verdict for verdict in verdicts if not verdict.fits]
            if not broken:
                break
            strict = _stricter(strict, broken)
            hours = sorted({*hours, *(checker.alike(verdict.hour) for verdict in broken)})
        return found

    def _question(
        self, sections: Sections, part: Part, closed: BoolArray, hours: list[int], strict: Strictness
    ) -> RestorationProgram:
        soonest = by_ways(sections, closed) if self._by_hand else by_parts(sections, closed)
        return RestorationProgram(sections, part, closed, soonest=soonest, hours=hours, strict=strict)

    def _solved(self, question: RestorationProgram, begin_with: FloatArray | None = None) -> Solved:
        answer = solve(question.program, seconds=max(self._left * SHARE, LEAST_SECONDS), gap=GAP, warm=begin_with)
        self._left -= answer.seconds
        return answer


def _after(plan: Restoration, sections: Sections) -> BoolArray:
    """Positions at the end of a plan, those of the island sources with them."""
    closed = sections.grid.switch_closed.copy()
    for step in plan.steps:
        closed[step.switch] = step.close
    return closed


def _stricter(strict: Strictness, broken: list[Verdict]) -> Strictness:
    """Limits drawn in by what the full power flow has found missing."""
    if any(verdict.reason for verdict in broken):
        return replace(strict, low_pu=strict.low_pu + 0.01, loading=strict.loading * 0.95)
    low, over = max(each.low_by_pu for each in broken), max(each.over_by for each in broken)
    return replace(
        strict,
        low_pu=strict.low_pu + MARGIN * max(low, 0.0),
        loading=strict.loading / (1 + MARGIN * max(over, 0.0)),
    )


def _hours(sections: Sections) -> list[int]:
    """Those with the most and the least load; the one with the most alone where no injection asks more in the other."""
    grid = sections.grid
    load = -grid.p_kw.sum(axis=1)
    most, least = int(load.argmax()), int(load.argmin())
    feeds_in = (grid.p_kw > 0).any() or (grid.q_kvar > 0).any()
    if not feeds_in and (grid.p_kw >= grid.p_kw[most]).all() and (grid.q_kvar >= grid.q_kvar[most]).all():
        return [most]
    return sorted({most, least})
