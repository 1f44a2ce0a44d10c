"""Where things are: geographic locations (GL) first, else a diagram layout (DL), else nothing."""

import math
from collections import defaultdict
from dataclasses import replace
from statistics import fmean, median
from typing import Final

from gridops.cases.case import NetworkCase, Problem, Severity
from gridops.cases.cgmes.model import Model, mrid_of
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.yard import Yard
from gridops.cases.layout import placed
from gridops.cases.places import Place, spread

_DRAWING_DEG: Final = 0.05  # half the width of a diagram laid around longitude 0, latitude 0
_WGS84: Final = ("4326", "wgs84", "wgs 84", "crs84")


def located(case: NetworkCase, place: Yard) -> NetworkCase:
    """The case with the file's places on its nodes; what has none is put beside its neighbours."""
    model = place.model
    geographic = _geographic(model)
    paths, schematic = (geographic, False) if geographic else (_diagram(model), True)
    if not paths:
        return placed(case)
    known = _of_nodes(place, paths)
    if not known:
        return placed(case)
    found = spread(case, known)
    if found is None:
        text = "has coordinates for parts of the network only; the whole drawing is computed"
        return placed(replace(case, problems=(*case.problems, Problem(Severity.INFO, "layout", case.name, text))))
    nodes = tuple(replace(n, longitude=found[n.mrid][0], latitude=found[n.mrid][1]) for n in case.nodes)
    result = replace(case, nodes=nodes, schematic=schematic)
    lines = {mrid_of(thing): paths[thing.id] for thing in model.all("ACLineSegment") if thing.id in paths}
    result = replace(result, lines=tuple(replace(each, path=_path(lines.get(each.mrid, ()))) for each in case.lines))
    return _shrunk(result) if schematic else result


def _path(points: tuple[Place, ...] | list[Place]) -> tuple[Place, ...]:
    return tuple(points) if len(points) > 2 else ()


def _geographic(model: Model) -> dict[str, list[Place]]:
    points: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for point in model.all("PositionPoint"):
        at = (model.number(point, "PositionPoint.xPosition", math.nan),
              model.number(point, "PositionPoint.yPosition", math.nan))  # fmt: skip
        number = model.whole(point, "PositionPoint.sequenceNumber", 1)
        points[point.values.get("PositionPoint.Location", "")].append((number, at))
    found = {}
    for location in model.all("Location"):
        owner = location.values.get("Location.PowerSystemResources", "")
        system = model.ref(location, "Location.CoordinateSystem")
        urn = system.values.get("CoordinateSystem.crsUrn", "") if system is not None else ""
        if urn and not any(word in urn.lower() for word in _WGS84):
            text = f"is in the coordinate system {urn}; export the geographic file (GL) in WGS84 (EPSG:4326)"
            model.error("coordinate-system", location, text)
            continue
        places = [at for _, at in sorted(points.get(location.id, []))]
        if places and all(_is_on_earth(at) for at in places):
            found[owner] = places
        elif places:
            model.warn("off-earth", location.label, "has a position that is no longitude and latitude; left out")
    return found


def _is_on_earth(at: Place) -> bool:
    return abs(at[0]) <= 180 and abs(at[1]) <= 85


def _diagram(model: Model) -> dict[str, list[Place]]:
    points: dict[str, list[tuple[int, Place]]] = defaultdict(list)
    for point in model.all("DiagramObjectPoint"):
        at = (model.number(point, "DiagramObjectPoint.xPosition", math.nan),
              0.0 - model.number(point, "DiagramObjectPoint.yPosition", math.nan))  # fmt: skip
        number = model.whole(point, "DiagramObjectPoint.sequenceNumber", 1)
        if all(map(math.isfinite, at)):
            points[point.values.get("DiagramObjectPoint.DiagramObject", "")].append((number, at))
    first = min((thing.values.get("DiagramObject.Diagram", "") for thing in model.all("DiagramObject")), default="")
    return {
        thing.values.get("DiagramObject.IdentifiedObject", ""): [at for _, at in sorted(points[thing.id])]
        for thing in model.all("DiagramObject")
        if points.get(thing.id) and thing.values.get("DiagramObject.Diagram", "") == first
    }


def _of_nodes(place: Yard, paths: dict[str, list[Place]]) -> dict[str, Place]:
    """By mrid of the node: its own place, that of its busbar, its voltage level, its substation, or a line's end."""
    model = place.model
    bars, ends = _of_equipment(place, paths)
    found = {}
    for identity, node in place.nodes.items():
        thing = model.graph.things[identity]
        chain = _containers(model, thing)
        own = next((paths[each] for each in (identity, *bars.get(identity, ()), *chain) if each in paths), None)
        if own is not None:
            found[node.mrid] = (fmean(x for x, _ in own), fmean(y for _, y in own))
        elif identity in ends:
            found[node.mrid] = ends[identity]
    return found


def _of_equipment(place: Yard, paths: dict[str, list[Place]]) -> tuple[dict[str, list[str]], dict[str, Place]]:
    """Equipment of one terminal at each node, and where a line with a path ends at it."""
    at: dict[str, list[str]] = defaultdict(list)
    ends: dict[str, Place] = {}
    for equipment, terminals in place.terminals.items():
        if equipment not in paths:
            continue
        if len(terminals) == 1:
            at[terminals[0].node].append(equipment)
        elif len(paths[equipment]) > 1:
            ordered = sorted(terminals, key=lambda each: each.number)
            ends.setdefault(ordered[0].node, paths[equipment][0])
            ends.setdefault(ordered[-1].node, paths[equipment][-1])
    return at, ends


def _containers(model: Model, node: Thing) -> list[str]:
    found: list[str] = []
    at = model.ref(node, f"{node.kind}.ConnectivityNodeContainer")
    while at is not None and len(found) < 5:
        found.append(at.id)
        key = {"Bay": "Bay.VoltageLevel", "VoltageLevel": "VoltageLevel.Substation"}.get(at.kind)
        at = model.ref(at, key) if key else None
    return found


def _shrunk(case: NetworkCase) -> NetworkCase:
    """A diagram in any unit, laid around longitude 0, latitude 0."""
    xs, ys = [n.longitude for n in case.nodes], [n.latitude for n in case.nodes]
    size = max(max(xs) - min(xs), max(ys) - min(ys)) or 1.0
    middle, scale = (median((min(xs), max(xs))), median((min(ys), max(ys)))), 2 * _DRAWING_DEG / size

    def moved(at: Place) -> Place:
        return (at[0] - middle[0]) * scale, (at[1] - middle[1]) * scale

    nodes = []
    for node in case.nodes:
        x, y = moved((node.longitude, node.latitude))
        nodes.append(replace(node, longitude=x, latitude=y))
    lines = tuple(replace(line, path=tuple(moved(at) for at in line.path)) for line in case.lines)
    return replace(case, nodes=tuple(nodes), lines=lines)
