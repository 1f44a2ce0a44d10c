"""Where a voltage experiment can be: the transformers that set a feeder's voltage together, and what a step does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.checking import on_the_way
from apps.dispatch.adapters.scene import Scene, flow_with
from apps.dispatch.adapters.steps import BadStep, Wanted, read_steps
from apps.dispatch.choices.proposal import MOST_STEPS, StepQuantity
from gridops.engine.network.model import BoolArray, IntArray
from gridops.engine.network.topology import Topology, components

PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Zones:
    """Parts between regulating transformers: all nodes of one have their voltage set by the same ones."""

    of_node: IntArray
    units: dict[int, list[int]]  # positions of the transformers that set it


@dataclass(frozen=True, slots=True)
class Foreseen:
    """With the steps taken now. `objection` says why it must not be; `lowest_pu` is nan where there is no solution."""

    objection: str
    lowest_pu: float
    lowest_at: str


def zones_of(network: AssembledNetwork, topology: Topology) -> Zones:
    lines, units, bus = network.network.lines, network.network.transformers, topology.bus_of_node
    regulates = regulating(network)
    plain = ~regulates
    high = np.concatenate([bus[lines.from_node], bus[units.high_node[plain]]])
    low = np.concatenate([bus[lines.to_node], bus[units.low_node[plain]]])
    part = components(topology.n_buses, high, low)[1][bus]
    sets = regulates & topology.node_energised[units.low_node] & (part[units.low_node] != part[units.high_node])
    found: dict[int, list[int]] = {}
    for at in np.flatnonzero(sets).tolist():
        found.setdefault(int(part[units.low_node[at]]), []).append(at)
    return Zones(np.asarray(part, np.int32), found)


def regulating(network: AssembledNetwork) -> BoolArray:
    units = network.network.transformers
    return np.asarray(network.is_regulating & (units.tap_max > units.tap_min) & (units.tap_step_percent > 0), np.bool_)


def zone_at(zones: Zones, nodes: IntArray) -> int:
    """The zone in which most of these nodes lie."""
    found, counts = np.unique(zones.of_node[nodes], return_counts=True)
    return int(found[np.argmax(counts)])


def unit_documents(network: AssembledNetwork, positions: Sequence[int]) -> list[dict[str, Any]]:
    """direction: of positions, to lower the voltage of the low side."""
    t, named = network.network.transformers, network.transformers
    return [
        {
            "mrid": named.mrid[at],
            "name": named.name[at],
            "direction": 1 if t.tap_on_high_side[at] else -1,
            "step_percent": float(t.tap_step_percent[at]),
            "tap_min": int(t.tap_min[at]),
            "tap_max": int(t.tap_max[at]),
        }
        for at in positions
    ]


def taps_now(scene: Scene, units: Sequence[dict[str, Any]]) -> dict[str, int]:
    """As the state has them."""
    position = scene.place.network.transformers.position
    return {
        one["mrid"]: int(scene.base.tap_position[position[one["mrid"]]]) for one in units if one["mrid"] in position
    }


def foreseen(scene: Scene, units: Sequence[dict[str, Any]], steps_down: int, nodes: IntArray) -> Foreseen:
    """Every state on the way is solved by the check that proposals pass; then the lowest voltage of the feeder."""
    now = taps_now(scene, units)
    wanted = [
        Wanted(mrid, StepQuantity.TAP_POSITION, now[mrid] + one["direction"] * step)
        for step in range(1, steps_down + 1)
        for one in units
        if (mrid := one["mrid"]) in now
    ]
    if len(now) < len(units):
        return Foreseen("A transformer of the experiment is not in the live network any more.", float("nan"), "")
    if len(wanted) > MOST_STEPS:
        return Foreseen(f"{len(wanted)} steps are more than {MOST_STEPS} at once; take fewer.", float("nan"), "")
    try:
        steps = read_steps(wanted, scene.base, scene.place)
    except BadStep as wrong:
        return Foreseen(str(wrong), float("nan"), "")
    objection = next((step.objection for step in steps if step.objection), "") or on_the_way(scene, steps, faulted={})
    voltage = flow_with(scene, steps).voltage_pu[nodes]
    if not np.isfinite(voltage).any():
        return Foreseen(objection or "There is no power flow for it.", float("nan"), "")
    at = int(nodes[np.nanargmin(voltage)])
    return Foreseen(objection, float(np.nanmin(voltage)), scene.place.network.nodes.name[at])
