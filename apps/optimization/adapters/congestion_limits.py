"""Limits that count for a congestion: those that are broken, and those near them that its relief must not break."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.scene import PERCENT, Scene
from apps.dispatch.choices.proposal import Breach
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.envelopes import Bounds, bus_limits
from gridops.engine.optimization.point import Point, branch_loading
from gridops.engine.optimization.sensitivities import Rows, loading_rows, voltage_rows

MOST_LIMITS = 60
_NEAR_LOADING, _NEAR_PU = 0.15, 0.01
_UNCHANGED = 0.0005  # of the rating, or pu: less is as good as nothing


@dataclass(frozen=True, slots=True)
class Worst:
    mrid: str
    name: str
    value: float  # %, pu
    limit: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Rows: effects of a kW at each live bus, and how far each may still go; broken ones by position, worst first."""

    rows: Rows
    low: FloatArray
    high: FloatArray
    names: Sequence[str]
    broken: IntArray
    worst: Worst


def limits_of(scene: Scene, point: Point, breach: Breach, elements: IntArray) -> Limits | None:
    """None where nothing of these elements is broken in this state."""
    network, loading, magnitude = scene.place.network, branch_loading(point), np.abs(point.voltage)
    low_pu, high_pu = bus_limits(point, Bounds(network.node.low_pu, network.node.high_pu))
    over = loading - 1.0
    beyond = np.fmax(magnitude - high_pu, low_pu - magnitude)
    branch, bus = _own(point, breach, elements)
    branch, bus = branch[over[branch] > 0], bus[beyond[bus] > 0]
    branch, bus = branch[np.argsort(-over[branch])], bus[np.argsort(-beyond[bus])]
    own = len(branch) + len(bus)
    if not own:
        return None
    branch = _with(branch, np.nan_to_num(loading) > 1.0 - _NEAR_LOADING, -np.nan_to_num(loading))
    bus = _with(bus, beyond > -_NEAR_PU, -beyond)
    by_loading, by_voltage = loading_rows(point, branch), voltage_rows(point, bus)
    high = np.concatenate([-over[branch], high_pu[bus] - magnitude[bus]])
    low = np.concatenate([np.full(len(branch), -np.inf), low_pu[bus] - magnitude[bus]])
    broken = (0 if breach == Breach.OVERLOAD else len(branch)) + np.arange(min(own, MOST_LIMITS))
    # What is broken besides is another trouble: it may stay about as it is.
    other = np.setdiff1d(np.arange(len(high)), broken)
    high[other], low[other] = np.maximum(high[other], _UNCHANGED), np.minimum(low[other], -_UNCHANGED)
    return Limits(
        rows=Rows(np.vstack([by_loading.by_kw, by_voltage.by_kw]), np.vstack([by_loading.by_kvar, by_voltage.by_kvar])),
        low=low,
        high=high,
        names=_names(network, point, branch, bus),
        broken=broken.astype(np.int32),
        worst=_worst(scene, point, breach, branch, bus),
    )


def node_of_bus(point: Point) -> IntArray:
    """The first node of each live bus; buses of the display come first."""
    c = point.compiled
    node = np.zeros(c.n_buses, np.int32)
    node[c.live_bus_of_node[c.nodes][::-1]] = c.nodes[::-1]
    return node


def _worst(scene: Scene, point: Point, breach: Breach, branch: IntArray, bus: IntArray) -> Worst:
    network = scene.place.network
    if breach == Breach.OVERLOAD:
        at = int(_place_of_branch(point)[branch[0]])
        name = (network.lines.name + network.transformers.name)[at]
        return Worst(scene.branch_mrids[at], name, PERCENT * float(branch_loading(point)[branch[0]]), PERCENT)
    node = int(node_of_bus(point)[bus[0]])
    low, high = float(network.node.low_pu[node]), float(network.node.high_pu[node])
    value = float(np.abs(point.voltage[bus[0]]))
    return Worst(network.nodes.mrid[node], network.nodes.name[node], value, high if value > high else low)


def _place_of_branch(point: Point) -> IntArray:
    """Of each live branch among all, lines first."""
    c = point.compiled
    return np.concatenate([c.lines, c.transformers + len(point.setting.network.lines.from_node)]).astype(np.int32)


def _own(point: Point, breach: Breach, elements: IntArray) -> tuple[IntArray, IntArray]:
    """Live branches and live buses of the trouble's elements; one of the two is empty."""
    nothing = np.zeros(0, np.int32)
    if breach != Breach.OVERLOAD:
        bus = point.compiled.live_bus_of_node[elements]
        return nothing, np.unique(bus[bus >= 0]).astype(np.int32)
    return np.flatnonzero(np.isin(_place_of_branch(point), elements)).astype(np.int32), nothing


def _with(own: IntArray, is_near: BoolArray, key: FloatArray) -> IntArray:
    others = np.setdiff1d(np.flatnonzero(is_near), own)
    return np.concatenate([own, others[np.argsort(key[others])]])[:MOST_LIMITS].astype(np.int32)


def _names(network: AssembledNetwork, point: Point, branch: IntArray, bus: IntArray) -> list[str]:
    names, node = network.lines.name + network.transformers.name, node_of_bus(point)
    of_branch = [names[at] for at in _place_of_branch(point)[branch].tolist()]
    return of_branch + [network.nodes.name[at] for at in node[bus].tolist()]
