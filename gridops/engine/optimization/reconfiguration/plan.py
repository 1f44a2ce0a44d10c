"""Load balancing by reconfiguration: where the network should stand open, and how to get there."""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.network.model import BoolArray
from gridops.engine.optimization.reconfiguration.bound import least_loss_kw
from gridops.engine.optimization.reconfiguration.exhaustive import best_of_all, choices
from gridops.engine.optimization.reconfiguration.operating import Operating, breach
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.reconfiguration.proof import proven_best
from gridops.engine.optimization.reconfiguration.reduced import Reduced, reduce_network
from gridops.engine.optimization.reconfiguration.search import Search, State
from gridops.engine.optimization.reconfiguration.sequence import Closing, Order, Sequencer
from gridops.engine.powerflow.state import GridState

MOST_DESCENTS = 6
TRIED_ALL_BELOW = 5_000  # sets of open branches: quicker than a search
GOOD_ENOUGH = 1e-6  # of today's losses: less is no gain


class CannotReconfigure(ValueError):
    """The network, as it is, has no radial state to choose; the text says why."""


@dataclass(frozen=True, slots=True)
class Aims:
    weights: Weights = field(default_factory=Weights)
    most_operations: int | None = None
    closing: Closing = field(default_factory=Closing)
    descents: int | None = None  # a few, more with more loops
    prove: bool = False  # try every radial state; only for small networks


@dataclass(frozen=True, slots=True)
class Outcome:
    """All figures but the bound are those of the exact power flow."""

    reduced: Reduced
    order: Order
    before: GridState
    after: GridState
    breach_before: float
    breach_after: float
    bound_kw: float  # no radial state has less losses
    gap: float  # (loss - bound) / loss
    proven: bool  # every radial state was tried, or shown to have more losses
    target_loss_kw: float  # of the best state found, should no order of switching lead to it
    notes: tuple[str, ...]


def plan(operating: Operating, aims: Aims, generator: np.random.Generator) -> Outcome:
    """The best radial state found and the switching that leads to it. Raises CannotReconfigure.

    Takes at most `aims.most_operations` switch operations. The generator draws the places where further descents begin.
    """
    topology, before = operating.flow(operating.switch_closed)
    if not before.converged:
        raise CannotReconfigure(f"The power flow of today's state has no solution: {before.reason}")
    reduced = reduce_network(operating, topology, before, weights=aims.weights, most_operations=aims.most_operations)
    _check(reduced)
    search = Search(reduced.problem)
    descents = aims.descents or min(MOST_DESCENTS, 2 + reduced.problem.graph.n_loops // 5)
    tries_all = aims.prove or _few_states(reduced)
    found = best_of_all(search) if tries_all else search.run(descents=descents, generator=generator).state
    if found is None:
        raise CannotReconfigure("No radial state feeds every node with the switches that may be operated.")
    best = found if tries_all else proven_best(search, found)
    order, target_loss = _order(operating, aims, reduced, search, best or found)
    _, after = operating.flow(order.switch_closed)
    proven = best is not None and order.complete
    bound = float(after.losses_kw) if proven else least_loss_kw(reduced.problem)
    return Outcome(
        reduced=reduced,
        order=order,
        before=before,
        after=after,
        breach_before=breach(operating, before),
        breach_after=breach(operating, after),
        bound_kw=bound,
        gap=max(0.0, 1 - bound / float(after.losses_kw)) if after.losses_kw else 0.0,
        proven=proven,
        target_loss_kw=target_loss,
        notes=tuple(_notes(reduced, topology.node_energised)),
    )


def _few_states(reduced: Reduced) -> bool:
    problem = reduced.problem
    return not problem.weights.interruption and choices(problem) <= TRIED_ALL_BELOW


def _check(reduced: Reduced) -> None:
    problem = reduced.problem
    if not problem.graph.n_loops:
        kept = " What is looped today stays so." if reduced.rings_kept else ""
        raise CannotReconfigure(
            "There is nothing to choose: no switch that stands open, and may be operated, would close a ring." + kept
        )
    if not problem.may_open[problem.closed].any():
        raise CannotReconfigure("No closed switch on a ring may be operated, so nothing could be opened instead.")


def _order(operating: Operating, aims: Aims, reduced: Reduced, search: Search, found: State) -> tuple[Order, float]:
    """Steps to what was found, unless today's state is as good."""
    today = search.today()
    if today is not None and today.key <= (found.key[0], found.key[1] * (1 + GOOD_ENOUGH)):
        found = today
    sequencer = Sequencer(operating, reduced, search, aims.closing)
    loss = search.problem.base_kva * float(found.flows.loss[0]) + reduced.problem.fixed_loss_kw
    return sequencer.order(found.open_branches), loss


def _notes(reduced: Reduced, fed: BoolArray) -> list[str]:
    notes = []
    if reduced.rings_kept:
        notes.append(
            "Rings with a transformer, above 60 kV or without a switch to open stay closed, and count as one point."
        )
    if not fed.all():
        notes.append(f"{int((~fed).sum())} nodes are without supply today and stay so.")
    return notes
