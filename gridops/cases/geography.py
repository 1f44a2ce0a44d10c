"""Are a file's coordinates places on Earth, or a drawing?"""

import math
from dataclasses import replace
from statistics import median
from typing import Final

from gridops.cases.case import NetworkCase, Node, Problem, Severity

_DRAWING_DEG: Final = 0.05
_KM_PER_DEGREE: Final = 111.2
_FARTHEST: Final = 3.0  # a line this many times shorter than the distance between its ends is not on Earth


def settled(case: NetworkCase) -> NetworkCase:
    """The case itself when its coordinates are geographic; else the drawing, shrunk and marked as schematic.

    Coordinates that are no degrees, or that lie much farther apart than the lines between them are long, are a drawing.
    """
    if case.schematic or _on_earth(case):
        return case
    longitudes, latitudes = [n.longitude for n in case.nodes], [n.latitude for n in case.nodes]
    size = max(max(longitudes) - min(longitudes), max(latitudes) - min(latitudes)) or 1.0
    middle = (median((min(longitudes), max(longitudes))), median((min(latitudes), max(latitudes))))
    scale = 2 * _DRAWING_DEG / size
    nodes = tuple(
        replace(n, longitude=(n.longitude - middle[0]) * scale, latitude=(n.latitude - middle[1]) * scale)
        for n in case.nodes
    )
    text = "the coordinates do not fit the lengths of the lines; they are drawn as a scheme, not as places"
    problem = Problem(Severity.INFO, "schematic", case.name, text)
    return replace(case, nodes=nodes, schematic=True, problems=(*case.problems, problem))


def _on_earth(case: NetworkCase) -> bool:
    if any(abs(node.longitude) > 180 or abs(node.latitude) > 85 for node in case.nodes):
        return False
    at = {node.mrid: node for node in case.nodes}
    ratios = [
        _distance_km(at[line.from_node], at[line.to_node]) / line.length_km
        for line in case.lines
        if line.length_km > 0 and line.from_node in at and line.to_node in at
    ]
    return not ratios or median(ratios) < _FARTHEST


def _distance_km(one: Node, other: Node) -> float:
    """Flat-Earth distance, close enough for one city."""
    east = (one.longitude - other.longitude) * math.cos(math.radians(one.latitude))
    return _KM_PER_DEGREE * math.hypot(east, one.latitude - other.latitude)
