"""The optimising engines on the live state: load balancing and voltage regulation, their answers as steps.

Signs: the engines' powers are injections, positive into the network; a step's are positive from the node into the
equipment.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import Breach, StepQuantity
from apps.optimization.adapters.candidates import nearest_plants, target_of
from gridops.engine.network.model import FloatArray, Network
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure
from gridops.engine.optimization.reconfiguration.plan import plan as reconfigure
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.reconfiguration.sequence import Move
from gridops.engine.optimization.voltage.plan import plan as regulate
from gridops.engine.optimization.voltage.problem import (
    CapacitorBanks,
    Inverters,
    Objective,
    TapChangers,
    VoltageProblem,
    ganged,
)

MOST_SWITCHINGS = 8
KW_PER_SWITCHING = 0.5  # of losses, that one operation must earn
MOST_TAPS = 4  # positions a tap changer may move at once
LEAST_KVAR = 5.0
MOST_SET_POINTS = 8
SOLVER_S = 5.0
_SEED = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine would do, and its own words about it; no steps where it would do nothing."""

    steps: tuple[Wanted, ...]
    words: str


def balanced(scene: Scene, *, operable: frozenset[str]) -> Answer:
    """Open points moved so that limits are kept first and losses are least, in an order that interrupts nobody."""
    network, switches = scene.place.network, scene.place.network.switches
    arrays, p, q = _injected(scene)
    operating = Operating(
        network=arrays,
        switch_closed=scene.base.switch_closed,
        may_operate=np.array([mrid in operable for mrid in switches.mrid], np.bool_),
        p_kw=p,
        q_kvar=q,
        tap_position=scene.base.tap_position,
        source_voltage_pu=scene.base.source_voltage_pu,
        source_angle_deg=scene.base.source_angle_deg,
        low_pu=network.node.low_pu,
        high_pu=network.node.high_pu,
        customers=np.concatenate([np.zeros(len(network.injections), np.int32), network.node.customers]),
        failures_per_year=np.zeros(len(arrays.lines.from_node)),
    )
    aims = Aims(weights=Weights(operation=KW_PER_SWITCHING), most_operations=MOST_SWITCHINGS)
    try:
        found = reconfigure(operating, aims, np.random.default_rng(_SEED))
    except CannotReconfigure as reason:
        return Answer((), str(reason))
    steps = tuple(
        Wanted(switches.mrid[step.switch], StepQuantity.SWITCH_STATE, float(step.move is Move.CLOSE))
        for step in found.order.steps
    )
    saved = float(found.before.losses_kw - found.after.losses_kw)
    if not steps:
        return Answer((), "No other open points would be better.")
    how_good = f"No radial state has losses below {found.bound_kw:.1f} kW; this one has {found.after.losses_kw:.1f} kW"
    return Answer(steps, f"{how_good}, {saved:.1f} kW less than now.")


def regulated(scene: Scene, breach: Breach, elements: Sequence[str]) -> Answer:
    """Taps and reactive power that bring the voltages inside their limits, moved as little as that takes."""
    network = scene.place.network
    arrays, p, q = _injected(scene)
    units = network.network.transformers
    topology = scene.before.studied.point.topology
    live = topology.node_energised[units.low_node]
    moved = np.flatnonzero(network.is_regulating & live & (units.tap_step_percent > 0)).astype(np.int32)
    control = ganged(topology, arrays, moved)
    count = int(control.max(initial=-1)) + 1
    initial = np.zeros(count, np.int32)
    initial[control] = scene.base.tap_position[moved]
    plants = _plants(scene, breach, elements)
    nothing, none = np.zeros(0, np.int32), np.zeros(0)
    problem = VoltageProblem(
        network=arrays,
        topology=topology,
        p_kw=p[None, :],
        q_kvar=q[None, :],
        step_hours=1.0,
        source_voltage_pu=scene.base.source_voltage_pu,
        tap_position=scene.base.tap_position,
        low_pu=network.node.low_pu,
        high_pu=network.node.high_pu,
        taps=TapChangers(moved, control, initial, np.full(count, MOST_TAPS, np.int32)),
        banks=CapacitorBanks(nothing, none, nothing, nothing, nothing),
        inverters=Inverters(plants, network.injection.rated_s_kva[plants], np.zeros(len(plants))),
        cvr_p=np.zeros(len(p)),
        cvr_q=np.zeros(len(p)),
        objective=Objective.VIOLATIONS,
    )
    found = regulate(problem, seconds=SOLVER_S)
    steps = [
        Wanted(network.transformers.mrid[unit], StepQuantity.TAP_POSITION, float(found.chosen.tap[0, at]))
        for unit, at in zip(moved.tolist(), control.tolist(), strict=True)
        if found.chosen.tap[0, at] != scene.base.tap_position[unit]
    ]
    kvar = [
        Wanted(network.injections.mrid[plant], StepQuantity.REACTIVE_POWER, -float(found.chosen.q_kvar[0, at]))
        for at, plant in enumerate(plants.tolist())
        if abs(found.chosen.q_kvar[0, at] - scene.base.injection_q_kvar[plant]) >= LEAST_KVAR
    ]
    words = found.reason or "Confirmed by the full power flow; no device moves more than that takes."
    return Answer((*steps, *kvar), words)


def _plants(scene: Scene, breach: Breach, elements: Sequence[str]) -> np.ndarray:
    found = nearest_plants(scene, target_of(scene, breach, elements))
    return np.array(sorted(found[:MOST_SET_POINTS]), np.int32)


def _injected(scene: Scene) -> tuple[Network, FloatArray, FloatArray]:
    """Every element at its node, and behind them what the estimate has at nodes without elements."""
    arrays, base = scene.place.network.network, scene.base
    everywhere = np.arange(arrays.n_nodes, dtype=np.int32)
    network = replace(arrays, injection_node=np.concatenate([arrays.injection_node, everywhere]))
    p = np.concatenate([base.injection_p_kw, np.nan_to_num(base.rest_p_kw)])
    return network, p, np.concatenate([base.injection_q_kvar, np.nan_to_num(base.rest_q_kvar)])
