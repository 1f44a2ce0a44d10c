"""Why a program cannot keep all its limits, and what it would cost least to give: in plain words.

Every limit that could be relaxed gets an elastic: a column that widens its rows at a price. What the solved elastics
are is the cheapest relaxation; each kind by itself is tried too, so that a person sees the alternatives. Source of the
notion: J. Chinneck, Feasibility and Infeasibility in Optimization (2008), chapter 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack

from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.solver import Program, Solved, solve

COUNTED = 1e-6


@dataclass(frozen=True, slots=True)
class Elastic:
    """One thing that could give way."""

    kind: str  # 'the high voltage limit', 'load', 'tap operations'
    where: str  # name of the place; empty if it has none
    when: str  # in words; empty if it has no time
    unit: str
    price: float  # per unit
    rows: IntArray  # that a unit widens
    effect: FloatArray  # of a unit in each of these rows
    most: float = np.inf


@dataclass(frozen=True, slots=True)
class Given:
    """What has to give, and how much."""

    elastic: Elastic
    amount: float

    @property
    def words(self) -> str:
        place = f" at {self.elastic.where}" if self.elastic.where else ""
        time = f" {self.elastic.when}" if self.elastic.when else ""
        return f"{self.elastic.kind}{place}{time}: {self.amount:.4g} {self.elastic.unit}"


@dataclass(frozen=True, slots=True)
class Explanation:
    is_feasible: bool  # nothing has to give
    cheapest: tuple[Given, ...]  # empty if no relaxation helps
    cost: float
    alone: dict[str, tuple[Given, ...] | None]  # each kind by itself; None where that is not enough

    def sentences(self, most: int = 5) -> tuple[str, ...]:
        """The cheapest relaxation and the alternatives, the most costly parts first."""
        if self.is_feasible:
            return ()
        if not self.cheapest:
            return ("No relaxation of what may give way is enough.",)
        told = [f"Cheapest way out: {_listed(self.cheapest, most)}."]
        for kind, given in self.alone.items():
            if given is None:
                told.append(f"Only by {kind}: not enough.")
            elif given != self.cheapest:
                told.append(f"Only by {kind}: {_listed(given, most)}.")
        return tuple(told)


def explain(program: Program, elastics: Sequence[Elastic]) -> Explanation:
    """What must give so that all rows and bounds of the program hold; its own costs count for nothing."""
    base = replace(program, cost=np.zeros(len(program.cost)), offset=0.0, hessian=None)
    cheapest, solved = _relaxed(base, elastics)
    if solved.ok and not cheapest:
        return Explanation(True, (), 0.0, {})
    kinds = list(dict.fromkeys(each.kind for each in elastics))
    alone: dict[str, tuple[Given, ...] | None] = {}
    for kind in kinds if len(kinds) > 1 else ():
        given, answer = _relaxed(base, [each for each in elastics if each.kind == kind])
        alone[kind] = given if answer.ok else None
    return Explanation(False, cheapest, solved.objective, alone)


def _relaxed(base: Program, elastics: Sequence[Elastic]) -> tuple[tuple[Given, ...], Solved]:
    n, count = len(base.cost), len(elastics)
    matrix = csr_array((base.value, base.column, base.row_start), shape=(len(base.row_lower), n))
    row = np.concatenate([np.zeros(0, np.int32), *(each.rows for each in elastics)])
    column = np.repeat(np.arange(count), [len(each.rows) for each in elastics])
    value = np.concatenate([np.zeros(0), *(each.effect for each in elastics)])
    wide = csr_array(hstack([matrix, coo_array((value, (row, column)), shape=(len(base.row_lower), count))]))
    solved = solve(
        Program.of(
            cost=np.concatenate([base.cost, [each.price for each in elastics]]),
            lower=np.concatenate([base.lower, np.zeros(count)]),
            upper=np.concatenate([base.upper, [each.most for each in elastics]]),
            matrix=wide,
            row_lower=base.row_lower,
            row_upper=base.row_upper,
            integer=np.concatenate([base.integer, np.zeros(count, np.bool_)]) if base.has_integers else None,
        )
    )
    if not solved.ok:
        return (), solved
    given = [Given(each, float(x)) for each, x in zip(elastics, solved.x[n:], strict=True) if x > COUNTED]
    return tuple(sorted(given, key=lambda each: -each.amount * each.elastic.price)), solved


def _listed(given: Sequence[Given], most: int) -> str:
    told = "; ".join(each.words for each in given[:most])
    return told + (f"; and {len(given) - most} more" if len(given) > most else "")
