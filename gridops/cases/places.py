"""Places that a file knows for some nodes, carried to the others."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import fmean

from gridops.cases.case import NetworkCase
from gridops.cases.layout import buses

Place = tuple[float, float]


def spread(case: NetworkCase, known: Mapping[str, Place]) -> dict[str, Place] | None:
    """Longitude and latitude of all nodes; None when some have no neighbour with a place.

    A terminal node lies on its bus; any other unknown one at the mean of its known neighbours.
    """
    bus, neighbours = buses(case), _neighbours(case)
    found = dict(known)
    missing = [node.mrid for node in case.nodes if node.mrid not in found]
    while missing:
        ready: dict[str, Place] = {}
        for node in missing:
            near = [found[bus[node]]] if bus[node] in found else [found[n] for n in neighbours[node] if n in found]
            if near:
                ready[node] = (fmean(x for x, _ in near), fmean(y for _, y in near))
        if not ready:
            return None
        found |= ready
        missing = [node for node in missing if node not in ready]
    return found


def _neighbours(case: NetworkCase) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    pairs = [(line.from_node, line.to_node) for line in case.lines]
    pairs += [(switch.from_node, switch.to_node) for switch in case.switches]
    pairs += [(each.high_node, each.low_node) for each in case.transformers]
    for one, other in pairs:
        found[one].append(other)
        found[other].append(one)
    return found
