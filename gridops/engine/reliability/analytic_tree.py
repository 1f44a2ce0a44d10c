"""What feeds whom in the normal state: the device at the head, and how much an open switch could still carry."""

from collections import deque

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.reliability.analytic import Switched, Zones


def heads(grid: Switched, zones: Zones, is_head: BoolArray) -> IntArray:
    """(zones,) the last closed switch with `is_head` on the way from a source, by number; -1: none, or no supply."""
    head = np.full(zones.n, -1, np.int32)
    seen = zones.is_source.copy()
    around: list[list[tuple[int, int]]] = [[] for _ in range(zones.n)]
    for joined in np.flatnonzero(grid.switch_closed).tolist():
        a, b = int(zones.a[joined]), int(zones.b[joined])
        around[a].append((b, joined))
        around[b].append((a, joined))
    waiting = deque(np.flatnonzero(seen).tolist())
    while waiting:
        zone = waiting.popleft()
        for other, switch in around[zone]:
            if not seen[other]:
                seen[other] = True
                head[other] = switch if is_head[switch] else head[zone]
                waiting.append(other)
    return head


def beside_source(zones: Zones, switch_closed: BoolArray) -> BoolArray:
    """(s,) closed switches that leave a zone with a source; they stand for breakers where the network names none."""
    return np.asarray(switch_closed & (zones.is_source[zones.a] != zones.is_source[zones.b]), np.bool_)


def tie_spare_kw(
    network: Network, switch_closed: BoolArray, node_load_kw: FloatArray, power_factor: float = 0.95
) -> FloatArray:
    """(s,) what an open switch can feed beyond itself: the least that is left on the way from the source to it.

    node_load_kw: (n,) drawn, positive. Of the two sides the one with more left. The flow is that of a tree (the first
    way found from a source), without losses. What has no rating carries anything; without any rating the answer is
    inf. The sides of a closed switch get the same figure, which nobody asks for.
    """
    parent, edge_rating, order = _tree(network, switch_closed, power_factor)
    below = np.asarray(node_load_kw, np.float64).copy()
    for node in reversed(order):
        if parent[node] >= 0:
            below[parent[node]] += below[node]
    left = np.full(network.n_nodes, -np.inf)
    for node in order:
        before = np.inf if parent[node] < 0 else left[parent[node]]
        left[node] = min(before, edge_rating[node] - below[node]) if parent[node] >= 0 else before
    sides = np.maximum(left[network.switches.from_node], left[network.switches.to_node])
    return np.asarray(np.maximum(sides, 0.0), np.float64)


def _tree(network: Network, switch_closed: BoolArray, power_factor: float) -> tuple[IntArray, FloatArray, list[int]]:
    """Per node its parent (-1 at a source) and the rating in kW of the branch to it; the nodes from the sources on."""
    around: list[list[tuple[int, float]]] = [[] for _ in range(network.n_nodes)]
    lines, units, switches = network.lines, network.transformers, network.switches
    line_kw = np.sqrt(3.0) * network.nominal_kv[lines.from_node] * lines.rated_a * power_factor
    edges = (
        (lines.from_node, lines.to_node, np.where(lines.rated_a > 0, line_kw, np.inf)),
        (units.high_node, units.low_node, np.where(units.rated_s_kva > 0, units.rated_s_kva * power_factor, np.inf)),
        (switches.from_node[switch_closed], switches.to_node[switch_closed], np.full(int(switch_closed.sum()), np.inf)),
    )
    for a, b, rating in edges:
        for one, other, kw in zip(a.tolist(), b.tolist(), rating.tolist(), strict=True):
            around[one].append((other, kw))
            around[other].append((one, kw))
    parent = np.full(network.n_nodes, -1, np.int32)
    rating_to, order = np.full(network.n_nodes, np.inf), [int(node) for node in np.unique(network.source_node)]
    seen = set(order)
    for node in order:  # grows while it is walked
        for other, kw in around[node]:
            if other not in seen:
                seen.add(other)
                parent[other], rating_to[other] = node, kw
                order.append(other)
    return parent, rating_to, order
