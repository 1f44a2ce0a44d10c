"""What stays together behind a switch when it opens: the part that a microgrid is made of."""

from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import BATTERY, AssembledNetwork
from gridops.engine.network.model import BoolArray, IntArray
from gridops.engine.network.topology import Topology, resolve


@dataclass(frozen=True, slots=True)
class Part:
    """Positions in the arrays of the network. `reason` says why it cannot be a microgrid; empty if it can."""

    nodes: IntArray
    injections: IntArray
    customers: int
    inner_node: int  # of the coupling switch
    outer_node: int
    reason: str = ""


def part_behind(network: AssembledNetwork, switch_mrid: str) -> Part | str:
    """In the normal state of the network. A text where the switch parts nothing that could stand alone."""
    switch = network.switches.position.get(switch_mrid)
    if switch is None:
        return "The network has no such switch: give the mRID of the coupling switch as the network page shows it."
    name = network.switches.name[switch]
    if not network.normal_closed[switch]:
        return f"{name} is open in the normal state, so it couples nothing: choose a switch that is closed."
    closed = network.normal_closed.copy()
    closed[switch] = False
    topology = resolve(network.network, closed)
    ends = [int(nodes[switch]) for nodes in (network.network.switches.from_node, network.network.switches.to_node)]
    inner, outer = _inner_first(topology, ends)
    fault = _fault(topology, name, inner, outer)
    return fault or _part(network, topology, inner, outer)


def island_of(network: AssembledNetwork, closed: BoolArray, node: int) -> IntArray:
    """The nodes that hang together with one, where switches stand like that; none if the network's source is there."""
    topology = resolve(network.network, closed)
    if topology.node_energised[node]:
        return np.zeros(0, np.int32)
    return _nodes_with(topology, node)


def batteries_of(network: AssembledNetwork, part: Part) -> list[int]:
    return [int(n) for n in part.injections if network.injection.kind[n] == BATTERY]


def _inner_first(topology: Topology, ends: list[int]) -> tuple[int, int]:
    live = topology.node_energised
    inner, outer = sorted(ends, key=lambda node: bool(live[node]))
    return inner, outer


def _fault(topology: Topology, name: str, inner: int, outer: int) -> str:
    island = topology.island_of_node
    if island[inner] == island[outer]:
        return f"{name} has a way around it: what lies behind it stays with the grid when it opens."
    if topology.node_energised[inner]:
        return f"The grid's own source feeds both sides of {name}: a microgrid must not hold the main source."
    if not topology.node_energised[outer]:
        return f"No source feeds {name} in the normal state: choose a switch on the way from the grid to the part."
    return ""


def _part(network: AssembledNetwork, topology: Topology, inner: int, outer: int) -> Part:
    nodes = _nodes_with(topology, inner)
    inside = np.zeros(network.network.n_nodes, np.bool_)
    inside[nodes] = True
    injections = np.flatnonzero(inside[network.network.injection_node]).astype(np.int32)
    part = Part(nodes, injections, int(network.node.customers[nodes].sum()), inner, outer)
    if batteries_of(network, part):
        return part
    why = "It holds no battery that could form the grid: choose a switch nearer to the grid, or build a battery there."
    return Part(nodes, injections, part.customers, inner, outer, why)


def _nodes_with(topology: Topology, node: int) -> IntArray:
    island = topology.island_of_node
    return np.flatnonzero(island == island[node]).astype(np.int32)
