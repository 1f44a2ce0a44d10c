"""The state that troubles are found in and remedies are tried on."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.dispatch.adapters.steps import Step, changes_of
from apps.dispatch.choices.proposal import Breach
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.adapters.flow import Flow, flow_of
from apps.studies.adapters.studied import studied
from gridops.engine.optimization.verification import Breach as EngineBreach
from gridops.engine.optimization.verification import Limits, Picture, Watched

PERCENT = 100.0
SCALE = {Breach.OVERLOAD: PERCENT}  # from the engine's shares to what is shown
UNIT = {
    Breach.OVERLOAD: "%",
    Breach.VOLTAGE_LOW: "pu",
    Breach.VOLTAGE_HIGH: "pu",
    Breach.LOSSES: "kW",
    Breach.SUPPLY: "kW",
    Breach.OFF_NORMAL: "switches",
}
NETWORK = "network"  # source of what belongs to no place


@dataclass(frozen=True, slots=True)
class Scene:
    """`before` is the power flow of the base as it is."""

    base: Base
    place: Place
    limits: Limits
    before: Flow

    @property
    def branch_mrids(self) -> Sequence[str]:
        return self.place.network.lines.mrid + self.place.network.transformers.mrid


def scene_of(base: Base, place: Place) -> Scene:
    node, shown = place.network.node, place.network.n_display_nodes
    limits = Limits(node.low_pu[:shown], node.high_pu[:shown], node.customers[:shown].astype(np.float64))
    return Scene(base, place, limits, flow_of(studied(base, [], place), regulate=False))


def picture(flow: Flow) -> Picture:
    state = flow.state
    return Picture(
        voltage_pu=flow.voltage_pu,
        loading=flow.loading,
        alive=~flow.dead,
        losses_kw=float(state.losses_kw),
        converged=bool(state.converged),
        reason=state.reason,
        switch_closed=flow.studied.point.topology.switch_closed,
    )


def flow_with(scene: Scene, steps: Sequence[Step]) -> Flow:
    """Taps stand as in the state and in the steps: what a person orders is not undone within the time that counts."""
    changed = studied(scene.base, changes_of(steps, scene.base, scene.place), scene.place)
    return flow_of(changed, regulate=False)


def watched(scene: Scene, breach: Breach, elements: Sequence[str]) -> Watched:
    """Elements that the network has no longer are left out."""
    network = scene.place.network
    if breach == Breach.OFF_NORMAL:
        switches = np.array(
            [network.switches.position[m] for m in elements if m in network.switches.position], np.int32
        )
        return Watched(EngineBreach(breach.value), switches, normal_closed=network.normal_closed[switches])
    if breach == Breach.OVERLOAD:
        lines, units = network.lines.position, network.transformers.position
        found = [
            lines[m] if m in lines else len(network.lines) + units[m] for m in elements if m in lines or m in units
        ]
    else:
        at = network.nodes.position
        found = [at[m] for m in elements if m in at and at[m] < network.n_display_nodes]
    return redrawn(scene, Watched(EngineBreach(breach.value), np.array(found, np.int32)))


def redrawn(scene: Scene, target: Watched) -> Watched:
    """Of customers without supply: what they would take in this scene."""
    if target.breach != EngineBreach.SUPPLY:
        return target
    return replace(target, drawn_kw=drawn_kw(scene.place.network, scene.base.injection_p_kw)[target.elements])


def drawn_kw(network: AssembledNetwork, injection_p_kw: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Per node on display what its loads take, positive."""
    taken = np.where(network.injection.kind == CONSUMER, -injection_p_kw, 0.0)
    node = network.node.bus[network.network.injection_node]
    summed = np.bincount(node, taken, network.network.n_nodes)[: network.n_display_nodes]
    return np.asarray(summed, np.float64)


@dataclass(frozen=True, slots=True)
class Doubt:
    """How far the state and the model may be from the truth, as standard deviations of factors."""

    common: float = 0.06  # all loads together: what changes until the act has its effect
    single: float = 0.10  # each load or plant
    unmetered: float = 0.60  # each that no meter tells of
    impedance: float = 0.02
    source: float = 0.001  # voltage of each source


def doubted(scene: Scene, doubt: Doubt, generator: np.random.Generator) -> Scene:
    """One of the states that could be true instead."""
    base, arrays = scene.base, scene.place.network.network
    count = len(base.injection_p_kw)
    known = base.injection_is_metered if len(base.injection_is_metered) == count else np.ones(count, np.bool_)
    single = np.where(known, doubt.single, doubt.unmetered)
    factor = _factors(generator, single, count) * _factors(generator, doubt.common, 1)
    impedance = _factors(generator, doubt.impedance, len(arrays.lines.r_ohm))
    lines = replace(arrays.lines, r_ohm=arrays.lines.r_ohm * impedance, x_ohm=arrays.lines.x_ohm * impedance)
    network = replace(scene.place.network, network=replace(arrays, lines=lines))
    source = base.source_voltage_pu * _factors(generator, doubt.source, len(base.source_voltage_pu))
    p, q = base.injection_p_kw * factor, base.injection_q_kvar * factor
    other = replace(base, injection_p_kw=p, injection_q_kvar=q, source_voltage_pu=source)
    return scene_of(other, replace(scene.place, network=network))


def _factors(
    generator: np.random.Generator, sigma: float | npt.NDArray[np.float64], count: int
) -> npt.NDArray[np.float64]:
    return np.exp(generator.normal(0.0, sigma, count))
