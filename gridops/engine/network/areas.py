"""A network cut at its metered main transformers into areas, and groups of areas as networks of their own.

An area is what hangs together when those transformers are taken away. In a part (`extract`) each of them is there with
both its ends: seen from below its high end is a source of unknown power, seen from above its low end an unknown
injection. The meters at the transformer are thus what joins the parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

import numpy as np

from gridops.engine.network.model import BoolArray, IntArray, Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import Topology, components

OUTSIDE = -1


@dataclass(frozen=True, slots=True)
class Areas:
    """Numbered from 0 by their first node."""

    of_node: IntArray
    is_boundary: BoolArray  # per transformer; it belongs to the area of its low node
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """A network of its own, and the positions of its elements in the whole one."""

    network: Network
    nodes: IntArray
    lines: IntArray
    transformers: IntArray
    switches: IntArray
    sources: IntArray  # OUTSIDE: a live high end of a boundary transformer that is fed from elsewhere
    injections: IntArray  # OUTSIDE: a low end of a boundary transformer; what hangs below it
    is_own_node: BoolArray
    is_own_transformer: BoolArray


def find_areas(network: Network, switch_closed: BoolArray, may_cut: BoolArray) -> Areas:
    """Areas at the given switch positions, which should be the normal ones.

    may_cut: per transformer. One that others bypass is no boundary. What has no source and hangs on no boundary
    belongs to what it can be switched to.
    """
    part = _parts(network, switch_closed, ~may_cut)
    t = network.transformers
    boundary = may_cut & (part[t.high_node] != part[t.low_node])
    has_feed = np.zeros(int(part.max(initial=-1)) + 1, np.bool_)
    has_feed[part[network.source_node]] = True
    has_feed[part[t.high_node[boundary]]] = has_feed[part[t.low_node[boundary]]] = True
    label = _adopted(part[network.switches.from_node], part[network.switches.to_node], has_feed)
    _, first, number = np.unique(label[part], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))
    return Areas(rank[number].astype(np.int32), boundary, len(first))


def groups(network: Network, areas: Areas, switch_closed: BoolArray) -> list[list[int]]:
    """Areas that closed switches join now: each group is ascending, and its first area speaks for it."""
    closed, switches = switch_closed, network.switches
    a, b = areas.of_node[switches.from_node[closed]], areas.of_node[switches.to_node[closed]]
    count, label = components(areas.count, a, b)
    return [np.flatnonzero(label == group).tolist() for group in range(count)]


def extract(network: Network, areas: Areas, members: Sequence[int], topology: Topology) -> Part:
    """The part of these areas, at the present topology of the whole network."""
    own = np.isin(areas.of_node, members)
    t = network.transformers
    own_low, own_high = own[t.low_node], own[t.high_node]
    infeed = np.unique(t.high_node[areas.is_boundary & own_low & ~own_high])
    infeed = infeed[_fed_from_outside(network, own, topology.switch_closed)[infeed]]
    outlet = np.unique(t.low_node[areas.is_boundary & own_high & ~own_low])
    inside = own.copy()
    inside[t.high_node[own_low]] = inside[t.low_node[own_high]] = True
    # Busbars of the other end with their voltmeters.
    inside |= np.isin(topology.bus_of_node, topology.bus_of_node[np.concatenate([infeed, outlet])])
    nodes = np.flatnonzero(inside).astype(np.int32)
    at = np.full(network.n_nodes, OUTSIDE, np.int32)
    at[nodes] = np.arange(len(nodes))
    lines = _where(own[network.lines.from_node] & own[network.lines.to_node])
    transformers = _where(own_low | own_high)
    switches = _where(inside[network.switches.from_node] & inside[network.switches.to_node])
    shunts, sources = _where(own[network.shunts.node]), _where(own[network.source_node])
    injections = _where(own[network.injection_node])
    part = Network(
        nominal_kv=network.nominal_kv[nodes],
        lines=_ends(_picked(network.lines, lines), at),
        transformers=_ends(_picked(t, transformers), at),
        switches=_ends(_picked(network.switches, switches), at),
        shunts=_ends(_picked(network.shunts, shunts), at),
        source_node=at[np.concatenate([network.source_node[sources], infeed])],
        injection_node=at[np.concatenate([network.injection_node[injections], outlet])],
    )
    return Part(
        network=part,
        nodes=nodes,
        lines=lines,
        transformers=transformers,
        switches=switches,
        sources=np.concatenate([sources, np.full(len(infeed), OUTSIDE, np.int32)]),
        injections=np.concatenate([injections, np.full(len(outlet), OUTSIDE, np.int32)]),
        is_own_node=own[nodes],
        is_own_transformer=own_low[transformers],
    )


def _parts(network: Network, switch_closed: BoolArray, transformer_joins: BoolArray) -> IntArray:
    """Per node: what lines, closed switches and these transformers join."""
    lines, t, switches = network.lines, network.transformers, network.switches
    a = [lines.from_node, t.high_node[transformer_joins], switches.from_node[switch_closed]]
    b = [lines.to_node, t.low_node[transformer_joins], switches.to_node[switch_closed]]
    return components(network.n_nodes, np.concatenate(a), np.concatenate(b))[1]


def _adopted(a: IntArray, b: IntArray, has_feed: BoolArray) -> IntArray:
    """Per part its label; those without a feed take the lowest label they can reach over switches."""
    label, at_home = np.arange(len(has_feed), dtype=np.int32), has_feed.copy()
    near, far = np.concatenate([a, b]), np.concatenate([b, a])
    while True:
        found = ~at_home[near] & at_home[far]
        if not found.any():
            return label
        wanted = np.full(len(label), len(label))
        np.minimum.at(wanted, near[found], label[far[found]])
        new = wanted < len(label)
        label[new] = wanted[new]
        at_home |= new


def _fed_from_outside(network: Network, own: BoolArray, switch_closed: BoolArray) -> BoolArray:
    """Per node: live by sources and ways that touch none of our own nodes."""
    pairs = [
        (network.lines.from_node, network.lines.to_node),
        (network.transformers.high_node, network.transformers.low_node),
        (network.switches.from_node[switch_closed], network.switches.to_node[switch_closed]),
    ]
    kept = [(a[free], b[free]) for a, b in pairs for free in [~own[a] & ~own[b]]]
    _, part = components(network.n_nodes, *(np.concatenate(ends) for ends in zip(*kept, strict=True)))
    sources = network.source_node[~own[network.source_node]]
    return np.asarray(np.isin(part, part[sources]), np.bool_)


def _where(flags: BoolArray) -> IntArray:
    return np.flatnonzero(flags).astype(np.int32)


Elements = TypeVar("Elements", Lines, Transformers, Switches, Shunts)


def _picked(elements: Elements, which: IntArray) -> Elements:
    return replace(elements, **{column.name: getattr(elements, column.name)[which] for column in fields(elements)})


def _ends(elements: Elements, at: IntArray) -> Elements:
    names = [column.name for column in fields(elements) if column.name == "node" or column.name.endswith("_node")]
    return replace(elements, **{name: at[getattr(elements, name)] for name in names})
