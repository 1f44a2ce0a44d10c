"""Which nodes are mere ends of branches, and switches in the order from the buses outward."""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import replace

from gridops.cases.case import Switch
from gridops.cases.cgmes.yard import BRANCHES, SWITCHES, Yard


def mark_terminal_nodes(found: Yard) -> None:
    """Bare nodes behind switches belong to the nearest bus; switches are sorted from the buses outward."""
    if not found.node_breaker:
        return
    by_mrid = {node.mrid: identity for identity, node in found.nodes.items()}
    bare = set(by_mrid) - {found.nodes[identity].mrid for identity in _occupied(found)}
    if not found.nodes.keys() - {by_mrid[each] for each in bare}:
        return
    depth = _depths(found.switches, set(by_mrid) - bare)
    for mrid in bare & depth.keys():
        found.nodes[by_mrid[mrid]] = replace(found.nodes[by_mrid[mrid]], is_terminal=True)
    far = len(by_mrid) + 1
    oriented = [
        each if depth.get(each.from_node, far) <= depth.get(each.to_node, far)
        else replace(each, from_node=each.to_node, to_node=each.from_node)
        for each in found.switches
    ]  # fmt: skip
    found.switches = sorted(oriented, key=lambda each: (depth.get(each.from_node, far), not each.closed))


def _occupied(found: Yard) -> Iterator[str]:
    """Nodes with a busbar or something that feeds or draws power."""
    plain = SWITCHES.keys() | BRANCHES | {"Junction", "Connector"}
    for equipment, terminals in found.terminals.items():
        thing = found.model.get(equipment)
        if thing is not None and thing.kind not in plain:
            yield from (each.node for each in terminals if each.node)


def _depths(switches: Iterable[Switch], roots: set[str]) -> dict[str, int]:
    """Number of switches between a bus and each node, over closed switches first, then over any."""
    ways: dict[bool, dict[str, list[str]]] = {True: defaultdict(list), False: defaultdict(list)}
    for each in switches:
        for closed in {each.closed, False}:
            ways[closed][each.from_node].append(each.to_node)
            ways[closed][each.to_node].append(each.from_node)
    depth = dict.fromkeys(roots, 0)
    for closed in (True, False):
        waiting = deque(sorted(depth, key=depth.__getitem__))
        while waiting:
            at = waiting.popleft()
            for neighbour in ways[closed][at]:
                if neighbour not in depth:
                    depth[neighbour] = depth[at] + 1
                    waiting.append(neighbour)
    return depth
