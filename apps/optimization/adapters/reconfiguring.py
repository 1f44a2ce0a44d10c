"""From a network of a file to a plan of reconfiguration in the names of that file."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.assets.adapters.case_network import CaseError, CaseNetwork, case_network, with_line_switches
from gridops.cases import NetworkCase
from gridops.engine.network.model import IntArray
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure, Outcome, plan
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.reconfiguration.sequence import Move, Step
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow

__all__ = [
    "CannotReconfigure",
    "CaseError",
    "Planned",
    "Wish",
    "operating_of",
    "planned_on",
    "reconfigured",
    "switched",
]

FAILURES_PER_KM_YEAR = 0.065  # of overhead lines at 11 kV in the RBTS (IEEE Trans. Power Systems 6(2), 1991)
_NUMBERED = re.compile(r"(?:Line|Transformer|Branch) (\d+) \(")
_SEED = 0

Name = int | str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for; the weights are in kW of loss."""

    most_operations: int | None = None
    balance: float = 0.0
    interruption: float = 0.0
    operation: float = 0.0
    prove: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """An outcome in the names of the file; numbers where the file has its branches numbered."""

    operating: Operating
    outcome: Outcome
    open_branches: tuple[Name, ...]
    steps: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]

    def document(self, seconds: float) -> dict[str, Any]:
        outcome = self.outcome
        return {
            "loss_kw_before": round(float(outcome.before.losses_kw), 6),
            "loss_kw": round(float(outcome.after.losses_kw), 6),
            "min_voltage_pu": round(float(np.nanmin(outcome.after.voltage_pu)), 6),
            "open_branches": list(self.open_branches),
            "gap": round(outcome.gap, 6),
            "seconds": round(seconds, 4),
            "steps": list(self.steps),
        }


def reconfigured(case: NetworkCase, wish: Wish) -> Planned:
    """The plan for a case at profile factor 1. Raises CannotReconfigure."""
    here, notes = switched(case)
    return planned_on(here, operating_of(here), wish, notes=notes)


def planned_on(here: CaseNetwork, operating: Operating, wish: Wish, *, notes: Sequence[str] = ()) -> Planned:
    """The plan for a network made ready by `switched` and `operating_of`. Raises CannotReconfigure."""
    case = here.case
    if wish.interruption and not any(line.length_km > 0 for line in case.lines):
        raise CannotReconfigure(
            "Interruptions need the lengths of the lines, which this network does not tell: leave that weight out."
        )
    weights = Weights(balance=wish.balance, interruption=wish.interruption, operation=wish.operation)
    aims = Aims(weights=weights, most_operations=wish.most_operations, prove=wish.prove)
    outcome = plan(operating, aims, np.random.default_rng(_SEED))
    names = _Names(here, outcome)
    return Planned(
        operating,
        outcome,
        tuple(names.open_branches()),
        tuple(names.steps()),
        (*notes, *outcome.notes, *_unfinished(outcome, names)),
    )


def _by_number(name: Name) -> tuple[bool, Name]:
    return isinstance(name, str), name


def switched(case: NetworkCase) -> tuple[CaseNetwork, list[str]]:
    """Files of buses and branches have no switches but those of their ties: there every line can be switched.

    Raises CannotReconfigure where nothing feeds.
    """
    if not case.sources:
        raise CannotReconfigure("The network has no source, so nothing is fed whatever is switched.")
    here = case_network(case)
    if here.switch_closed.any():
        return here, []
    ended = with_line_switches(here)
    notes = ["The file has no closed switch: every line counts as one that can be switched."]
    return replace(ended, switch_under_load=np.ones(len(ended.switch_closed), np.bool_)), notes


def operating_of(here: CaseNetwork) -> Operating:
    """At profile factor 1, with the taps where their regulators leave them today."""
    return Operating(
        network=here.network,
        switch_closed=here.switch_closed,
        may_operate=here.switch_under_load,
        p_kw=here.p_kw,
        q_kvar=here.q_kvar,
        tap_position=_settled(here),
        source_voltage_pu=here.source_voltage_pu,
        source_angle_deg=here.source_angle_deg,
        low_pu=here.low_pu,
        high_pu=here.high_pu,
        customers=here.customers,
        failures_per_year=FAILURES_PER_KM_YEAR * np.array([line.length_km for line in here.case.lines]),
    )


def _settled(here: CaseNetwork) -> IntArray:
    if not here.is_regulating.any():
        return here.tap_position
    flow = PowerFlow(here.network, resolve(here.network, here.switch_closed))
    _, taps = settled_taps(
        here.network,
        lambda taps: flow.solve(
            p_kw=here.p_kw,
            q_kvar=here.q_kvar,
            tap_position=taps,
            source_voltage_pu=here.source_voltage_pu,
            source_angle_deg=here.source_angle_deg,
        ),
        tap_position=here.tap_position,
        is_regulating=here.is_regulating,
        target_pu=here.target_pu,
    )
    return taps


def _unfinished(outcome: Outcome, names: "_Names") -> list[str]:
    if outcome.order.complete:
        return []
    reason = re.sub(r"switch (\d+)", lambda found: names.switch(int(found[1])), outcome.order.reason)
    return [
        f"A state of {outcome.target_loss_kw:.3f} kW was found, but no order of switching leads to it: {reason}. "
        "The plan stops at the best state on the way."
    ]


class _Names:
    """What the file calls the branches and switches of an outcome."""

    def __init__(self, here: CaseNetwork, outcome: Outcome) -> None:
        case, network = here.case, here.network
        self._case, self._outcome = case, outcome
        self._sections = outcome.reduced.sections
        self._ends = list(zip(network.switches.from_node.tolist(), network.switches.to_node.tolist(), strict=True))
        self._section_of = {switch: at for at, one in enumerate(self._sections) for switch in one.switches}
        lines, units = network.lines, network.transformers
        self._line_at = {int(node): line.name for node, line in zip(lines.from_node, case.lines, strict=True)}
        self._nodes_of = [
            [(case.lines[i].name, {int(lines.from_node[i]), int(lines.to_node[i])}) for i in section.lines]
            + [
                (case.transformers[i].name, {int(units.high_node[i]), int(units.low_node[i])})
                for i in section.transformers
            ]
            for section in self._sections
        ]
        named = [line.name for line in case.lines] + [unit.name for unit in case.transformers]
        self._numbered = all(_NUMBERED.match(name) for name in named)

    def open_branches(self) -> list[Name]:
        """By the switch that stands open; of a chain of lines without a load that is one of them."""
        order = self._outcome.order
        switches = (
            next(switch for switch in self._sections[branch].switches if not order.switch_closed[switch])
            for branch in order.open_branches.tolist()
        )
        return sorted(map(self.at_switch, switches), key=_by_number)

    def at_switch(self, switch: int) -> Name:
        """The line or transformer that the switch is at; the switch itself if there is none."""
        ends = set(self._ends[switch])
        name = next((name for name, nodes in self._nodes_of[self._section_of[switch]] if ends & nodes), "")
        found = _NUMBERED.match(name)
        return int(found[1]) if found and self._numbered else name or self.switch(switch)

    def _partner(self, step: Step) -> Name | None:
        """The branch that is opened for the one closed, or was closed for the one opened."""
        if step.partner < 0:
            return None
        own = self._sections[step.partner].switches
        return next((self.at_switch(each.switch) for each in self._outcome.order.steps if each.switch in own), None)

    def switch(self, switch: int) -> str:
        if switch < len(self._case.switches):
            return self._case.switches[switch].name
        return f"the switch of {self._line_at[self._ends[switch][1]]}"

    def steps(self) -> list[dict[str, Any]]:
        before = float(self._outcome.before.losses_kw)
        told = []
        for step in self._outcome.order.steps:
            told.append(self._step(step, before))
            before = step.loss_kw
        return told

    def _step(self, step: Step, before: float) -> dict[str, Any]:
        return {
            "action": step.move.value,
            "branch": self.at_switch(step.switch),
            "switch": self.switch(step.switch),
            "why": self._why(step, before),
            "loss_kw": round(step.loss_kw, 6),
            "checks": {
                "radial": not step.looped,
                "all_fed": True,
                "limits_kept": step.breach <= max(self._outcome.breach_before, 0.0) + 1e-6,
                "min_voltage_pu": round(step.min_voltage_pu, 6),
                "max_loading": _finite(step.max_loading),
                "difference_before_closing_pu": _finite(step.across_pu),
                "angle_before_closing_deg": _finite(step.across_deg),
            },
        }

    def _why(self, step: Step, before: float) -> str:
        partner = self._partner(step)
        if step.move is Move.OPEN and partner is None:
            return "opens a ring that is closed today"
        if step.move is Move.OPEN:
            return f"opens the ring that {partner} has closed, where it costs least: {step.loss_kw - before:+.3f} kW"
        if step.looped:
            return f"closes a ring, so that {partner} can be opened without interrupting anybody"
        return "energises the section before its ring is closed"


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
