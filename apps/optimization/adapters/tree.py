"""Nodes below their sources: over branches and closed switches, the fewest of them first."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import breadth_first_order

from gridops.engine.network.model import BoolArray, Network


@dataclass(frozen=True, slots=True)
class Tree:
    parent: np.ndarray  # per node, the node above; n_nodes at a source, -9999 where nothing leads
    order: np.ndarray  # from the sources on; begins with n_nodes, which stands above all sources

    @classmethod
    def of(cls, network: Network, switch_closed: BoolArray) -> "Tree":
        count, closed = network.n_nodes, np.flatnonzero(switch_closed)
        near = [network.lines.from_node, network.transformers.high_node, network.switches.from_node[closed]]
        far = [network.lines.to_node, network.transformers.low_node, network.switches.to_node[closed]]
        above = np.full(len(network.source_node), count, np.int64)
        rows, columns = np.concatenate([*near, above]), np.concatenate([*far, network.source_node])
        links = csr_matrix((np.ones(len(rows), np.int8), (rows, columns)), shape=(count + 1, count + 1))
        order, parent = breadth_first_order(links, count, directed=False)
        return cls(parent, order)

    def way_up(self, node: int) -> list[int]:
        """From a node to its source; empty where nothing leads to one."""
        top, found = len(self.parent) - 1, [node]
        while found[-1] != top:
            above = int(self.parent[found[-1]])
            if above < 0:
                return []
            found.append(above)
        return found[:-1]

    def above(self, nodes: "np.ndarray | tuple[int, ...]") -> set[int]:
        """These nodes and all between them and their sources."""
        found: set[int] = set()
        for start in nodes:
            node = int(start)
            while node < len(self.parent) - 1 and node not in found and self.parent[node] >= 0:
                found.add(node)
                node = int(self.parent[node])
        return found

    def loop(self, one: int, other: int) -> list[tuple[int, int]]:
        """Edges, as pairs of nodes, of the ring that a link between two nodes would close."""
        first, second = self.way_up(one), self.way_up(other)
        if not first or not second:
            return []
        shared = set(first) & set(second)
        return [pair for way in (first, second) for pair in pairwise(way) if pair[0] not in shared]
