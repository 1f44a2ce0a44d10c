"""From switches to buses: nodes joined by closed switches are one bus, buses joined by branches one island."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from gridops.engine.network.model import BoolArray, IntArray, Network


@dataclass(frozen=True, slots=True)
class Topology:
    """Buses and islands of one set of switch positions. Arrays are by node, by bus or by island, as named."""

    switch_closed: BoolArray
    bus_of_node: IntArray
    n_buses: int
    island_of_bus: IntArray
    island_energised: BoolArray  # the island has a source

    @property
    def n_islands(self) -> int:
        return len(self.island_energised)

    @property
    def bus_energised(self) -> BoolArray:
        return np.asarray(self.island_energised[self.island_of_bus], np.bool_)

    @property
    def island_of_node(self) -> IntArray:
        return np.asarray(self.island_of_bus[self.bus_of_node], np.int32)

    @property
    def node_energised(self) -> BoolArray:
        return np.asarray(self.island_energised[self.island_of_node], np.bool_)

    def islands(self) -> list[IntArray]:
        """Nodes of each island, in the order of the islands' numbers."""
        island = self.island_of_node
        order = np.argsort(island, kind="stable").astype(np.int32)
        return np.split(order, np.cumsum(np.bincount(island, minlength=self.n_islands))[:-1])


def components(n: int, a: IntArray, b: IntArray) -> tuple[int, IntArray]:
    """Number of connected components of n points joined by the pairs a-b, and the component of each point."""
    links = csr_matrix((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    count, label = connected_components(links, directed=False)
    return int(count), np.asarray(label, np.int32)


def resolve(network: Network, switch_closed: BoolArray, *, line_in_service: BoolArray | None = None) -> Topology:
    """Fuse nodes over closed switches and find the islands.

    switch_closed: one per switch. line_in_service: one per line, all where omitted; the others join nothing.
    A line that is open at one end only is in service: its open end is a bus of its own.
    Raises ValueError if the number of switch positions is not the number of switches.
    """
    closed = np.asarray(switch_closed, np.bool_)
    if closed.shape != network.switches.from_node.shape:
        raise ValueError(f"{len(closed)} switch positions given for {len(network.switches.from_node)} switches.")
    switches, lines, transformers = network.switches, network.lines, network.transformers
    n_buses, bus = components(network.n_nodes, switches.from_node[closed], switches.to_node[closed])
    joins = slice(None) if line_in_service is None else line_in_service
    a = np.concatenate([bus[lines.from_node[joins]], bus[transformers.high_node]])
    b = np.concatenate([bus[lines.to_node[joins]], bus[transformers.low_node]])
    n_islands, island = components(n_buses, a, b)
    energised = np.zeros(n_islands, np.bool_)
    energised[island[bus[network.source_node]]] = True
    return Topology(closed, bus, n_buses, island, energised)
