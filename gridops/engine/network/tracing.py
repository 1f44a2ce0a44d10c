"""Who is fed from where: feeders, loops, supply lost and regained."""

import numpy as np

from gridops.engine.network.model import BoolArray, IntArray, Network
from gridops.engine.network.topology import Topology, resolve

NO_FEEDER = -1


def unsupplied_nodes(topology: Topology) -> IntArray:
    """Nodes of the islands without a source."""
    return np.flatnonzero(~topology.node_energised).astype(np.int32)


def lost_supply(before: Topology, after: Topology) -> IntArray:
    """Nodes that were energised before and are not after."""
    return np.flatnonzero(before.node_energised & ~after.node_energised).astype(np.int32)


def regained_supply(before: Topology, after: Topology) -> IntArray:
    """Nodes that were not energised before and are after."""
    return lost_supply(after, before)


def feeders_from_switches(network: Network, topology: Topology, heads: IntArray) -> IntArray:
    """Feeder of each node: the number of the head switch (its place in `heads`) through which alone it is fed.

    -1 for what is upstream of all heads, fed another way, or dead. Where two heads feed the same nodes (a closed
    ring), the first of them counts. A head that is open has no feeder.
    """
    opened = topology.switch_closed.copy()
    opened[heads] = False
    below = resolve(network, opened)
    closed = topology.switch_closed[heads]
    ends = np.stack([network.switches.from_node[heads], network.switches.to_node[heads]])
    return _label_below(topology, below, ends, closed)


def feeders_from_lines(network: Network, topology: Topology, heads: IntArray) -> IntArray:
    """As `feeders_from_switches`, the heads being lines. The line's far end belongs to its feeder."""
    in_service = np.ones(len(network.lines.from_node), np.bool_)
    in_service[heads] = False
    below = resolve(network, topology.switch_closed, line_in_service=in_service)
    ends = np.stack([network.lines.from_node[heads], network.lines.to_node[heads]])
    return _label_below(topology, below, ends, np.ones(len(heads), np.bool_))


def loop_count(network: Network, topology: Topology) -> IntArray:
    """Independent loops in each island: 0 where it is radial. Parallel lines make a loop; closed switches do not."""
    from_bus = _branch_buses(network, topology)[0]
    branches = np.bincount(topology.island_of_bus[from_bus], minlength=topology.n_islands)
    buses = np.bincount(topology.island_of_bus, minlength=topology.n_islands)
    return np.asarray(branches - buses + 1, np.int32)


def nodes_between_loops(network: Network, topology: Topology) -> BoolArray:
    """Nodes that are left when radial ends are cut off again and again: on a loop, or between two."""
    a, b = _branch_buses(network, topology)
    left = np.ones(len(a), np.bool_)
    while True:
        degree = np.bincount(a[left], minlength=topology.n_buses) + np.bincount(b[left], minlength=topology.n_buses)
        ends = left & ((degree[a] == 1) | (degree[b] == 1))
        if not ends.any():
            return np.asarray((degree > 0)[topology.bus_of_node], np.bool_)
        left &= ~ends


def _branch_buses(network: Network, topology: Topology) -> tuple[IntArray, IntArray]:
    lines, transformers, bus = network.lines, network.transformers, topology.bus_of_node
    return (
        np.concatenate([bus[lines.from_node], bus[transformers.high_node]]),
        np.concatenate([bus[lines.to_node], bus[transformers.low_node]]),
    )


def _label_below(topology: Topology, below: Topology, ends: IntArray, head_in_use: BoolArray) -> IntArray:
    """Label each island that died when the heads were taken away with the first head that touches it."""
    island = below.island_of_node
    head = np.full(below.n_islands, NO_FEEDER, np.int32)
    for number in np.flatnonzero(head_in_use)[::-1]:
        fed = [i for i in island[ends[:, number]] if not below.island_energised[i]]
        head[fed] = number
    return np.where(topology.node_energised, head[island], NO_FEEDER).astype(np.int32)
