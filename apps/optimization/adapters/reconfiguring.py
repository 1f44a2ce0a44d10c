"""From a network of a file to a plan of reconfiguration in the names of that file."""

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.optimization.adapters.case_network import CaseError, CaseNetwork, case_network, with_line_switches
from gridops.cases import NetworkCase
from gridops.engine.network.model import IntArray
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure, Outcome, plan
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.reconfiguration.sequence import Move, Step
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow

__all__ = ["CannotReconfigure", "CaseError", "Planned", "Wish", "reconfigured"]

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
    if not case.sources:
        raise CannotReconfigure("The network has no source, so nothing is fed whatever is switched.")
    here, notes = _switched(case)
    if wish.interruption and not any(line.length_km > 0 for line in case.lines):
        raise CannotReconfigure(
            "Interruptions need the lengths of the lines, which this network does not tell: leave that weight out."
        )
    operating = _operating(here)
    weights = Weights(balance=wish.balance, interruption=wish.interruption, operation=wish.operation)
    aims = Aims(weights=weights, most_operations=wish.most_operations, prove=wish.prove)
    outcome = plan(operating, aims, np.random.default_rng(_SEED))
    names = _Names(case, outcome)
    return Planned(
        outcome,
        tuple(sorted((names.branch(b) for b in outcome.order.open_branches.tolist()), key=_by_number)),
        tuple(names.steps()),
        (*notes, *outcome.notes, *_unfinished(outcome, names)),
    )


def _by_number(name: Name) -> tuple[bool, Name]:
    return isinstance(name, str), name


def _switched(case: NetworkCase) -> tuple[CaseNetwork, list[str]]:
    """Files of buses and branches have no switches but those of their ties: there every line can be switched."""
    here = case_network(case)
    if here.switch_closed.any():
        return here, []
    closable = np.ones(len(here.switch_closed), np.bool_)
    ended = with_line_switches(here)
    under_load = np.concatenate([closable, np.ones(len(ended.switch_closed) - len(closable), np.bool_)])
    notes = ["The file has no closed switch: every line counts as one that can be switched."]
    return CaseNetwork(**{**_fields(ended), "switch_under_load": under_load}), notes


def _fields(here: CaseNetwork) -> dict[str, Any]:
    return {name: getattr(here, name) for name in CaseNetwork.__dataclass_fields__}


def _operating(here: CaseNetwork) -> Operating:
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

    def __init__(self, case: NetworkCase, outcome: Outcome) -> None:
        self._case, self._outcome = case, outcome
        self._sections = outcome.reduced.sections
        named = [line.name for line in case.lines] + [unit.name for unit in case.transformers]
        self._numbered = all(_NUMBERED.match(name) for name in named)

    def branch(self, branch: int) -> Name:
        section, case = self._sections[branch], self._case
        named = [case.lines[i].name for i in section.lines]
        named += [case.transformers[i].name for i in section.transformers]
        if not named:
            return ", ".join(self.switch(each) for each in section.switches)
        found = _NUMBERED.match(named[0])
        return int(found[1]) if found and self._numbered and len(named) == 1 else " + ".join(named)

    def switch(self, switch: int) -> str:
        count = len(self._case.switches)
        if switch < count:
            return self._case.switches[switch].name
        return f"the switch of {self._case.lines[switch - count].name}"

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
            "branch": self.branch(step.branch),
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
        partner = self.branch(step.partner) if step.partner >= 0 else None
        if step.move is Move.OPEN and partner is None:
            return "opens a ring that is closed today"
        if step.move is Move.OPEN:
            return f"opens the ring that {partner} has closed, where it costs least: {step.loss_kw - before:+.3f} kW"
        if step.looped:
            return f"closes a ring, so that {partner} can be opened without interrupting anybody"
        return "energises the section before its ring is closed"


def _finite(value: float) -> float | None:
    return round(value, 6) if math.isfinite(value) else None
