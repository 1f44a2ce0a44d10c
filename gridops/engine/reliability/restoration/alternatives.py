"""Other plans for the same fault, each for a reason that a person may have."""

from dataclasses import replace

import numpy as np

from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.plan import restore_fast, told
from gridops.engine.reliability.restoration.problem import FaultedGrid, Method, Restoration
from gridops.engine.reliability.restoration.sections import Sections, sections_of
from gridops.engine.reliability.restoration.walk import Walk

MOST_OF_THEM = 0.9  # of the customers, that a shorter plan still gives back
REMOTE_ONLY = "nobody is sent to a switch"
WITHOUT_ISLANDS = "batteries and microgrids do not feed sections of their own"
SHORTER = "fewer operations"


def alternatives(grid: FaultedGrid, plan: Restoration) -> tuple[Restoration, ...]:
    """What else could be done; none that does the same as the plan."""
    found = [_shorter(grid, plan)]
    if any(grid.by_hand[step.switch] for step in plan.steps if step.island < 0):
        found.append(replace(restore_fast(grid.remote_only()), title=REMOTE_ONLY))
    if any(step.island >= 0 for step in plan.steps):
        found.append(replace(restore_fast(grid.without_islands()), title=WITHOUT_ISLANDS))
    taken, told_of = [], {plan.steps}
    for each in found:
        if each is not None and each.steps not in told_of:
            told_of.add(each.steps)
            taken.append(each)
    return tuple(taken)


def _shorter(grid: FaultedGrid, plan: Restoration) -> Restoration | None:
    """The shortest beginning of the plan that gives most customers back and can stay as it is."""
    sections = sections_of(grid)
    checker = Checker(sections)
    for count in range(1, len(plan.steps)):
        if plan.checks[count - 1].restored_customers < MOST_OF_THEM * plan.customers_restored:
            continue
        walk = _beginning(sections, plan, count)
        if checker.fits_always(walk.closed):
            return replace(told(sections, checker, walk, Method.FAST, ""), title=SHORTER)
    return None


def _beginning(sections: Sections, plan: Restoration, count: int) -> Walk:
    closed = sections.grid.switch_closed.copy()
    waited = Walk.start(sections).waited_s
    for step, check in zip(plan.steps[:count], plan.checks[:count], strict=True):
        closed[step.switch] = step.close
        live = sections.live(closed)
        waited = np.where(live & ~np.isfinite(waited), check.after_s, waited)
    return Walk(closed, plan.steps[:count], plan.checks[:count], plan.checks[count - 1].after_s, waited)
