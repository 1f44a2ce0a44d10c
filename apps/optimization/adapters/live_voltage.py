"""Voltage regulation of one place of the live network: the problem over the steps ahead, and its plan as steps.

Signs: the engine's powers are injections, positive into the network; a step's are positive from the node into the
equipment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.dispatch.adapters.expected import STEP_HOURS, Ahead
from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.adapters.live_plans import injected
from apps.optimization.adapters.voltage import CVR_FACTOR
from apps.optimization.adapters.voltage_devices import Devices
from apps.optimization.choices import VoltageObjective
from gridops.engine.network.model import FloatArray, IntArray, Network, Shunts
from gridops.engine.network.topology import Topology
from gridops.engine.optimization.verification import LEAST, Breach
from gridops.engine.optimization.voltage.flows import Flows, Solution
from gridops.engine.optimization.voltage.plan import Plan, plan
from gridops.engine.optimization.voltage.problem import (
    CapacitorBanks,
    Inverters,
    Objective,
    SetPoints,
    TapChangers,
    VoltageProblem,
    as_found,
    ganged,
)

MOST_TAPS = 4  # positions a tap changer may move over the steps ahead
MOST_SWITCHED = 2  # how often a capacitor may be switched over the steps ahead
LEAST_KVAR = 5.0
MOST_SET_POINTS = 8
SOLVER_S = 5.0


@dataclass(frozen=True, slots=True)
class Terms:
    objective: VoltageObjective
    flat_pu: float
    left_today: Mapping[str, int]  # operations that are left of the day's, by mRID; who is missing is not limited
    most_taps: int = MOST_TAPS
    margin_pu: float = 0.0  # that voltages are kept within their limits


@dataclass(frozen=True, slots=True)
class Regulated:
    devices: Devices
    ahead: Ahead
    problem: VoltageProblem
    plan: Plan
    flows: Flows
    untouched: Solution  # the same steps with everything left alone
    moves: tuple[Wanted, ...]  # of now

    @property
    def words(self) -> str:
        if self.plan.reason or self.problem.objective is not Objective.VIOLATIONS:
            return self.plan.reason or "Confirmed by the full power flow of every step."
        return "Confirmed by the full power flow; no device moves more than that takes."

    @property
    def saves_now(self) -> bool:
        """Whether the moves of now save losses that a check would count."""
        saved = self.untouched.loss_kw[0] - self.plan.solution.loss_kw[0]
        return bool(saved >= LEAST[Breach.LOSSES])


def regulated(scene: Scene, devices: Devices, ahead: Ahead, terms: Terms) -> Regulated:
    """The devices' positions for every step, limits first, and what of it is to be done now.

    Raises ValueError where nothing has supply.
    """
    problem = _problem(scene, devices, ahead, terms)
    done, flows = plan(problem, seconds=SOLVER_S), Flows(problem)
    return Regulated(
        devices=devices,
        ahead=ahead,
        problem=problem,
        plan=done,
        flows=flows,
        untouched=flows.solve(as_found(problem)),
        moves=_moves(scene, devices, problem, done.chosen),
    )


def _problem(scene: Scene, devices: Devices, ahead: Ahead, terms: Terms) -> VoltageProblem:
    network, topology, base = scene.place.network, scene.before.studied.point.topology, scene.base
    arrays, p_now, q_now = injected(scene)
    steps, count = ahead.p_kw.shape
    factor = np.zeros(len(p_now))
    low_pu, high_pu = kept_within(network.node.low_pu, network.node.high_pu, terms.margin_pu)
    if terms.objective == VoltageObjective.CVR:
        factor[:count] = np.where(network.injection.kind == CONSUMER, CVR_FACTOR, 0.0)
    return VoltageProblem(
        network=_without_banks(arrays, devices),
        topology=topology,
        p_kw=np.hstack([ahead.p_kw, np.tile(p_now[count:], (steps, 1))]),
        q_kvar=np.hstack([ahead.q_kvar, np.tile(q_now[count:], (steps, 1))]),
        step_hours=STEP_HOURS,
        source_voltage_pu=base.source_voltage_pu,
        tap_position=base.tap_position,
        low_pu=low_pu,
        high_pu=high_pu,
        taps=_taps(network, topology, base.tap_position, devices.transformers, terms),
        banks=_banks(network, topology, devices, terms.left_today),
        inverters=Inverters(
            devices.plants, network.injection.rated_s_kva[devices.plants], np.zeros(len(devices.plants))
        ),
        cvr_p=factor,
        cvr_q=factor,
        objective=Objective(terms.objective.value),
        flat_pu=terms.flat_pu,
    )


def kept_within(low_pu: FloatArray, high_pu: FloatArray, margin_pu: float) -> tuple[FloatArray, FloatArray]:
    """Limits drawn in by a margin, by no more than a quarter of a band."""
    most = np.fmin(margin_pu, (high_pu - low_pu) / 4)
    return low_pu + most, high_pu - most


def _without_banks(network: Network, devices: Devices) -> Network:
    kept = np.ones(len(network.shunts.node), np.bool_)
    kept[[at for bank in devices.banks for at in bank.shunts]] = False
    shunts = network.shunts
    return replace(network, shunts=Shunts(shunts.node[kept], shunts.p_kw[kept], shunts.q_kvar[kept]))


def _taps(
    network: AssembledNetwork, topology: Topology, stands: IntArray, units: IntArray, terms: Terms
) -> TapChangers:
    """Transformers in parallel may move as often as the one of them that has fewest operations left."""
    control = ganged(topology, network.network, units)
    count = int(control.max(initial=-1)) + 1
    initial, most = np.zeros(count, np.int32), np.full(count, terms.most_taps, np.int32)
    initial[control] = stands[units]
    own = [max(terms.left_today.get(network.transformers.mrid[unit], terms.most_taps), 0) for unit in units.tolist()]
    np.minimum.at(most, control, np.array(own, np.int32))
    return TapChangers(units, control, initial, most)


def _banks(network: AssembledNetwork, topology: Topology, devices: Devices, left: Mapping[str, int]) -> CapacitorBanks:
    names = [network.switches.mrid[bank.switch] for bank in devices.banks]
    most = [min(max(left.get(mrid, MOST_SWITCHED), 0), MOST_SWITCHED) for mrid in names]
    return CapacitorBanks(
        node=np.array([bank.node for bank in devices.banks], np.int32),
        kvar_per_step=np.array([bank.kvar for bank in devices.banks]),
        most_steps=np.ones(len(names), np.int32),
        initial=np.array([topology.switch_closed[bank.switch] for bank in devices.banks], np.int32),
        most_operations=np.array(most, np.int32),
    )


def _moves(scene: Scene, devices: Devices, problem: VoltageProblem, chosen: SetPoints) -> tuple[Wanted, ...]:
    """Of the first step, where they differ from how things stand."""
    network, base, taps = scene.place.network, scene.base, problem.taps
    tapped = [
        Wanted(network.transformers.mrid[unit], StepQuantity.TAP_POSITION, float(chosen.tap[0, at]))
        for unit, at in zip(taps.transformer.tolist(), taps.control.tolist(), strict=True)
        if chosen.tap[0, at] != base.tap_position[unit]
    ]
    switched = [
        Wanted(network.switches.mrid[bank.switch], StepQuantity.SWITCH_STATE, float(chosen.bank[0, at]))
        for at, bank in enumerate(devices.banks)
        if chosen.bank[0, at] != problem.banks.initial[at]
    ]
    kvar = [
        Wanted(network.injections.mrid[plant], StepQuantity.REACTIVE_POWER, -float(chosen.q_kvar[0, at]))
        for at, plant in enumerate(devices.plants.tolist())
        if abs(chosen.q_kvar[0, at] - base.injection_q_kvar[plant]) >= LEAST_KVAR
    ]
    return (*tapped, *switched, *kvar)


def node_voltages(done: Regulated, solution: Solution, nodes: IntArray) -> FloatArray:
    """(steps, nodes) pu; nan where a node has no supply."""
    bus = done.flows.compiled.live_bus_of_node[nodes]
    return np.asarray(np.where(bus >= 0, solution.magnitude[:, bus], np.nan), np.float64)
