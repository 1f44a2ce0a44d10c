"""What protection does about a fault in a network of a file, and where its switches are."""

from collections import deque
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from apps.assets.adapters.case_network import CaseNetwork
from gridops.cases.case import SwitchKind
from gridops.engine.network.model import Switches
from gridops.engine.network.topology import resolve

TRIPS = frozenset({SwitchKind.BREAKER, SwitchKind.RECLOSER})
_MOST_TRIPS = 20

BoolArray = npt.NDArray[np.bool_]


class CannotRestore(Exception):
    """The sentence says what is missing."""


def tripped(here: CaseNetwork, line: int, name: str) -> tuple[int, ...]:
    """Breakers nearest to the fault on every way to it; where a way has none, its first switch."""
    trips = np.zeros(len(here.switch_closed), np.bool_)
    kinds = [switch.kind in TRIPS for switch in here.case.switches]
    trips[: len(kinds)] = kinds
    closed, opened = here.switch_closed.copy(), list[int]()
    ends = here.network.lines.from_node[line], here.network.lines.to_node[line]
    while resolve(here.network, closed).node_energised[list(ends)].any():
        way = _way(here, closed, line)
        nearest = next((switch for switch in way if trips[switch]), way[-1] if way else None)
        if nearest is None or len(opened) >= _MOST_TRIPS:
            raise CannotRestore(f"No switch lies between the source and {name}: nothing can be parted from the fault.")
        closed[nearest] = False
        opened.append(nearest)
    return tuple(opened)


def _way(here: CaseNetwork, closed: BoolArray, line: int) -> list[int]:
    """Closed switches between the line and a source, the nearest to the line first."""
    network, beyond = here.network, dict[int, list[tuple[int, int]]]()
    s, lines, units = network.switches, network.lines, network.transformers
    pairs = [(int(s.from_node[at]), int(s.to_node[at]), int(at)) for at in np.flatnonzero(closed)]
    pairs += [(int(a), int(b), -1) for a, b in zip(lines.from_node, lines.to_node, strict=True)]
    pairs += [(int(a), int(b), -1) for a, b in zip(units.high_node, units.low_node, strict=True)]
    for a, b, switch in pairs:
        beyond.setdefault(a, []).append((b, switch))
        beyond.setdefault(b, []).append((a, switch))
    sources = set(network.source_node.tolist())
    start = [int(lines.from_node[line]), int(lines.to_node[line])]
    came: dict[int, tuple[int, int]] = {node: (-1, -1) for node in start}
    waiting = deque(start)
    while waiting:
        node = waiting.popleft()
        if node in sources:
            return _traced(came, node)
        for other, switch in beyond.get(node, []):
            if other not in came:
                came[other] = (node, switch)
                waiting.append(other)
    return []


def _traced(came: dict[int, tuple[int, int]], node: int) -> list[int]:
    found = []
    while came[node][0] >= 0:
        node, switch = came[node]
        if switch >= 0:
            found.append(switch)
    return found[::-1]


def with_end_switches(here: CaseNetwork) -> CaseNetwork:
    """A closed switch at every end of a line that has none; these ends are nodes of their own, after the case's."""
    network, lines = here.network, here.network.lines
    terminal = np.array([node.is_terminal for node in here.case.nodes], np.bool_)
    from_node, to_node, old = lines.from_node.copy(), lines.to_node.copy(), list[int]()
    for ends in (from_node, to_node):
        bare = np.flatnonzero(~terminal[ends])
        new = network.n_nodes + len(old) + np.arange(len(bare))
        old.extend(ends[bare].tolist())
        ends[bare] = new
    before, added = np.array(old, np.int32), np.arange(len(old), dtype=np.int32) + network.n_nodes
    on = np.ones(len(old), np.bool_)
    switches = network.switches
    return replace(
        here,
        network=replace(
            network,
            nominal_kv=np.concatenate([network.nominal_kv, network.nominal_kv[before]]),
            lines=replace(lines, from_node=from_node, to_node=to_node),
            switches=Switches(
                np.concatenate([switches.from_node, before]).astype(np.int32),
                np.concatenate([switches.to_node, added]).astype(np.int32),
            ),
        ),
        switch_closed=np.concatenate([here.switch_closed, on]),
        switch_under_load=np.ones(len(here.switch_closed) + len(old), np.bool_),
        low_pu=np.concatenate([here.low_pu, here.low_pu[before]]),
        high_pu=np.concatenate([here.high_pu, here.high_pu[before]]),
    )
