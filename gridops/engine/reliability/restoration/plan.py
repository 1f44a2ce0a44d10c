"""From a faulted grid to a plan: at once by building up, or by a program with a bound.

By remote control first, by hand afterwards: a person who walks to a switch must not keep those waiting whom a remote
one can feed. Each of the two stages begins where the one before has ended.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.reliability.restoration.checking import Checker, Verdict
from gridops.engine.reliability.restoration.greedy import Greedy
from gridops.engine.reliability.restoration.problem import FaultedGrid, Method, Restoration, StepCheck
from gridops.engine.reliability.restoration.sections import Sections, coarse, sections_of
from gridops.engine.reliability.restoration.walk import Walk, Walker, customer_minutes, is_radial, weighted_minutes

NAN = float("nan")
FAULT_LIVE = "The fault still has supply: its protection has not opened, so there is nothing to restore yet."
NOTHING_DEAD = "Nobody is without supply."
NO_WAY = "No switch that may be operated gives the others supply without a breach."

Wanted = Callable[[Sections, Checker, Walk], list[BoolArray]]


def restore_fast(grid: FaultedGrid) -> Restoration:
    """A plan by building up, each candidate judged by the full power flow; nothing is proved of it."""
    return planned(grid, by_building, Method.FAST)


def by_building(sections: Sections, checker: Checker, here: Walk) -> list[BoolArray]:
    """Positions of the switches that are wanted, found step by step (`Greedy`)."""
    return [Greedy(sections, checker).wanted(here.closed)]


def planned(grid: FaultedGrid, wanted: Wanted, method: Method) -> Restoration:
    """Stages of remote switches and of all, with the positions that `wanted` finds for each."""
    sections = sections_of(grid)
    checker = Checker(sections)
    here = Walk.start(sections)
    reason = _cannot_begin(sections, here)
    if not reason:
        remote = [sections_of(grid.remote_only())] if (grid.by_hand & grid.can_operate).any() else []
        for stage in (*remote, sections):
            here = _staged(Walker(sections, checker), coarse(stage), here, wanted)
    return told(sections, checker, here, method, reason)


def _cannot_begin(sections: Sections, here: Walk) -> str:
    live = np.isfinite(here.waited_s)
    if live[sections.faulted].any():
        return FAULT_LIVE
    return "" if ((sections.weight + sections.load_kw)[~live] > 0).any() else NOTHING_DEAD


def _staged(walker: Walker, stage: Sections, here: Walk, wanted: Wanted) -> Walk:
    """The best of the walks to the wanted positions, each gone on with by building up from where it ended.

    The stage's sections may be larger than those that are walked.
    """
    best = here
    for positions in wanted(stage, walker.checker, here):
        walk = walker.walked(here, positions)
        best = min(best, walk, key=lambda each: weighted_minutes(walker.sections, each))
        if walk.steps and _someone_waits(walker.sections, walk):
            more = walker.walked(walk, Greedy(stage, walker.checker).wanted(walk.closed))
            best = min(best, more, key=lambda each: weighted_minutes(walker.sections, each))
    return best


def _someone_waits(sections: Sections, walk: Walk) -> bool:
    return bool((~np.isfinite(walk.waited_s) & ~sections.faulted & (sections.weight > 0)).any())


def told(sections: Sections, checker: Checker, walk: Walk, method: Method, refused: str) -> Restoration:
    """The plan of a walk, with every hour of its end."""
    start = sections.live(sections.grid.switch_closed)
    live = np.isfinite(walk.waited_s)
    restored, without = live & ~start, ~live
    radial = is_radial(sections, walk.closed)
    count = int(sections.customers[restored].sum())
    hours = tuple(
        _hour_told(checker.check(walk.closed, hour), walk.elapsed_s, count, radial)
        for hour in range(len(sections.grid.rest_hours))
    )
    left = int(sections.customers[without].sum())
    return Restoration(
        steps=walk.steps,
        restored_kw=float(sections.load_kw[restored].sum()),
        without_kw=float(sections.load_kw[without].sum()),
        customers_restored=count,
        customers_without=left,
        customer_minutes=customer_minutes(sections, walk),
        objective=weighted_minutes(sections, walk),
        operations=len(walk.steps),
        bound=NAN,
        gap=NAN,
        method=method,
        switch_closed=np.asarray(walk.closed[: sections.first_island], np.bool_),
        checks=walk.checks,
        hours=hours,
        switching_s=walk.elapsed_s,
        reason=_why_left(sections, without, left, refused),
    )


def _hour_told(verdict: Verdict, after_s: float, restored: int, radial: bool) -> StepCheck:
    return StepCheck(
        after_s=after_s,
        hour=verdict.hour,
        lowest_pu=verdict.lowest_pu,
        highest_pu=verdict.highest_pu,
        most_loading=verdict.most_loading,
        violations=verdict.violations,
        is_radial=radial,
        restored_customers=restored,
        reason=verdict.reason,
    )


def _why_left(sections: Sections, without: BoolArray, left: int, refused: str) -> str:
    if refused in (FAULT_LIVE, NOTHING_DEAD):
        return refused
    if not left:
        return ""
    at_fault = int(sections.customers[without & sections.faulted].sum())
    parts = []
    if at_fault:
        parts.append(f"{at_fault} customers are on the faulted section itself and wait for the repair.")
    if left > at_fault:
        parts.append(f"{left - at_fault} others stay without supply. {NO_WAY}")
    return " ".join(parts)


def with_bound(plan: Restoration, bound: float) -> Restoration:
    """The gap is a share of the objective; 0 where the objective is nothing."""
    bound = min(bound, plan.objective)
    gap = (plan.objective - bound) / plan.objective if plan.objective > 0 else 0.0
    return replace(plan, bound=bound, gap=gap)
