"""The order of switching: each tie is closed before its ring is opened elsewhere, so that nobody is interrupted.

After every operation the exact power flow is made: nodes that were fed stay fed, no limit is exceeded further than
before, and a tie is closed only where the voltages of its two ends are near each other. Orders are tried depth first,
those that lower the cost most at the beginning, until one leads to the end.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, IntArray
from gridops.engine.optimization.radial import Basis
from gridops.engine.optimization.reconfiguration.operating import Operating, breach
from gridops.engine.optimization.reconfiguration.problem import worth
from gridops.engine.optimization.reconfiguration.reduced import Reduced
from gridops.engine.optimization.reconfiguration.search import Search
from gridops.engine.powerflow.state import GridState

MOST_FLOWS = 600
MOST_FLOWS_IN_VAIN = 150  # since the best state so far
BREACH_SLACK = 1e-6


class Move(StrEnum):
    CLOSE = "close"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Closing:
    """How far apart the ends of a tie may be when it is closed."""

    voltage_pu: float = 0.1
    angle_deg: float = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """One switch operation and the state after it."""

    move: Move
    branch: int  # of the problem
    switch: int  # of the network
    partner: int  # the branch that is opened after this one is closed, or was closed before; -1 for none
    looped: bool  # a ring is closed for the moment
    loss_kw: float
    min_voltage_pu: float
    max_loading: float  # nan where no rating is known
    breach: float
    across_pu: float  # between the ends of the tie before it is closed; nan when opening
    across_deg: float


@dataclass(frozen=True, slots=True)
class Order:
    steps: tuple[Step, ...]
    complete: bool
    reason: str  # why it does not reach the end; empty if it does
    switch_closed: BoolArray  # after the last step
    open_branches: IntArray


@dataclass(frozen=True, slots=True)
class _Here:
    """A radial state on the way."""

    opened: frozenset[int]
    closed: BoolArray  # switches
    state: GridState
    breach: float
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Operation:
    move: Move
    branch: int
    switch: int
    partner: int
    looped: bool


class Sequencer:
    def __init__(self, operating: Operating, reduced: Reduced, search: Search, closing: Closing) -> None:
        self._operating, self._reduced, self._search, self._closing = operating, reduced, search, closing
        topology, self._state = operating.flow(operating.switch_closed)
        self._fed = topology.node_energised
        self._flows = 0
        self._refused = ""
        self._refused_pairs: set[tuple[int, int]] = set()
        self._no_closing: set[tuple[frozenset[int], int]] = set()  # states, and ties not to be closed in them

    def order(self, target: IntArray) -> Order:
        """Steps from today's positions to the state with these open branches, or to the best one on the way."""
        start = _Here(
            opened=frozenset(np.flatnonzero(~self._reduced.problem.closed).tolist()),
            closed=self._operating.switch_closed,
            state=self._state,
            breach=breach(self._operating, self._state),
            steps=(),
        )
        end, best, seen = frozenset(target.tolist()), start, set[frozenset[int]]()
        waiting, since = [iter([start])], 0
        while waiting:
            here = next(waiting[-1], None)
            if here is None:
                waiting.pop()
                continue
            if here.opened in seen:
                continue
            seen.add(here.opened)
            if here.opened == end:
                return self._told(here, "")
            better = min(best, here, key=lambda one: (round(one.breach, 6), one.state.losses_kw))
            best, since = better, self._flows if better is not best else since
            if self._flows > MOST_FLOWS or self._flows - since > MOST_FLOWS_IN_VAIN:
                break
            waiting.append(self._beyond(here, end))
        return self._told(best, self._refused or "no order of the operations was found that keeps all limits")

    def _told(self, here: _Here, reason: str) -> Order:
        return Order(here.steps, not reason, reason, here.closed, np.array(sorted(here.opened), np.int32))

    def _beyond(self, here: _Here, end: frozenset[int]) -> Iterator[_Here]:
        """States after one exchange, the most promising first, as far as they can be reached."""
        to_close, to_open = sorted(here.opened - end), sorted(end - here.opened)
        if len(here.opened) < len(end):
            for branch in to_open:
                yield from self._tried(here, -1, branch)
            return
        basis = self._search.tree.basis.to(np.array(sorted(here.opened), np.int32))
        if basis is not None:
            for tie, branch in self._ranked(basis, to_close, to_open):
                yield from self._tried(here, tie, branch)

    def _ranked(self, basis: Basis, to_close: list[int], to_open: list[int]) -> list[tuple[int, int]]:
        place = {branch: loop for loop, branch in enumerate(basis.open_branches.tolist())}
        pairs = [(tie, branch) for tie in to_close for branch in to_open if basis.loops[place[tie], branch]]
        if not pairs:
            return []
        loop = np.array([[place[tie]] for tie, _ in pairs], np.int32)
        branch = np.array([[branch] for _, branch in pairs], np.int32)
        opened = np.tile(basis.open_branches, (len(pairs), 1))
        opened[np.arange(len(pairs)), loop[:, 0]] = branch[:, 0]
        tree = self._search.tree
        nearby = tree.flow(basis)
        start = nearby.voltage[0] if nearby.valid[0] else None
        values = worth(self._search.problem, opened, tree.flows(basis, loop, branch, start=start))
        refused = {tie for tie, _ in self._refused_pairs}
        again = np.array([tie in refused for tie, _ in pairs])  # what failed once is tried last
        return [pairs[place] for place in np.lexsort((values.cost, np.round(values.breach, 6), again)).tolist()]

    def _tried(self, here: _Here, tie: int, branch: int) -> Iterator[_Here]:
        """The state after closing the tie and opening the branch, if every operation of it is allowed."""
        now = here
        if (here.opened, tie) in self._no_closing:
            return  # whatever would be opened for it
        for operation in self._operations(here, tie, branch):
            after = self._operated(now, operation, here.breach)
            if after is None:
                self._refused_pairs.add((tie, branch))
                if operation.move is Move.CLOSE:
                    self._no_closing.add((here.opened, tie))
                return
            now = after
        opened = (here.opened - {tie}) | {branch}
        yield _Here(opened, now.closed, now.state, now.breach, now.steps)

    def _operations(self, here: _Here, tie: int, branch: int) -> list[_Operation]:
        sections = self._reduced.sections
        closing = [s for s in sections[tie].switches if not here.closed[s]] if tie >= 0 else []
        opening = next(s for s in sections[branch].switches if here.closed[s])
        return [
            *(_Operation(Move.CLOSE, tie, switch, branch, looped=switch == closing[-1]) for switch in closing),
            _Operation(Move.OPEN, branch, opening, tie, looped=False),
        ]

    def _operated(self, here: _Here, operation: _Operation, allowed: float) -> _Here | None:
        move, switch, looped = operation.move, operation.switch, operation.looped
        apart = self._apart(here.state, switch) if looped else (np.nan, np.nan)
        if apart[0] > self._closing.voltage_pu or apart[1] > self._closing.angle_deg:
            self._refused = (
                f"the ends of switch {switch} stand {apart[0]:.3f} pu and {apart[1]:.1f} degrees apart: "
                "it must not be closed"
            )
            return None
        closed = here.closed.copy()
        closed[switch] = move is Move.CLOSE
        topology, state = self._operating.flow(closed)
        self._flows += 1
        beyond = breach(self._operating, state) if state.converged else np.inf
        if beyond > allowed + BREACH_SLACK or not topology.node_energised[self._fed].all():
            self._refused = self._refusal(state, move, switch)
            return None
        step = Step(
            move=move,
            branch=operation.branch,
            switch=switch,
            partner=operation.partner,
            looped=looped,
            loss_kw=float(state.losses_kw),
            min_voltage_pu=float(np.nanmin(state.voltage_pu)),
            max_loading=_highest_loading(state),
            breach=beyond,
            across_pu=apart[0],
            across_deg=apart[1],
        )
        return _Here(here.opened, closed, state, beyond, (*here.steps, step))

    def _refusal(self, state: GridState, move: Move, switch: int) -> str:
        if not state.converged:
            return f"to {move} switch {switch}: {state.reason}"
        return (
            f"to {move} switch {switch} would break limits further: voltages from {np.nanmin(state.voltage_pu):.3f} "
            f"to {np.nanmax(state.voltage_pu):.3f} pu, loadings up to {_highest_loading(state):.0%}"
        )

    def _apart(self, state: GridState, switch: int) -> tuple[float, float]:
        """Of the switch's ends: length of the difference of the voltages in pu, and angle in degrees."""
        switches = self._operating.network.switches
        ends = switches.from_node[switch], switches.to_node[switch]
        a, b = (state.voltage_pu[end] * np.exp(1j * np.radians(state.angle_deg[end])) for end in ends)
        return float(abs(a - b)), float(abs(np.degrees(np.angle(a / b))))


def _highest_loading(state: GridState) -> float:
    loading = np.concatenate([state.line_loading, state.transformer_loading])
    return float(np.nanmax(loading)) if np.isfinite(loading).any() else float("nan")
