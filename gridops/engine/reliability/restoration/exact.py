"""The plan by a mixed-integer program, with a bound that no plan can fall below.

The program has no losses, so its answer may break a limit in the full power flow by a little. Then it is asked again
with the limits drawn in by what was missing, and with the hours in which it was. The bound is that of the first, lossless
question; the plan is the best of all walks that the full power flow has passed, the built-up one among them.
"""

from dataclasses import replace

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.optimization.solver import Solved, solve
from gridops.engine.reliability.restoration.alternatives import alternatives
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.part import Part, part_of
from gridops.engine.reliability.restoration.plan import by_building, planned, restore_fast, with_bound
from gridops.engine.reliability.restoration.problem import FaultedGrid, Method, Restoration
from gridops.engine.reliability.restoration.program import RestorationProgram, Strictness
from gridops.engine.reliability.restoration.sections import Sections, sections_of
from gridops.engine.reliability.restoration.walk import Walk

GAP = 1e-6
MOST_ROUNDS = 4
MARGIN = 1.1  # of what was missing
LEAST_SECONDS = 0.05


class _Clock:
    """Seconds of the solver that are left: the engine has no clock of its own."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def solved(self, question: RestorationProgram, share: float = 1.0) -> Solved:
        answer = solve(question.program, seconds=max(self.left * share, LEAST_SECONDS), gap=GAP)
        self.left -= answer.seconds
        return answer


def restore_exact(grid: FaultedGrid, *, time_limit_s: float = 5.0) -> Restoration:
    """The best plan found, its bound and its gap. time_limit_s: of the solver's own time.

    Never worse than `restore_fast`. Where the solver finds no answer in time, the gap says so.
    """
    fast = restore_fast(grid)
    if not fast.steps and not fast.customers_without:
        return with_bound(replace(fast, method=Method.EXACT), fast.objective)
    clock = _Clock(time_limit_s)
    bound = _bound(grid, clock)
    best = fast
    if fast.objective - bound > GAP * max(fast.objective, 1.0):
        found = planned(grid, lambda *stage: _by_program(clock, *stage), Method.EXACT)
        best = found if found.objective < fast.objective else fast
    best = with_bound(replace(best, method=Method.EXACT), bound)
    return replace(best, alternatives=alternatives(grid, best))


def _bound(grid: FaultedGrid, clock: _Clock) -> float:
    """Of all switches at once, in the hours with the most and the least load."""
    sections = sections_of(grid)
    checker = Checker(sections)
    here = Walk.start(sections)
    part = part_of(sections, checker, here.closed)
    question = RestorationProgram(sections, part, here.closed, 0.0, _hours(sections), Strictness())
    answer = clock.solved(question, share=0.5)
    return float(np.nan_to_num(answer.bound, neginf=0.0))


def _by_program(clock: _Clock, sections: Sections, checker: Checker, here: Walk) -> list[BoolArray]:
    """Wanted positions: those of the program, with load moved and without, and those that were built up."""
    found = by_building(sections, checker, here)
    part = part_of(sections, checker, here.closed)
    for moves_load in (True, False):
        found.extend(_asked(clock, (sections, checker, here), part, moves_load))
    return found


def _asked(clock: _Clock, stage: tuple[Sections, Checker, Walk], part: Part, moves_load: bool) -> list[BoolArray]:
    """One positions at most: the first that keeps the limits in every hour by the full power flow."""
    sections, checker, here = stage
    strict, hours = Strictness(moves_load=moves_load), _hours(sections)
    for _ in range(MOST_ROUNDS):
        if clock.left < LEAST_SECONDS:
            return []
        question = RestorationProgram(sections, part, here.closed, here.elapsed_s, hours, strict)
        answer = clock.solved(question, share=0.5)
        if not answer.ok:
            return []
        wanted = question.wanted(answer.x)
        verdicts = [checker.check(wanted, hour) for hour in range(len(sections.grid.rest_hours))]
        broken = [verdict for verdict in verdicts if not verdict.fits]
        if not broken:
            return [wanted]
        if any(verdict.reason for verdict in broken):
            strict = replace(strict, low_pu=strict.low_pu + 0.01, loading=strict.loading * 0.95)
        else:
            low, over = max(each.low_by_pu for each in broken), max(each.over_by for each in broken)
            strict = replace(
                strict,
                low_pu=strict.low_pu + MARGIN * max(low, 0.0),
                loading=strict.loading / (1 + MARGIN * max(over, 0.0)),
            )
        hours = sorted({*hours, *(verdict.hour for verdict in broken)})
    return []


def _hours(sections: Sections) -> list[int]:
    """Those with the most and the least load."""
    load = -sections.grid.p_kw.sum(axis=1)
    return sorted({int(load.argmax()), int(load.argmin())})
