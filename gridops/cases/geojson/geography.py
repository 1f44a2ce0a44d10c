"""Places for the equipment of a network from another source: `?geography=FILE` after its name.

A feature speaks of what has its identity (id or property 'mrid') or, failing that, its name: points of nodes and
substations, lines of lines.
"""

from collections import ChainMap, Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gridops.cases.case import Line, NetworkCase, Problem, Severity
from gridops.cases.errors import CaseError
from gridops.cases.geojson.document import Feature, Place, features
from gridops.cases.geojson.measure import length_km, swapped
from gridops.cases.layout import placed
from gridops.cases.places import spread

_SHOWN: Final = 3


@dataclass(slots=True)
class _Match:
    nodes: dict[str, Place] = field(default_factory=dict)
    paths: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)


def applied(case: NetworkCase, path: Path) -> NetworkCase:
    """The case at the places of the file. Raises CaseError when no feature speaks of anything in the case."""
    match = _matched(case, features(path))
    known = {**_line_ends(case, match), **match.nodes}
    if not known:
        text = "speaks of nothing in this network: features need the mrid or the name of a node, substation or line"
        raise CaseError(path.name, text)
    problems = list(_strangers(path, match))
    found = spread(case, known)
    if found is None:
        text = "has places for parts of the network only that are not joined to the rest; the whole drawing is computed"
        problems.append(Problem(Severity.WARNING, "geography", path.name, text))
        return placed(replace(case, problems=(*case.problems, *problems)))
    nodes = tuple(replace(n, longitude=found[n.mrid][0], latitude=found[n.mrid][1]) for n in case.nodes)
    lines = tuple(_along(line, match.paths.get(line.mrid, ()), found) for line in case.lines)
    doubt = swapped(lines)
    problems += [doubt] if doubt else []
    unplaced = sum(not node.is_terminal and node.mrid not in known for node in case.nodes)
    if unplaced:
        text = f"has no place for {unplaced} of the nodes; they lie at the middle of their neighbours"
        problems.append(Problem(Severity.INFO, "geography", path.name, text))
    return replace(case, nodes=nodes, lines=lines, schematic=False, problems=(*case.problems, *problems))


def _matched(case: NetworkCase, found: Sequence[Feature]) -> _Match:
    node, line = _Index(case.nodes), _Index(case.lines)
    inside: dict[str, list[str]] = defaultdict(list)
    for each in case.nodes:
        inside[each.substation].append(each.mrid)
    inside.pop("", None)
    named = {each.mrid: each.name for each in case.substations}
    match = _Match()
    for feature in found:
        station = named.get(feature.identity.lower(), feature.name)
        if len(feature.points) == 1 and (own := node.find(feature)):
            match.nodes[own] = feature.points[0]
        elif len(feature.points) == 1 and station in inside:
            for mrid in inside[station]:
                match.nodes.setdefault(mrid, feature.points[0])
        elif len(feature.points) > 1 and (own := line.find(feature)):
            match.paths[own] = feature.points
        else:
            match.strangers.append(feature.label)
    return match


class _Index:
    """Elements by identity, and by name where the name is unique."""

    def __init__(self, elements: Iterable[Any]) -> None:
        rows = list(elements)
        counts = Counter(each.name for each in rows)
        self._identities = {each.mrid for each in rows}
        self._names: dict[str, str] = {each.name: each.mrid for each in rows if counts[each.name] == 1}

    def find(self, feature: Feature) -> str:
        identity = feature.identity.lower().removeprefix("_")
        if identity in self._identities:
            return identity
        return self._names.get(feature.name) or self._names.get(feature.identity, "")


def _line_ends(case: NetworkCase, match: _Match) -> dict[str, Place]:
    """Places of nodes by the ends of the lines at them, for a file that draws lines only."""
    found: dict[str, Place] = {}
    known = ChainMap(match.nodes, found)
    for line in case.lines:
        path = match.paths.get(line.mrid)
        if path:
            first, last = path[0], path[-1]
            off = _off(known.get(line.from_node), first) + _off(known.get(line.to_node), last)
            if off > _off(known.get(line.from_node), last) + _off(known.get(line.to_node), first):
                first, last = last, first
            found.setdefault(line.from_node, first)
            found.setdefault(line.to_node, last)
    return found


def _off(place: Place | None, end: Place) -> float:
    return length_km([place, end]) if place is not None else 0.0


def _along(line: Line, path: tuple[Place, ...], at: dict[str, Place]) -> Line:
    """The line with its course, turned to begin at its from_node."""
    if not path:
        return line
    start, end = at[line.from_node], at[line.to_node]
    ahead = length_km([start, path[0]]) + length_km([path[-1], end])
    behind = length_km([start, path[-1]]) + length_km([path[0], end])
    return replace(line, path=path if ahead <= behind else path[::-1])


def _strangers(path: Path, match: _Match) -> Iterable[Problem]:
    if match.strangers:
        shown = ", ".join(match.strangers[:_SHOWN])
        text = (
            f"has {len(match.strangers)} features that speak of nothing in this network, as {shown}; they are ignored"
        )
        yield Problem(Severity.WARNING, "geography", path.name, text)
