"""The network as sections: what hangs together when every switch that may be operated is open.

A section is energised as a whole or not at all. Island sources stand behind switches of their own, after those of the
network, so that a plan closes them like any other switch and never beside another source.
"""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network, Switches
from gridops.engine.network.topology import components
from gridops.engine.reliability.restoration.problem import FaultedGrid, IslandSources

SOURCE_PU = 1.0  # voltage that an island source holds
_ROOMY_PU = (0.0, 10.0)


@dataclass(frozen=True, slots=True)
class Sections:
    """Arrays by section, or by switch (`end_a`, `end_b`, `operable`), as named. The grid has its islands' switches."""

    grid: FaultedGrid
    islands: IslandSources
    of_node: IntArray
    end_a: IntArray  # per switch, the section at its first node
    end_b: IntArray
    operable: BoolArray  # per switch; what joins a section with itself is not
    faulted: BoolArray
    source: BoolArray
    customers: IntArray
    weight: FloatArray  # of a minute of all its customers
    load_kw: FloatArray  # consumption of the first hour
    net_kw: FloatArray  # all that is injected, without sign, in all hours

    @property
    def count(self) -> int:
        return len(self.faulted)

    @property
    def first_island(self) -> int:
        return len(self.operable) - len(self.islands)

    def groups(self, closed: BoolArray) -> IntArray:
        """What each section hangs together with, by a number."""
        joined = self.operable & closed
        return components(self.count, self.end_a[joined], self.end_b[joined])[1]

    def live(self, closed: BoolArray) -> BoolArray:
        group = self.groups(closed)
        fed = np.zeros(group.max(initial=-1) + 1, np.bool_)
        fed[group[self.source]] = True
        return np.asarray(fed[group], np.bool_)

    def at_fault(self) -> BoolArray:
        """(switches,) that stand between a faulted section and another."""
        return np.asarray(self.operable & (self.faulted[self.end_a] != self.faulted[self.end_b]), np.bool_)

    def other_end(self, switch: int, section: int) -> int:
        return int(self.end_b[switch] if self.end_a[switch] == section else self.end_a[switch])


def sections_of(grid: FaultedGrid) -> Sections:
    """What is looped today stays looped: its switches are not operated."""
    wide = with_islands(grid)
    found = _cut(wide, grid.islands, wide.can_operate)
    looped = _on_loops(found, wide.switch_closed)
    return _cut(wide, grid.islands, wide.can_operate & ~looped) if looped.any() else found


def coarse(sections: Sections) -> Sections:
    """For planning: of the two closed switches of a section without load between two others, one is enough.

    The slower one is not operated. What can be restored, and by how many operations, stays the same.
    """
    operable, closed = sections.operable.copy(), sections.grid.switch_closed
    degree = np.bincount(sections.end_a[operable], minlength=sections.count)
    degree = degree + np.bincount(sections.end_b[operable], minlength=sections.count)
    idle = (degree <= 2) & ~sections.faulted & ~sections.source & (sections.weight == 0) & (sections.load_kw == 0)
    idle &= np.abs(sections.net_kw) == 0
    for section in np.flatnonzero(idle).tolist():
        own = np.flatnonzero(operable & closed & ((sections.end_a == section) | (sections.end_b == section)))
        if len(own):
            operable[own[np.argmax(sections.grid.seconds[own])]] = False
    return _cut(sections.grid, sections.islands, operable)


def with_islands(grid: FaultedGrid) -> FaultedGrid:
    """Every island source as a node with a source, and an open switch to where it stands."""
    network, islands = grid.network, grid.islands
    if not len(islands):
        return grid
    count, old = len(islands), network.n_nodes
    new = np.arange(old, old + count, dtype=np.int32)
    switches = Switches(_joined(network.switches.from_node, islands.node), _joined(network.switches.to_node, new))
    wider = replace(
        network,
        nominal_kv=np.concatenate([network.nominal_kv, network.nominal_kv[islands.node]]),
        switches=switches,
        source_node=_joined(network.source_node, new),
    )
    off, on = np.zeros(count, np.bool_), np.ones(count, np.bool_)
    before = grid.closed_before
    return replace(
        grid,
        network=wider,
        switch_closed=np.concatenate([grid.switch_closed, off]),
        source_voltage_pu=np.concatenate([grid.source_voltage_pu, np.full(count, SOURCE_PU)]),
        can_operate=np.concatenate([grid.can_operate, on]),
        seconds=np.concatenate([grid.seconds, islands.seconds]),
        low_pu=np.concatenate([grid.low_pu, np.full(count, _ROOMY_PU[0])]),
        high_pu=np.concatenate([grid.high_pu, np.full(count, _ROOMY_PU[1])]),
        closed_before=None if before is None else np.concatenate([before, off]),
    )


def _cut(grid: FaultedGrid, islands: IslandSources, operable: BoolArray) -> Sections:
    network = grid.network
    count, of_node = components(network.n_nodes, *_fixed_pairs(network, grid.switch_closed & ~operable))
    a, b = of_node[network.switches.from_node], of_node[network.switches.to_node]
    lines, faulted, source = network.lines, np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    faulted[of_node[lines.from_node[grid.faulted_lines]]] = True
    faulted[of_node[lines.to_node[grid.faulted_lines]]] = True
    faulted[of_node[grid.faulted_nodes]] = True
    source[of_node[network.source_node]] = True
    at = of_node[network.injection_node]
    return Sections(
        grid=grid,
        islands=islands,
        of_node=of_node,
        end_a=a,
        end_b=b,
        operable=np.asarray(operable & (a != b), np.bool_),
        faulted=faulted,
        source=source,
        customers=np.bincount(at, grid.customers, count).round().astype(np.int32),
        weight=np.asarray(np.bincount(at, grid.customers * grid.weight, count), np.float64),
        load_kw=np.asarray(np.bincount(at, np.maximum(-grid.p_kw[0], 0.0), count), np.float64),
        net_kw=np.asarray(np.bincount(at, np.abs(grid.p_kw).sum(axis=0), count), np.float64),
    )


def _fixed_pairs(network: Network, closed: BoolArray) -> tuple[IntArray, IntArray]:
    s, lines, units = network.switches, network.lines, network.transformers
    return (
        np.concatenate([s.from_node[closed], lines.from_node, units.high_node]),
        np.concatenate([s.to_node[closed], lines.to_node, units.low_node]),
    )


def _on_loops(sections: Sections, closed: BoolArray) -> BoolArray:
    """(switches,) closed ones on a loop of live sections, or between two; sources count as joined to each other."""
    live, edge = sections.live(closed), sections.operable & closed
    left = edge & live[sections.end_a] & live[sections.end_b]
    anchored = sections.source if sections.source.sum() > 1 else np.zeros(sections.count, np.bool_)
    while True:
        degree = np.bincount(sections.end_a[left], minlength=sections.count)
        degree = degree + np.bincount(sections.end_b[left], minlength=sections.count) + 2 * anchored
        ends = left & ((degree[sections.end_a] == 1) | (degree[sections.end_b] == 1))
        if not ends.any():
            break
        left &= ~ends
    if sections.source.sum() > 1:
        left &= _joins_sources(sections, left)
    return np.asarray(left, np.bool_)


def _joins_sources(sections: Sections, left: BoolArray) -> BoolArray:
    """What is left between a source and nothing else is no loop."""
    group = components(sections.count, sections.end_a[left], sections.end_b[left])[1]
    size = np.bincount(group)
    edges = np.bincount(group[sections.end_a[left]], minlength=len(size))
    sources = np.bincount(group[sections.source], minlength=len(size))
    looped = (sources > 1) | (edges >= size)
    return np.asarray(looped[group[sections.end_a]], np.bool_)


def _joined(one: IntArray, other: IntArray) -> IntArray:
    return np.concatenate([one, other]).astype(np.int32)
