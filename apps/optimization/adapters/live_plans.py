"""Load balancing on the live state, its answer as steps."""

from dataclasses import dataclass, replace

import numpy as np

from apps.dispatch.adapters.scene import Scene
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.choices import MOST_SWITCHINGS
from gridops.engine.network.model import FloatArray, Network
from gridops.engine.optimization.reconfiguration.operating import Operating
from gridops.engine.optimization.reconfiguration.plan import Aims, CannotReconfigure, Outcome
from gridops.engine.optimization.reconfiguration.plan import plan as reconfigure
from gridops.engine.optimization.reconfiguration.problem import Weights
from gridops.engine.optimization.reconfiguration.sequence import Move

KW_PER_SWITCHING = 0.5  # of losses, that one operation must earn
SEED = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine would do, and its own words about it; no steps where it would do nothing."""

    steps: tuple[Wanted, ...]
    words: str


def balanced(scene: Scene, *, operable: frozenset[str]) -> Answer:
    """Open points moved so that limits are kept first and losses are least, in an order that interrupts nobody."""
    aims = Aims(weights=Weights(operation=KW_PER_SWITCHING), most_operations=MOST_SWITCHINGS)
    try:
        found = reconfigure(operating_of(scene, operable), aims, np.random.default_rng(SEED))
    except CannotReconfigure as reason:
        return Answer((), str(reason))
    steps = switchings(scene, found)
    saved = float(found.before.losses_kw - found.after.losses_kw)
    if not steps:
        return Answer((), "No other open points would be better.")
    how_good = f"No radial state has losses below {found.bound_kw:.1f} kW; this one has {found.after.losses_kw:.1f} kW"
    return Answer(steps, f"{how_good}, {saved:.1f} kW less than now.")


def operating_of(scene: Scene, operable: frozenset[str]) -> Operating:
    """operable: mRIDs of the switches that may be moved."""
    network, switches = scene.place.network, scene.place.network.switches
    arrays, p, q = injected(scene)
    return Operating(
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


def switchings(scene: Scene, found: Outcome) -> tuple[Wanted, ...]:
    """In the order in which they interrupt nobody."""
    mrids = scene.place.network.switches.mrid
    return tuple(
        Wanted(mrids[step.switch], StepQuantity.SWITCH_STATE, float(step.move is Move.CLOSE))
        for step in found.order.steps
    )


def injected(scene: Scene) -> tuple[Network, FloatArray, FloatArray]:
    """Every element at its node, and behind them what the estimate has at nodes without elements."""
    arrays, base = scene.place.network.network, scene.base
    everywhere = np.arange(arrays.n_nodes, dtype=np.int32)
    network = replace(arrays, injection_node=np.concatenate([arrays.injection_node, everywhere]))
    p = np.concatenate([base.injection_p_kw, np.nan_to_num(base.rest_p_kw)])
    return network, p, np.concatenate([base.injection_q_kvar, np.nan_to_num(base.rest_q_kvar)])
