"""Coordinates for a network that has none: a tree from the source, drawn outward, marked as schematic."""

import math
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gridops.cases.case import NetworkCase

_RADIUS_DEG: Final = 0.05  # the whole drawing fits in about 10 km around longitude 0, latitude 0
_CENTRE: Final = ""  # above all roots


def placed(case: NetworkCase) -> NetworkCase:
    """The same case with computed coordinates on every node; a terminal node lies on its bus."""
    bus = buses(case)
    places = _tree(case, bus)
    nodes = tuple(
        replace(node, longitude=places[bus[node.mrid]][0], latitude=places[bus[node.mrid]][1]) for node in case.nodes
    )
    return replace(case, nodes=nodes, schematic=True)


def buses(case: NetworkCase) -> dict[str, str]:
    """For every node its bus: itself, or for a terminal node the bus behind its switches."""
    terminal = {node.mrid for node in case.nodes if node.is_terminal}
    found = {node.mrid: node.mrid for node in case.nodes}
    for switch in case.switches:  # switches in series are listed from the bus outward
        one, other = switch.from_node, switch.to_node
        if other in terminal and found[other] == other and one in found:
            found[other] = found[one]
        elif one in terminal and found[one] == one and other in found:
            found[one] = found[other]
    return found


def _tree(case: NetworkCase, bus: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Every bus at the angle of the middle of its leaves and at the distance of its depth."""
    order, parent = _breadth_first(
        _neighbours(case, bus), [*(source.node for source in case.sources), *bus.values()], bus
    )
    children: dict[str, list[str]] = defaultdict(list)
    for node in order:
        children[parent[node]].append(node)
    leaves: dict[str, int] = {}
    for node in reversed(order):
        leaves[node] = sum(leaves[child] for child in children[node]) or 1
    total = sum(leaves[root] for root in children[_CENTRE]) or 1
    start, depth = {_CENTRE: 0.0}, {_CENTRE: -1 if len(children[_CENTRE]) == 1 else 0}
    for node in [_CENTRE, *order]:
        at = start[node]
        for child in children[node]:
            start[child], depth[child] = at, depth[node] + 1
            at += leaves[child] / total
    unit = _RADIUS_DEG / (max(depth.values()) or 1)
    middle = {node: 2 * math.pi * (start[node] + leaves[node] / total / 2) for node in order}
    return {
        node: (unit * depth[node] * math.cos(middle[node]), unit * depth[node] * math.sin(middle[node]))
        for node in order
    }


def _neighbours(case: NetworkCase, bus: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    open_ends = {switch.to_node for switch in case.switches if not switch.closed}
    pairs = [(line.from_node, line.to_node) for line in case.lines]
    pairs += [(transformer.high_node, transformer.low_node) for transformer in case.transformers]
    pairs = [pair for pair in pairs if open_ends.isdisjoint(pair)]
    pairs += [(switch.from_node, switch.to_node) for switch in case.switches if switch.closed]
    for one, other in pairs:
        if one in bus and other in bus and bus[one] != bus[other]:
            found[bus[one]].append(bus[other])
            found[bus[other]].append(bus[one])
    return found


def _breadth_first(
    neighbours: dict[str, list[str]], roots: Iterable[str], bus: dict[str, str]
) -> tuple[list[str], dict[str, str]]:
    """Buses in the order of their distance, and the bus before each."""
    order: list[str] = []
    parent: dict[str, str] = {}
    for root in roots:
        if root not in bus or bus[root] in parent:
            continue
        parent[bus[root]] = _CENTRE
        waiting = deque([bus[root]])
        while waiting:
            node = waiting.popleft()
            order.append(node)
            for neighbour in neighbours[node]:
                if neighbour not in parent:
                    parent[neighbour] = node
                    waiting.append(neighbour)
    return order, parent
