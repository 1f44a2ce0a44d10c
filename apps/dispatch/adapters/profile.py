"""The voltage along the way from the source, before and after: what a person looks at to believe a remedy."""

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.adapters.scene import PERCENT, Scene
from apps.studies.adapters.flow import Flow
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import Topology

MOST_NODES = 400
_LEAST_OHM = 1e-6


def profile(scene: Scene, after: Flow, node: int | None) -> dict[str, Any]:
    """Nodes of the same voltage behind the same transformer as `node`, by the impedance to it; columns side by side.

    Nodes that another station feeds after the steps are among them, because their feeder is near.
    """
    if node is None:
        return {}
    network, shown = scene.place.network, scene.place.network.n_display_nodes
    before_topology = scene.before.studied.point.topology
    after_topology = after.studied.point.topology
    level = np.isclose(network.network.nominal_kv, network.network.nominal_kv[node])
    far_before = _distances(network, before_topology, level)
    far_after = _distances(network, after_topology, level)
    near = _together(network, before_topology, level, node) | _together(network, after_topology, level, node)
    chosen = np.flatnonzero(near[:shown] & np.isfinite(np.fmin(far_before, far_after)[:shown]))
    chosen = chosen[np.argsort(far_before[chosen], kind="stable")][:MOST_NODES]
    return {
        "lines": _lines(scene, after, chosen.astype(np.int32), (far_before, far_after)),
        "mrid": [network.nodes.mrid[n] for n in chosen.tolist()],
        "name": [network.nodes.name[n] for n in chosen.tolist()],
        "ohm_before": _numbers(far_before[chosen]),
        "ohm_after": _numbers(far_after[chosen]),
        "before_pu": _numbers(scene.before.voltage_pu[chosen]),
        "after_pu": _numbers(after.voltage_pu[chosen]),
        "low_pu": _numbers(network.node.low_pu[chosen]),
        "high_pu": _numbers(network.node.high_pu[chosen]),
        "at": network.nodes.mrid[int(network.node.bus[node])],
    }


def _lines(scene: Scene, after: Flow, nodes: IntArray, far: tuple[FloatArray, FloatArray]) -> dict[str, Any]:
    """Loading of the lines between these nodes, by the impedance to their nearer end; in %, the longest way last."""
    network, named = scene.place.network, scene.place.network.lines
    bus = network.node.bus
    inside = np.isin(bus, bus[nodes])
    lines = network.network.lines
    found = np.flatnonzero(inside[lines.from_node] & inside[lines.to_node])
    near = [np.fmin(ohm[lines.from_node[found]], ohm[lines.to_node[found]]) for ohm in far]
    order = np.argsort(near[0], kind="stable")[:MOST_NODES]
    found = found[order]
    return {
        "mrid": [named.mrid[n] for n in found.tolist()],
        "name": [named.name[n] for n in found.tolist()],
        "ohm_before": _numbers(near[0][order]),
        "ohm_after": _numbers(near[1][order]),
        "before_percent": _numbers(PERCENT * scene.before.loading[found]),
        "after_percent": _numbers(PERCENT * after.loading[found]),
    }


def _heads(network: AssembledNetwork, level: BoolArray) -> IntArray:
    """Where this voltage level is fed: low sides of transformers from another level, and sources."""
    units = network.network.transformers
    low = units.low_node[level[units.low_node] & ~level[units.high_node]]
    sources = network.network.source_node[level[network.network.source_node]]
    return np.unique(np.concatenate([low, sources])).astype(np.int32)


def _edges(network: AssembledNetwork, topology: Topology, level: BoolArray) -> csr_matrix:
    lines, bus = network.network.lines, topology.bus_of_node
    inside = level[lines.from_node] & level[lines.to_node]
    ohm = np.maximum(np.hypot(lines.r_ohm, lines.x_ohm)[inside], _LEAST_OHM)
    near, far = bus[lines.from_node[inside]], bus[lines.to_node[inside]]
    shortest = np.lexsort((-ohm, far, near))  # a later entry of the same pair is the shorter one
    links: dict[tuple[int, int], float] = {
        (int(near[n]), int(far[n])): float(ohm[n]) for n in shortest.tolist() if near[n] != far[n]
    }
    rows, columns = (np.array([pair[side] for pair in links], np.int64) for side in (0, 1))
    return csr_matrix((np.array(list(links.values())), (rows, columns)), shape=(topology.n_buses, topology.n_buses))


def _distances(network: AssembledNetwork, topology: Topology, level: BoolArray) -> FloatArray:
    heads = np.unique(topology.bus_of_node[_heads(network, level)])
    if not len(heads):
        return np.full(network.network.n_nodes, np.inf)
    far = dijkstra(_edges(network, topology, level), directed=False, indices=heads, min_only=True)
    found = np.where(level, far[topology.bus_of_node], np.inf)
    return np.asarray(np.where(topology.node_energised, found, np.inf), np.float64)


def _together(network: AssembledNetwork, topology: Topology, level: BoolArray, node: int) -> BoolArray:
    """Nodes on the same branch of lines away from the bus that feeds it."""
    heads = np.unique(topology.bus_of_node[_heads(network, level)])
    edges = _edges(network, topology, level).tolil()
    edges[heads, :] = 0
    edges[:, heads] = 0
    far = dijkstra(edges.tocsr(), directed=False, indices=int(topology.bus_of_node[node]))
    found = np.isfinite(far[topology.bus_of_node]) & level
    found[np.isin(topology.bus_of_node, heads)] = True
    return np.asarray(found, np.bool_)


def _numbers(values: FloatArray) -> list[float | None]:
    return [round(float(value), 5) if np.isfinite(value) else None for value in values]
