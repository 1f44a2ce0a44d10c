"""Voltage regulation of a network of a file: the problem from its equipment, the plan beside the field's own ways."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from apps.assets.adapters.case_network import CaseNetwork
from apps.optimization.adapters.horizon import Horizon
from gridops.engine.network.model import Shunts
from gridops.engine.network.topology import resolve
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.local import LocalSettings, local_control
from gridops.engine.optimization.voltage.plan import Figures, Plan, figures, plan
from gridops.engine.optimization.voltage.problem import (
    UNLIMITED,
    CapacitorBanks,
    Inverters,
    Objective,
    TapChangers,
    VoltageProblem,
    ganged,
)
from gridops.engine.optimization.voltage.shortage import explained

CVR_FACTOR = 0.7  # percent of a load's power for a percent of voltage, where conservation is asked for

__all__ = ["Objective", "Regulated", "Terms", "document", "regulated", "voltage_problem"]


@dataclass(frozen=True, slots=True)
class Terms:
    objective: Objective
    most_tap_operations: int
    cvr_factor: float
    least_power_factor: float = 0.0


@dataclass(frozen=True, slots=True)
class Regulated:
    problem: VoltageProblem
    plan: Plan
    local: Figures
    explanation: tuple[str, ...]


def voltage_problem(here: CaseNetwork, horizon: Horizon, terms: Terms) -> VoltageProblem:
    """Every tap changer that regulates, every capacitor, every plant and battery with a rating.

    A capacitor of the file is a bank of one step, which is in. Loads yield to the voltage, plants do not.
    """
    network, topology = here.network, resolve(here.network, here.switch_closed)
    t = network.transformers
    units = np.flatnonzero(here.is_regulating & (t.tap_step_percent > 0)).astype(np.int32)
    control = ganged(topology, network, units)
    count = int(control.max(initial=-1)) + 1
    initial = np.zeros(count, np.int32)
    initial[control] = here.tap_position[units]
    is_bank = (network.shunts.q_kvar > 0) & (network.shunts.p_kw == 0)
    banks = int(is_bank.sum())
    plants = np.flatnonzero(here.rated_s_kva > 0).astype(np.int32)
    factor = np.where(np.arange(len(here.p_kw)) < len(here.case.loads), terms.cvr_factor, 0.0)
    return VoltageProblem(
        network=replace(network, shunts=_shunts(network.shunts, ~is_bank)),
        topology=topology,
        p_kw=horizon.p_kw,
        q_kvar=horizon.q_kvar,
        step_hours=horizon.step_hours,
        source_voltage_pu=here.source_voltage_pu,
        tap_position=here.tap_position,
        low_pu=here.low_pu,
        high_pu=here.high_pu,
        taps=TapChangers(units, control, initial, np.full(count, terms.most_tap_operations, np.int32)),
        banks=CapacitorBanks(
            network.shunts.node[is_bank],
            network.shunts.q_kvar[is_bank],
            np.ones(banks, np.int32),
            np.ones(banks, np.int32),
            np.full(banks, min(terms.most_tap_operations, UNLIMITED), np.int32),
        ),
        inverters=Inverters(plants, here.rated_s_kva[plants], np.full(len(plants), terms.least_power_factor)),
        cvr_p=factor,
        cvr_q=factor,
        objective=terms.objective,
    )


def regulated(here: CaseNetwork, problem: VoltageProblem, *, seconds: float = 20.0) -> Regulated:
    """The plan, beside what local controllers would do in the same horizon.

    Raises ValueError where nothing has supply.
    """
    done = plan(problem, seconds=seconds)
    flows = Flows(problem)
    _, first = np.unique(problem.taps.control, return_index=True)
    targets = here.target_pu[problem.taps.transformer[first]]
    by_field = local_control(flows, LocalSettings(targets))
    local = figures(flows, by_field, flows.solve(by_field))
    words = explained(flows, done, [node.name for node in here.case.nodes])
    return Regulated(problem, done, local, words)


def document(here: CaseNetwork, done: Regulated) -> dict[str, Any]:
    """As JSON: lists of set-points by step under the names of the file."""
    made, problem = done.plan, done.problem
    found, planned, local = made.found, made.planned, done.local
    return {
        "objective": str(problem.objective),
        "steps": problem.n_steps,
        "step_hours": problem.step_hours,
        "confirmed": made.confirmed,
        "reason": made.reason,
        "explanation": list(done.explanation),
        "violations": {"before": found.violations, "local": local.violations, "after": planned.violations},
        "worst_pu": {"before": found.worst_pu, "local": local.worst_pu, "after": planned.worst_pu},
        "loss_kwh": {
            "before": found.loss_kwh,
            "fixed": found.loss_kwh,
            "local": local.loss_kwh,
            "after": planned.loss_kwh,
        },
        "energy_kwh": {"before": found.drawn_kwh, "local": local.drawn_kwh, "after": planned.drawn_kwh},
        "overloads": {"before": found.overloads, "local": local.overloads, "after": planned.overloads},
        "tap_operations": {"local": local.operations, "after": planned.operations},
        "gap": made.gap if np.isfinite(made.gap) else None,
        "rounds": made.rounds,
        "solver_seconds": made.solver_seconds,
        "set_points": _set_points(here, done),
    }


def _set_points(here: CaseNetwork, done: Regulated) -> dict[str, dict[str, list[float]]]:
    problem, chosen, case = done.problem, done.plan.chosen, here.case
    taps, names = problem.taps, [*case.loads, *case.generators, *case.storages]
    is_bank = [shunt for shunt in case.shunts if shunt.q_kvar < 0 and shunt.p_kw == 0]
    return {
        "tap_position": {
            case.transformers[unit].name: chosen.tap[:, control].tolist()
            for unit, control in zip(taps.transformer.tolist(), taps.control.tolist(), strict=True)
        },
        "capacitor_steps": {each.name: chosen.bank[:, i].tolist() for i, each in enumerate(is_bank)},
        "reactive_kvar": {
            names[place].name: chosen.q_kvar[:, i].round(3).tolist()
            for i, place in enumerate(problem.inverters.injection.tolist())
        },
    }


def _shunts(shunts: Shunts, kept: np.ndarray) -> Shunts:
    return Shunts(shunts.node[kept], shunts.p_kw[kept], shunts.q_kvar[kept])
