"""What the protection's measured fault current and reactance say about the place of a fault.

The current is compared with the three-phase current at each node, as the short-circuit engine has it, and with root 3
/ 2 of it for a fault between two phases; the reactance with that of the way from the device to the place, of which the
resistance of the arc is no part. Along a line both are taken linear: the reactance by itself, of the current its
inverse.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.reliability.inference_tree import FedNetwork, Kind, Places, SupplyTree
from gridops.engine.units import PERCENT, ROOT_3

KVA_PER_MVA = 1e3
CURRENT_SIGMA = 0.12  # of the logarithm: the meter, the sources' true power, the arc
REACTANCE_SIGMA, REACTANCE_LEAST_OHM = 0.06, 0.05
OUTLIER = 0.02  # the share of measurements that tell nothing
_ALONG = np.array([0.1, 0.3, 0.5, 0.7, 0.9])


@dataclass(frozen=True, slots=True)
class Located:
    """What the device that cleared the fault measured. nan: not measured."""

    switch: int
    current_ka: float
    reactance_ohm: float  # primary, of its own voltage
    node_ka: FloatArray  # per node: the greatest three-phase current of a fault there; nan where unknown


@dataclass(frozen=True, slots=True)
class PlaceLikelihood:
    log: FloatArray  # per place
    along: FloatArray  # per place, expected fraction from the from end; nan for what is no line


def place_likelihoods(fed: FedNetwork, places: Places, located: Located) -> PlaceLikelihood:
    """Flat where the device feeds none of the places."""
    network, tree = fed.network, fed.tree
    kind, index, up = places.kind, places.index, places.up
    down = _far(tree, kind, index, up)
    reactance = _reactance_ohm(network, tree, located.switch)
    likely = np.ones((len(up), len(_ALONG)))
    if np.isfinite(located.reactance_ohm):
        likely = likely * _by_reactance(located.reactance_ohm, _between(reactance[up], reactance[down]))
    if np.isfinite(located.current_ka) and located.current_ka > 0:
        with np.errstate(divide="ignore"):
            inverse = 1.0 / located.node_ka
        likely = likely * _by_current(located.current_ka, 1.0 / _between(inverse[up], inverse[down]))
    mean = likely.mean(axis=1)
    fraction = (likely * _ALONG).sum(axis=1) / likely.sum(axis=1)
    from_end = np.where(network.lines.from_node[np.where(kind == Kind.LINE, index, 0)] == up, fraction, 1 - fraction)
    on_way = tree.feeds(int(tree.switch_child[located.switch]), up)
    log = np.where(on_way, np.log(mean), 0.0)
    return PlaceLikelihood(log, np.where((kind == Kind.LINE) & on_way, from_end, np.nan))


def _far(tree: SupplyTree, kind: IntArray, index: IntArray, up: IntArray) -> IntArray:
    down = up.copy()
    for what, children in ((Kind.LINE, tree.line_child), (Kind.TRANSFORMER, tree.transformer_child)):
        mine = kind == what
        child = children[index[mine]]
        down[mine] = np.where(child >= 0, child, up[mine])
    return down


def _reactance_ohm(network: Network, tree: SupplyTree, switch: int) -> FloatArray:
    """Per node, from the device on, at the device's voltage."""
    lines, t = network.lines, network.transformers
    own = np.zeros(network.n_nodes)
    fed = tree.line_child >= 0
    kv = network.nominal_kv[lines.from_node]
    np.maximum.at(own, tree.line_child[fed], (lines.x_ohm / kv**2)[fed])
    z, r = t.short_circuit_voltage_percent * PERCENT, t.copper_loss_kw / t.rated_s_kva
    x_pu = np.sqrt(np.maximum(z**2 - r**2, 0.0)) * KVA_PER_MVA / t.rated_s_kva
    fed = tree.transformer_child >= 0
    np.maximum.at(own, tree.transformer_child[fed], x_pu[fed])
    child = int(tree.switch_child[switch])
    way = tree.summed_down(own)
    start = way[child] if child >= 0 else 0.0
    return np.asarray((way - start) * network.nominal_kv[network.switches.from_node[switch]] ** 2, np.float64)


def _between(near: FloatArray, far: FloatArray) -> FloatArray:
    return np.asarray(near[:, None] + (far - near)[:, None] * _ALONG, np.float64)


def _by_reactance(measured: float, expected: FloatArray) -> FloatArray:
    sigma = REACTANCE_LEAST_OHM + REACTANCE_SIGMA * np.abs(expected)
    density = np.exp(-0.5 * ((measured - expected) / sigma) ** 2) / (sigma * np.sqrt(2 * np.pi))
    flat = 1.0 / max(float(np.nanmax(np.abs(expected), initial=0.0)), abs(measured), 1.0)
    return np.asarray((1 - OUTLIER) * np.nan_to_num(density) + OUTLIER * flat, np.float64)


def _by_current(measured: float, expected: FloatArray) -> FloatArray:
    found = np.zeros(expected.shape)
    for factor in (1.0, ROOT_3 / 2):
        with np.errstate(invalid="ignore", divide="ignore"):
            off = (np.log(measured) - np.log(factor * expected)) / CURRENT_SIGMA
        found += 0.5 * np.nan_to_num(np.exp(-0.5 * off**2)) / (CURRENT_SIGMA * np.sqrt(2 * np.pi))
    return np.asarray((1 - OUTLIER) * found + OUTLIER / 3.0, np.float64)
