"""The engine's plans for a faulted grid, the best first."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from apps.dispatch.choices.proposal import MOST_STEPS
from apps.incidents.choices.restoring import EXACT_WITHIN_S, MOST_ALTERNATIVES
from gridops.engine.network.topology import components, resolve
from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.plan import restore_fast
from gridops.engine.reliability.restoration.problem import FaultedGrid, Restoration

__all__ = ["FaultedGrid", "Restoration", "plans_for", "with_crews"]

BUILT_UP = "built up at once"


def plans_for(grid: FaultedGrid) -> list[Restoration]:
    """The exact one, then others that do something else. Never empty."""
    fast = restore_fast(grid)
    if not fast.steps and not _is_anybody_in_reach(grid):
        return [fast]
    best = restore_exact(grid, time_limit_s=EXACT_WITHIN_S)
    others = [*best.alternatives, replace(fast, title=BUILT_UP)]
    return [best, *_different(best, others)][: MOST_ALTERNATIVES + 1]


def with_crews(grid: FaultedGrid) -> Restoration:
    """By every switch, also those that somebody has to walk to."""
    return restore_fast(grid)


def _is_anybody_in_reach(grid: FaultedGrid) -> bool:
    """Whether switches that may be operated could join somebody without supply to what is live, past the fault."""
    network, may, closed = grid.network, grid.can_operate, grid.switch_closed
    lines, units, switches = network.lines, network.transformers, network.switches
    fixed = closed & ~may
    near = np.concatenate([lines.from_node, units.high_node, switches.from_node[fixed]])
    far = np.concatenate([lines.to_node, units.low_node, switches.to_node[fixed]])
    count, part = components(network.n_nodes, near, far)
    at_fault = np.zeros(count, np.bool_)
    at_fault[part[np.concatenate([grid.faulted_nodes, lines.from_node[grid.faulted_lines]])]] = True
    a, b = part[switches.from_node], part[switches.to_node]
    joins = (may | closed) & ~at_fault[a] & ~at_fault[b]
    groups, group = components(count, a[joins], b[joins])
    live = resolve(network, closed).node_energised
    fed = np.zeros(groups, np.bool_)
    fed[group[part[live]]] = True
    waiting = network.injection_node[~live[network.injection_node] & (grid.customers > 0)]
    return bool((fed[group[part[waiting]]] & ~at_fault[part[waiting]]).any())


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
