"""A whole network in GeoJSON: `geojson:PATH` or a .geojson file. The layout is in docs/user/importing.md."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, replace
from typing import Any, Final

from gridops.cases.case import (
    Generator,
    GeneratorKind,
    Line,
    Load,
    NetworkCase,
    Node,
    Problem,
    Severity,
    Shunt,
    Source,
    Storage,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.cases.cgmes.model import as_uuid
from gridops.cases.customers import customers
from gridops.cases.errors import CaseError
from gridops.cases.geojson.document import Feature, Place, features
from gridops.cases.geojson.measure import length_km, swapped
from gridops.cases.layout import placed
from gridops.cases.mrid import mrid
from gridops.cases.places import spread
from gridops.cases.sources import paths

_LICENCE: Final = "Network: GeoJSON file; its origin and terms of use are its author's."
_KINDS: Final[dict[str, tuple[str, type]]] = {
    "node": ("ConnectivityNode", Node),
    "line": ("ACLineSegment", Line),
    "transformer": ("PowerTransformer", Transformer),
    "switch": ("Switch", Switch),
    "source": ("EnergySource", Source),
    "load": ("EnergyConsumer", Load),
    "generator": ("GeneratingUnit", Generator),
    "storage": ("BatteryUnit", Storage),
    "shunt": ("LinearShuntCompensator", Shunt),
}
_ENDS: Final = {"from_node": "from", "to_node": "to", "high_node": "high", "low_node": "low", "node": "node"}
_ENUMS: Final[frozenset[Any]] = frozenset({SwitchKind, GeneratorKind})
_WORDS: Final[dict[Any, str]] = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}
_MADE_HERE: Final = frozenset({"mrid", "name", "longitude", "latitude", "path", "is_terminal", "customers_derived"})
_NEAR_DEG: Final = 1e-5  # about a metre: an end of a line that is drawn here ends at this node


@dataclass(slots=True)
class _Build:
    source: str
    rows: dict[type, list[Any]] = field(default_factory=lambda: {kind: [] for _, kind in _KINDS.values()})
    nodes: dict[str, str] = field(default_factory=dict)  # mrid by identity and by name
    at: dict[tuple[int, int], str] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)


def read(source: str) -> NetworkCase:
    """Raises CaseError, with every fault found, when the file does not describe a network in the documented layout."""
    files = paths(source)
    if len(files) != 1:
        raise CaseError(source, f"names {len(files)} files; a network in GeoJSON is one file")
    path = files[0]
    found = features(path)
    build = _Build(source)
    of_kind = {kind: [each for each in found if each.properties.get("kind") == kind] for kind in _KINDS}
    strangers = Counter(str(f.properties.get("kind")) for f in found if f.properties.get("kind") not in _KINDS)
    if not of_kind["node"]:
        text = "has no feature with the property kind = 'node'; the layout of a network is in docs/user/importing.md"
        raise CaseError(path.name, text)
    for kind, members in of_kind.items():
        for feature in members:
            _add(build, kind, feature)
    if build.faults:
        first, *others = build.faults
        raise CaseError(*first, others)
    return _case(build, path.stem, strangers)


def _case(build: _Build, name: str, strangers: Mapping[str, int]) -> NetworkCase:
    rows, problems = build.rows, []
    for kind, count in strangers.items():
        text = f"is no kind of equipment that is read ({', '.join(_KINDS)}); {count} features are left out"
        problems.append(Problem(Severity.WARNING, "not-read", f"kind {kind}", text))
    doubt = swapped(rows[Line])
    problems += [doubt] if doubt else []
    case = NetworkCase(
        build.source, name, _LICENCE, False,
        rows[Node], rows[Line], rows[Transformer], rows[Switch], rows[Source], rows[Load], rows[Generator],
        rows[Storage], rows[Shunt], (), tuple(problems),
    )  # fmt: skip
    known = {n.mrid: (n.longitude, n.latitude) for n in case.nodes if math.isfinite(n.longitude)}
    at = spread(case, known)
    if at is None:
        text = "has nodes without a place and without a neighbour that has one; the whole drawing is computed"
        return placed(replace(case, problems=(*problems, Problem(Severity.INFO, "layout", name, text))))
    nodes = tuple(replace(n, longitude=at[n.mrid][0], latitude=at[n.mrid][1]) for n in case.nodes)
    return replace(case, nodes=nodes)


def _add(build: _Build, kind: str, feature: Feature) -> None:
    cim, made = _KINDS[kind]
    key = feature.identity or feature.name
    if not key:
        build.faults.append((feature.label, "has neither an id (or mrid) nor a name"))
        return
    identity = as_uuid(feature.identity.removeprefix("_")) or mrid(build.source, cim, key)
    if identity in build.seen:
        build.faults.append((feature.label, f"has the identity {key}, which an earlier {kind} has; give each its own"))
        return
    build.seen.add(identity)
    given = _completed(kind, feature)
    values: dict[str, Any] = {"mrid": identity, "name": feature.name or key}
    for column in fields(made):
        if column.name in _ENDS:
            values[column.name] = _end(build, feature, given, column.name)
        elif column.name not in _MADE_HERE:
            values |= _value(build, feature, given, column)
    _finish(build, kind, feature, values)
    if len(build.faults) == 0:
        build.rows[made].append(made(**values))


def _completed(kind: str, feature: Feature) -> dict[str, Any]:
    """The properties, with what follows from others: ohms from ohms per km, a length from the drawing."""
    given = dict(feature.properties)
    if kind != "line":
        return given
    if len(feature.points) > 1:
        given.setdefault("length_km", round(length_km(feature.points), 6))
    length = given.get("length_km")
    for name in ("r_ohm", "x_ohm", "b_us"):
        each = given.get(f"{name}_per_km")
        if name not in given and isinstance(each, (int, float)) and isinstance(length, (int, float)):
            given[name] = each * length
    for name in ("b_us", "rated_a", "length_km"):
        given.setdefault(name, 0.0)
    return given


def _end(build: _Build, feature: Feature, given: Mapping[str, Any], column: str) -> str:
    """The node that an end names, or, for a line that names none, the node where its drawing begins or ends."""
    word = _ENDS[column]
    asked = given.get(word)
    if asked is None and feature.points and word in {"from", "to", "node"}:
        found = _nearest(build, feature.points[-1 if word == "to" else 0])
        hint = f"names no node in '{word}' and is drawn at none; name one or draw it to the node"
    else:
        found = build.nodes.get(str(asked).removeprefix("_"), "")
        hint = f"names the node '{asked}' in '{word}', which is not among the features of kind 'node'"
        hint = f"lacks the property '{word}', the id or name of a node" if asked is None else hint
    if not found:
        build.faults.append((feature.label, hint))
    return found


def _nearest(build: _Build, place: Place) -> str:
    x, y = (round(value / _NEAR_DEG) for value in place)
    around = ((x + i, y + j) for i in (0, -1, 1) for j in (0, -1, 1))
    return next((build.at[spot] for spot in around if spot in build.at), "")


def _value(build: _Build, feature: Feature, given: Mapping[str, Any], column: "Field[Any]") -> dict[str, Any]:
    """The field's value in its type; nothing where its default serves; a fault noted where it cannot be used."""
    label = "type" if column.type in _ENUMS else column.name
    value = given.get(label)
    if value is None and column.default is not MISSING:
        return {}
    usable = _converted(value, column.type)
    if usable is None:
        said = f"has '{label}' = {str(value)[:40]!r}" if value is not None else f"lacks the property '{label}'"
        build.faults.append((feature.label, f"{said}; wanted is {_wanted(column.type)}"))
        return {}
    return {column.name: usable}


def _wanted(kind: Any) -> str:
    return f"one of {', '.join(kind)}" if kind in _ENUMS else _WORDS.get(kind, "another value")


def _converted(value: Any, kind: Any) -> Any:
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value) if math.isfinite(value) else None
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        return value
    if kind in _ENUMS and value in set(kind):
        return kind(value)
    return None


def _finish(build: _Build, kind: str, feature: Feature, values: dict[str, Any]) -> None:
    if kind == "node":
        x, y = feature.points[0] if feature.points else (math.nan, math.nan)
        values |= {"longitude": x, "latitude": y}
        for key in (values["mrid"], feature.identity.removeprefix("_"), values["name"]):
            build.nodes.setdefault(key, values["mrid"])
        if feature.points:
            build.at.setdefault((round(x / _NEAR_DEG), round(y / _NEAR_DEG)), values["mrid"])
    elif kind == "line" and len(feature.points) > 2:
        values["path"] = feature.points
    elif kind == "load":
        values["customers_derived"] = "customers" not in values
        values.setdefault("customers", customers(profile="", peak_kw=values.get("p_kw", 0.0)))
