"""The best open points and set-points of a network of a file, without a database."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.adapters.horizon import at_hand
from apps.optimization.adapters.live_voltage import LEAST_KVAR
from apps.optimization.adapters.optimum import (
    FEW,
    KW_PER_SWITCHING,
    OBJECTIVES,
    Figures,
    Optimum,
    Stage,
    borne_out,
    gap_of,
    needless,
)
from apps.optimization.adapters.reconfiguring import (
    CannotReconfigure,
    Planned,
    Wish,
    operating_of,
    planned_on,
    switched,
)
from apps.optimization.adapters.voltage import Terms, voltage_problem
from apps.optimization.choices import Aim
from gridops.cases import NetworkCase
from gridops.cases.case import Generator, Load, Storage
from gridops.engine.network.model import Shunts
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.plan import Plan, plan
from gridops.engine.optimization.voltage.problem import UNLIMITED, SetPoints, VoltageProblem
from gridops.engine.optimization.voltage.shortage import explained
from gridops.engine.powerflow.state import GridState

SOLVER_S = 20.0
MOST_SEEN = 200  # moves of set-points with a power flow after each


def best_of_case(case: NetworkCase, aim: Aim, most_switchings: int | None) -> tuple[Optimum, tuple[str, ...]]:
    """At profile factor 1, with taps where their regulators leave them; and notes about the file.

    Raises CannotReconfigure where nothing feeds, NoOptimum where today's power flow has no solution.
    """
    here, notes = switched(case)
    operating = operating_of(here)
    before = _seen(here, operating.flow(operating.switch_closed)[1])
    opened, closed = _switchings(here, operating, before, aim, most_switchings)
    there = replace(here, switch_closed=closed, tap_position=operating.tap_position)
    return Optimum(aim, before, opened, _set_points(there, operating, opened.after, aim)), tuple(notes)


def _seen(here: CaseNetwork, state: GridState) -> Figures:
    shown = np.array([at for at, node in enumerate(here.case.nodes) if not node.is_terminal], np.intp)
    return Figures.of(state, here.low_pu, here.high_pu, shown)


def _switchings(
    here: CaseNetwork, operating: Operating, before: Figures, aim: Aim, most: int | None
) -> tuple[Stage, np.ndarray]:
    """And the positions of the switches after it."""
    stays = operating.switch_closed
    if why := needless(aim, before):
        return Stage((), before, None, why), stays
    try:
        found = planned_on(here, operating, Wish(most, operation=KW_PER_SWITCHING.get(aim, FEW)))
    except CannotReconfigure as reason:
        return Stage((), before, None, str(reason)), stays
    states = list(_on_the_way(operating, found))
    after = [_seen(here, operating.flow(closed)[1]) for closed in states]
    but = " ".join(_left(found))
    stage = borne_out(
        aim, before, [_switching(step) for step in found.steps], after, gap=gap_of(found.outcome), but=but
    )
    return stage, states[-1] if stage.moves else stays


def _left(found: Planned) -> Sequence[str]:
    """Where something is moved, what the file is like is no reason."""
    if not found.steps:
        return ["No other open points would be better.", *found.notes]
    return [note for note in found.notes if note not in found.outcome.notes]


def _on_the_way(operating: Operating, found: Planned) -> Iterator[np.ndarray]:
    closed = operating.switch_closed.copy()
    for step in found.outcome.order.steps:
        closed = closed.copy()
        closed[step.switch] = step.move.value == "close"
        yield closed


def _switching(step: dict[str, Any]) -> dict[str, Any]:
    to = float(step["action"] == "close")
    words = f"{'Close' if to else 'Open'} {step['switch']}"
    return _move(step["switch"], StepQuantity.SWITCH_STATE, 1.0 - to, to, words) | {"branch": step["branch"]}


def _move(name: str, quantity: StepQuantity, before: float, to: float, words: str) -> dict[str, Any]:
    return {
        "device_name": name,
        "quantity": quantity.value,
        "unit": "kvar" if quantity is StepQuantity.REACTIVE_POWER else "",
        "from": before,
        "to": to,
        "words": words,
    }


def _set_points(here: CaseNetwork, operating: Operating, before: Figures, aim: Aim) -> Stage:
    terms = Terms(objective=OBJECTIVES[aim], most_tap_operations=UNLIMITED, cvr_factor=0.0)
    problem = voltage_problem(here, at_hand(here), terms)
    if not (problem.taps.n_controls or len(problem.banks.node) or len(problem.inverters.injection)):
        return Stage((), before, None, "The network has no tap changer, capacitor or inverter to set.")
    done = plan(problem, seconds=SOLVER_S)
    but = " ".join(filter(None, [done.reason, *explained(Flows(problem), done, _names(here))]))
    moves = list(_chosen(here, problem, done)) if done.confirmed else []
    after = [_seen_after(here, operating, [to for _, to in moves[: n + 1]], len(moves)) for n in range(len(moves))]
    gap = round(done.gap, 6) if np.isfinite(done.gap) else None
    return borne_out(aim, before, [told for told, _ in moves], after, gap=gap, but=but)


@dataclass(frozen=True, slots=True)
class _SetTo:
    """One value of a state: a tap's position, a shunt's share that is in, an injection's kvar."""

    quantity: StepQuantity
    at: int
    value: float


def _seen_after(here: CaseNetwork, operating: Operating, done: Sequence[_SetTo], count: int) -> Figures | None:
    """After each of the moves, where these are so few that it does not take long; else after the last of them."""
    if count > MOST_SEEN and len(done) < count:
        return None
    return _seen(here, _operated(here, operating, done))


def _chosen(here: CaseNetwork, problem: VoltageProblem, done: Plan) -> Iterator[tuple[dict[str, Any], _SetTo]]:
    """What differs from how things stand, in the names of the file."""
    case, taps, chosen = here.case, problem.taps, done.chosen
    for unit, control in zip(taps.transformer.tolist(), taps.control.tolist(), strict=True):
        was, to = int(here.tap_position[unit]), int(chosen.tap[0, control])
        if to != was:
            yield _told(case.transformers[unit].name, _SetTo(StepQuantity.TAP_POSITION, unit, to), was)
    for bank, shunt in enumerate(_banks(here)):
        if not chosen.bank[0, bank]:
            yield _told(case.shunts[shunt].name, _SetTo(StepQuantity.SWITCH_STATE, shunt, 0.0), 1.0)
    yield from _reactive(here, problem, chosen)


def _reactive(here: CaseNetwork, problem: VoltageProblem, chosen: SetPoints) -> Iterator[tuple[dict[str, Any], _SetTo]]:
    elements: Sequence[Load | Generator | Storage] = [*here.case.loads, *here.case.generators, *here.case.storages]
    for column, at in enumerate(problem.inverters.injection.tolist()):
        was, to = float(here.q_kvar[at]), float(chosen.q_kvar[0, column])
        if abs(to - was) >= LEAST_KVAR:
            yield _told(elements[at].name, _SetTo(StepQuantity.REACTIVE_POWER, at, to), was)


def _told(name: str, to: _SetTo, was: float) -> tuple[dict[str, Any], _SetTo]:
    """A step's power is positive from the node into the equipment, as the live network's."""
    if to.quantity is StepQuantity.TAP_POSITION:
        words = f"Move the tap of {name} from {was:g} to {to.value:g}"
        return _move(name, to.quantity, was, to.value, words), to
    if to.quantity is StepQuantity.SWITCH_STATE:
        return _move(name, to.quantity, was, to.value, f"Switch {name} off"), to
    before, after = -was + 0.0, -to.value + 0.0
    words = f"Set the reactive power of {name} from {before:.0f} to {after:.0f} kvar"
    return _move(name, to.quantity, before, after, words), to


def _banks(here: CaseNetwork) -> list[int]:
    """Shunts of the file that a plan counts as capacitors."""
    shunts = here.network.shunts
    return np.flatnonzero((shunts.q_kvar > 0) & (shunts.p_kw == 0)).tolist()


def _operated(here: CaseNetwork, operating: Operating, moves: Sequence[_SetTo]) -> GridState:
    """The full power flow with these set-points, of the whole network as the file has it."""
    shunts = here.network.shunts
    taps, q, kept = operating.tap_position.copy(), operating.q_kvar.copy(), np.ones(len(shunts.node), np.bool_)
    for move in moves:
        if move.quantity is StepQuantity.TAP_POSITION:
            taps[move.at] = int(move.value)
        elif move.quantity is StepQuantity.SWITCH_STATE:
            kept[move.at] = False
        else:
            q[move.at] = move.value
    left = Shunts(shunts.node[kept], shunts.p_kw[kept], shunts.q_kvar[kept])
    there = replace(operating, network=replace(here.network, shunts=left), tap_position=taps, q_kvar=q)
    return there.flow(here.switch_closed)[1]


def _names(here: CaseNetwork) -> list[str]:
    """Of all nodes; those behind the case's own begin a line that has a switch for this plan."""
    own = [node.name for node in here.case.nodes]
    at = {int(node): line.name for node, line in zip(here.network.lines.from_node, here.case.lines, strict=True)}
    return own + [at.get(node, "") for node in range(len(own), here.network.n_nodes)]
