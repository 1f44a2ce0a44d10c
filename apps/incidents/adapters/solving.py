"""The engine's plans for a faulted grid, the best first."""

from collections.abc import Iterable
from dataclasses import replace

from apps.dispatch.choices.proposal import MOST_STEPS
from apps.incidents.choices.restoring import EXACT_WITHIN_S, MOST_ALTERNATIVES
from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.plan import restore_fast
from gridops.engine.reliability.restoration.problem import FaultedGrid, Restoration

__all__ = ["FaultedGrid", "Restoration", "plans_for", "with_crews"]

BUILT_UP = "built up at once"


def plans_for(grid: FaultedGrid) -> list[Restoration]:
    """The exact one, then others that do something else. Never empty."""
    best = restore_exact(grid, time_limit_s=EXACT_WITHIN_S)
    others = [*best.alternatives, replace(restore_fast(grid), title=BUILT_UP)]
    return [best, *_different(best, others)][: MOST_ALTERNATIVES + 1]


def with_crews(grid: FaultedGrid) -> Restoration:
    """By every switch, also those that somebody has to walk to."""
    return restore_fast(grid)


def _different(best: Restoration, others: Iterable[Restoration]) -> list[Restoration]:
    """Sound ones that a proposal can hold, each way once."""
    seen, found = {_acts(best)}, []
    for plan in others:
        acts = _acts(plan)
        if plan.steps and plan.is_sound and len(plan.steps) <= MOST_STEPS and acts not in seen:
            seen.add(acts)
            found.append(plan)
    return found


def _acts(plan: Restoration) -> tuple[tuple[int, bool], ...]:
    return tuple((step.switch, step.close) for step in plan.steps)
