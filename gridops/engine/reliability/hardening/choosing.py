"""Which measures to buy for a budget: those that leave the fewest customer minutes."""

import heapq
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.reliability.hardening.measures import Catalogue, Kind
from gridops.engine.reliability.hardening.worth import Evaluator, Worth

ALL_SETS = 4000  # so many affordable sets are all played
LEAST_GAIN = 1e-9  # of what there is
_ADDITIVE = frozenset({Kind.UNDERGROUND, Kind.TREES})


@dataclass(frozen=True, slots=True)
class Choice:
    chosen: BoolArray  # per measure
    worth: Worth
    bound_minutes: float  # no choice within the budget leaves less
    method: str  # 'every set', 'knapsack', 'greedy and exchange'

    @property
    def gap(self) -> float:
        """How much less than this an ideal choice might leave, by what this leaves; 0: none does."""
        left = self.worth.customer_minutes
        return max(left - self.bound_minutes, 0.0) / left if left > 0 else 0.0


def choose(play: Evaluator, budget: float, *, bounds: int = 200, begin: BoolArray | None = None) -> Choice:
    """The fewest customer minutes for at most `budget`.

    Every affordable set where they are few; a knapsack where the measures cannot help or hinder each other; else
    greedy by minutes saved per cost, then exchanges until none helps, with a bound by branching at most `bounds` times.
    begin: a choice to begin with besides nothing. The bound supposes that no measure makes anything worse.
    """
    if (sets := _few_sets(play.catalogue.costs, budget)) is not None:
        best = min((_as_flags(one, play.catalogue) for one in sets), key=lambda one: _rank(play, one))
        return Choice(best, play.worth(best), play.worth(best).customer_minutes, "every set")
    if _adds_up(play.catalogue):
        return _knapsack(play, budget)
    starts = [np.zeros(len(play.catalogue.measures), np.bool_)] + ([] if begin is None else [begin])
    best = min(
        (_exchanged(play, _filled(play, one, budget), budget) for one in starts), key=lambda one: _rank(play, one)
    )
    return Choice(best, play.worth(best), _bound(play, budget, best, bounds), "greedy and exchange")


def _rank(play: Evaluator, chosen: BoolArray) -> tuple[float, float]:
    worth = play.worth(chosen)
    return worth.customer_minutes, worth.cost


def _few_sets(costs: FloatArray, budget: float) -> list[tuple[int, ...]] | None:
    """All sets that can be paid, or None where they are many."""
    found: list[tuple[int, ...]] = [()]
    cheap = np.sort(costs)
    for size in range(1, len(costs) + 1):
        if cheap[:size].sum() > budget:
            break
        for one in combinations(range(len(costs)), size):
            if costs[list(one)].sum() <= budget:
                found.append(one)
            if len(found) > ALL_SETS:
                return None
    return found


def _as_flags(numbers: tuple[int, ...], catalogue: Catalogue) -> BoolArray:
    flags = np.zeros(len(catalogue.measures), np.bool_)
    flags[list(numbers)] = True
    return flags


def _adds_up(catalogue: Catalogue) -> bool:
    """Each changes failures of parts of its own only: what they save is a sum."""
    parts = [part for one in catalogue.measures for part in one.parts]
    return all(one.kind in _ADDITIVE for one in catalogue.measures) and len(parts) == len(set(parts))


def _knapsack(play: Evaluator, budget: float) -> Choice:
    catalogue, none = play.catalogue, np.zeros(len(play.catalogue.measures), np.bool_)
    before = play.worth(none).customer_minutes
    alone = np.eye(len(none), dtype=np.bool_)
    saved = np.array([before - play.worth(one).customer_minutes for one in alone])
    answer = solve(
        Program.of(
            cost=-saved,
            lower=np.zeros(len(none)),
            upper=np.ones(len(none)),
            matrix=catalogue.costs[None, :],
            row_lower=np.array([-np.inf]),
            row_upper=np.array([budget]),
            integer=np.ones(len(none), np.bool_),
        ),
        gap=1e-6,
    )
    chosen = (answer.x > 0.5) & (saved > 0) if answer.ok else none
    bound = before + answer.bound if answer.ok else 0.0
    return Choice(np.asarray(chosen, np.bool_), play.worth(np.asarray(chosen, np.bool_)), bound, "knapsack")


def _filled(play: Evaluator, begin: BoolArray, budget: float) -> BoolArray:
    """Whatever saves most minutes per cost is added, as long as there is money and something saves any."""
    chosen, costs = begin.copy(), play.catalogue.costs
    while True:
        now, left = play.worth(chosen).customer_minutes, budget - costs[chosen].sum()
        best, most = -1, 0.0
        for n in np.flatnonzero(~chosen & (costs <= left)).tolist():
            after = chosen.copy()
            after[n] = True
            saved = now - play.worth(after).customer_minutes
            if saved > LEAST_GAIN * max(now, 1.0) and saved / costs[n] > most:
                best, most = n, saved / costs[n]
        if best < 0:
            return chosen
        chosen[best] = True


def _exchanged(play: Evaluator, begin: BoolArray, budget: float) -> BoolArray:
    """One measure is exchanged for another, and the rest of the money spent, until that no longer helps."""
    best, costs = begin, play.catalogue.costs
    better = True
    while better:
        better = False
        for out in np.flatnonzero(best).tolist():
            for into in np.flatnonzero(~best).tolist():
                after = best.copy()
                after[out], after[into] = False, True
                if costs[after].sum() <= budget and _better(play, after, best):
                    best, better = _filled(play, after, budget), True
                    break
            if better:
                break
    return best


def _better(play: Evaluator, one: BoolArray, other: BoolArray) -> bool:
    a, b = play.worth(one).customer_minutes, play.worth(other).customer_minutes
    return a < b - LEAST_GAIN * max(b, 1.0)


def _bound(play: Evaluator, budget: float, best: BoolArray, most: int) -> float:
    """Least minutes that any affordable choice could leave, by branching on the measures of the best one first.

    A branch with some bought and some given up leaves at least what buying everything else that can still be paid
    one by one would leave.
    """
    costs, limit = play.catalogue.costs, play.worth(best).customer_minutes
    order = [*np.flatnonzero(best).tolist(), *np.flatnonzero(~best).tolist()]
    heap: list[tuple[float, int, tuple[bool, ...]]] = [(_ideal(play, (), order, budget), 0, ())]
    count, done = 0, limit
    while heap and count < most:
        bound, _, made = heapq.heappop(heap)
        if bound >= limit * (1 - LEAST_GAIN) or len(made) == len(order):
            done = min(done, bound)
            break
        for take in (True, False):
            more = (*made, take)
            if costs[[order[n] for n, one in enumerate(more) if one]].sum() <= budget:
                count += 1
                heapq.heappush(heap, (_ideal(play, more, order, budget), count, more))
    return min(done, *(one[0] for one in heap)) if heap else done


def _ideal(play: Evaluator, made: tuple[bool, ...], order: list[int], budget: float) -> float:
    costs = play.catalogue.costs
    taken = np.zeros(len(order), np.bool_)
    taken[[order[n] for n, one in enumerate(made) if one]] = True
    left = budget - costs[taken].sum()
    for n in order[len(made) :]:
        taken[n] = costs[n] <= left
    return play.worth(taken).customer_minutes
