"""Which branches are fed from both of their ends: the closed rings of the network."""

import numpy as np

from gridops.engine.network.model import BoolArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.security.bridges import spanning_tree

OUTSIDE = 0  # all sources together: what lies between two of them is part of a ring that closes beyond the network


def looped_branches(network: Network, topology: Topology) -> BoolArray:
    """Live branches, lines first, whose loss would leave both of their ends supplied.

    Sources count as joined outside the network, so that a way from one to another is a ring. A line that is open at
    one end is part of none.
    Source: a branch is on a ring if and only if it is no bridge (R. E. Tarjan, Information Processing Letters 2, 1974).
    """
    a, b = _ends(network, topology)
    live = topology.bus_energised[a]
    looped = np.zeros(len(a), np.bool_)
    if not live.any():
        return looped
    point = _points(network, topology)
    tree = spanning_tree(int(point.max()) + 1, point[a[live]], point[b[live]])
    looped[live] = ~tree.branch_is_bridge
    return looped


def _ends(network: Network, topology: Topology) -> tuple[IntArray, IntArray]:
    lines, transformers, bus = network.lines, network.transformers, topology.bus_of_node
    return (
        np.concatenate([bus[lines.from_node], bus[transformers.high_node]]),
        np.concatenate([bus[lines.to_node], bus[transformers.low_node]]),
    )


def _points(network: Network, topology: Topology) -> IntArray:
    """A point for each live bus; the buses of the sources are one, the first. -1 for dead ones."""
    live = topology.bus_energised.copy()
    sources = topology.bus_of_node[network.source_node]
    live[sources] = False
    point = np.full(topology.n_buses, -1, np.int32)
    point[live] = 1 + np.arange(np.count_nonzero(live), dtype=np.int32)
    point[sources] = OUTSIDE
    return point
