"""What can move the voltage of some nodes: tap changers on their way to the source, capacitors there, plants.

A capacitor is switched as a whole, by the one switch that joins it to the network.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.choices.proposal import StepQuantity
from apps.optimization.adapters.candidates import nearest_plants
from apps.optimization.adapters.tree import Tree
from gridops.engine.network.model import IntArray
from gridops.engine.network.topology import Topology


@dataclass(frozen=True, slots=True)
class Bank:
    switch: int
    node: int  # where the switch joins it to the network
    kvar: float  # at 1 pu, into the network
    shunts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Devices:
    transformers: IntArray
    banks: tuple[Bank, ...]
    plants: IntArray  # injections


def banks_of(network: AssembledNetwork, operable: Collection[str]) -> tuple[Bank, ...]:
    """Capacitors that stand alone behind a switch that may be operated under load."""
    arrays = network.network
    lines, units, switches = arrays.lines, arrays.transformers, arrays.switches
    ends = [lines.from_node, lines.to_node, units.high_node, units.low_node, switches.from_node, switches.to_node]
    touched = np.bincount(np.concatenate([*ends, arrays.source_node, arrays.injection_node]), minlength=arrays.n_nodes)
    found = [_bank(network, at, operable) for at in np.unique(arrays.shunts.node).tolist() if touched[at] == 1]
    return tuple(bank for bank in found if bank is not None)


def _bank(network: AssembledNetwork, node: int, operable: Collection[str]) -> Bank | None:
    """What touches the node but its shunts is one thing; a bank if that is such a switch."""
    arrays, switches = network.network, network.network.switches
    own = np.flatnonzero((switches.from_node == node) | (switches.to_node == node)).tolist()
    shunts = np.flatnonzero(arrays.shunts.node == node)
    kvar = float(arrays.shunts.q_kvar[shunts].sum())
    if len(own) != 1 or kvar <= 0 or arrays.shunts.p_kw[shunts].any():
        return None
    if network.switches.mrid[own[0]] not in operable:
        return None
    other = int(switches.from_node[own[0]] + switches.to_node[own[0]] - node)
    return Bank(own[0], other, kvar, tuple(shunts.tolist()))


def on_the_way(network: AssembledNetwork, topology: Topology, nodes: IntArray) -> IntArray:
    """These nodes and the buses between them and their sources."""
    above = Tree.of(network.network, topology.switch_closed).above(nodes)
    return np.unique(np.concatenate([nodes, network.node.bus[np.array(sorted(above), np.intp)]])).astype(np.int32)


def tap_changers(network: AssembledNetwork, topology: Topology, above: Collection[int]) -> IntArray:
    """Transformers that regulate and feed the bus of one of these nodes; those in parallel are among them."""
    units = network.network.transformers
    can = network.is_regulating & (units.tap_max > units.tap_min) & (units.tap_step_percent > 0)
    buses = topology.bus_of_node[np.array(sorted(above), np.intp)]
    can &= np.isin(topology.bus_of_node[units.low_node], buses) & topology.node_energised[units.low_node]
    return np.flatnonzero(can).astype(np.int32)


def devices_of(
    network: AssembledNetwork,
    topology: Topology,
    nodes: IntArray,
    *,
    operable: Collection[str],
    may: Callable[[str, StepQuantity], bool],
    most_plants: int,
    only_own: bool = True,
) -> Devices:
    """operable: mRIDs of switches that can be operated under load. may: whether a device takes such a step.

    Of plants the nearest to the nodes, `most_plants`; only_own: none but those at the nodes. A bank belongs to the
    nodes where it hangs on their way, or on themselves.
    """
    tree = Tree.of(network.network, topology.switch_closed)
    above = tree.above(nodes)
    units, plants = network.transformers.mrid, network.injections.mrid
    buses = set(topology.bus_of_node[np.array(sorted(above), np.intp)].tolist())
    banks = [bank for bank in banks_of(network, operable) if int(topology.bus_of_node[bank.node]) in buses]
    taps = [at for at in tap_changers(network, topology, above).tolist() if may(units[at], StepQuantity.TAP_POSITION)]
    own = np.isin(network.node.bus[network.network.injection_node], nodes) | (not only_own)
    near = [at for at in nearest_plants(network, nodes, tree) if own[at]] if most_plants else []
    near = [at for at in near if may(plants[at], StepQuantity.REACTIVE_POWER)]
    return Devices(np.array(taps, np.int32), tuple(banks), np.array(sorted(near[:most_plants]), np.int32))
