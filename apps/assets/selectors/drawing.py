import gzip
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from django.db.models import F, QuerySet

from apps.assets.models import (
    ACLineSegment,
    ConnectivityNode,
    NetworkModel,
    OperationalLimit,
    PowerTransformer,
    Substation,
    Switch,
)

_DECIMALS = 6  # a tenth of a metre

Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Geometry:
    """The drawing of one version, as it is sent."""

    model_id: int
    document: bytes
    compressed: bytes


def geometry(model: NetworkModel) -> Geometry:
    return _geometry(model.pk, model.revision)


@lru_cache(maxsize=3)
def _geometry(model_id: int, revision: int) -> Geometry:
    model = NetworkModel.objects.get(pk=model_id)
    document = json.dumps(geometry_document(model), separators=(",", ":"), ensure_ascii=False).encode()
    return Geometry(model_id, document, gzip.compress(document, 6, mtime=0))


def geometry_document(model: NetworkModel) -> dict[str, Any]:
    """Columns in the order of the engine's arrays and of live frames; terminal nodes are drawn at their buses."""
    bus = dict(ConnectivityNode.objects.filter(model=model).values_list("pk", "bus_index"))
    limits = list(OperationalLimit.objects.filter(model=model).order_by("pk").values_list("pk", "low_pu", "high_pu"))
    nodes = _nodes(model, {pk: place for place, (pk, _, _) in enumerate(limits)})
    lines, line_of_terminal = _lines(model, bus)
    return {
        "model_version": model.pk,
        "source": model.source,
        "licence": model.licence,
        "schematic": model.schematic,
        "bounds": _bounds(nodes),
        "limits": [[low, high] for _, low, high in limits],  # pu
        "nodes": nodes,
        "lines": lines,
        "paths": _paths(model),
        "transformers": _transformers(model, bus),
        "switches": _switches(model, bus, line_of_terminal),
        "substations": _substations(model),
    }


def _nodes(model: NetworkModel, place_of_limit: dict[int, int]) -> Columns:
    rows = ConnectivityNode.objects.filter(model=model, is_terminal=False).annotate(
        kv=F("nominal_kv"),
        lon=F("longitude"),
        lat=F("latitude"),
        substation_name=F("substation__name"),
        feeder_name=F("feeder__name"),
    )
    found = _columns(
        rows, "mrid", "name", "kv", "lon", "lat", "substation_name", "feeder_name", "is_busbar", "limit_id"
    )
    limit = [place_of_limit[key] for key in found.pop("limit_id")]
    return {
        **_renamed(found, substation_name="substation", feeder_name="feeder"),
        "lon": [round(value, _DECIMALS) for value in found["lon"]],
        "lat": [round(value, _DECIMALS) for value in found["lat"]],
        "limit": limit,
    }


def _lines(model: NetworkModel, bus: dict[int, int]) -> tuple[Columns, dict[int, int]]:
    rows = ACLineSegment.objects.filter(model=model).annotate(
        kv=F("from_node__nominal_kv"), feeder_name=F("feeder__name")
    )
    found = _columns(rows, "mrid", "name", "kv", "rated_a", "from_node_id", "to_node_id", "feeder_name")
    ends = (found.pop("from_node_id"), found.pop("to_node_id"))
    line_of = {node: line for nodes in ends for line, node in enumerate(nodes)}
    columns = {
        **_renamed(found, feeder_name="feeder"),
        "from": [bus[node] for node in ends[0]],
        "to": [bus[node] for node in ends[1]],
    }
    return columns, line_of


def _paths(model: NetworkModel) -> dict[int, list[list[float]]]:
    """Courses of the lines that are not drawn straight, by position of the line."""
    rows = ACLineSegment.objects.filter(model=model).exclude(path=[]).order_by("index").values_list("index", "path")
    return {index: [[round(value, _DECIMALS) for value in place] for place in path] for index, path in rows}


def _transformers(model: NetworkModel, bus: dict[int, int]) -> Columns:
    rows = PowerTransformer.objects.filter(model=model).annotate(
        rated_kva=F("rated_s_kva"), substation_name=F("substation__name")
    )
    found = _columns(rows, "mrid", "name", "high_node_id", "low_node_id", "rated_kva", "substation_name")
    return {
        **_renamed({name: found[name] for name in ("mrid", "name", "rated_kva")}),
        "high": [bus[node] for node in found["high_node_id"]],
        "low": [bus[node] for node in found["low_node_id"]],
        "substation": found["substation_name"],
    }


def _switches(model: NetworkModel, bus: dict[int, int], line_of_node: dict[int, int]) -> Columns:
    rows = Switch.objects.filter(model=model).annotate(at_terminal=F("to_node__is_terminal"))
    found = _columns(rows, "mrid", "name", "kind", "normal_closed", "from_node_id", "to_node_id", "at_terminal")
    guarded = zip(found.pop("to_node_id"), found.pop("at_terminal"), strict=True)
    return {
        "at": [bus[node] for node in found.pop("from_node_id")],
        "line": [line_of_node.get(node, -1) if terminal else -1 for node, terminal in guarded],
        **found,
    }


def _substations(model: NetworkModel) -> Columns:
    rows = Substation.objects.filter(model=model)
    return _renamed(
        _columns(rows, "name", "longitude", "latitude", "nominal_kv"), longitude="lon", latitude="lat", nominal_kv="kv"
    )


def _columns(rows: QuerySet[Any], *names: str) -> Columns:
    found = list(rows.order_by("index").values_list(*names))
    columns: Iterable[Any] = zip(*found, strict=True) if found else ([] for _ in names)
    return {name: [_plain(value, name) for value in column] for name, column in zip(names, columns, strict=True)}


def _plain(value: Any, name: str) -> Any:
    if name == "mrid":
        return str(value)
    return "" if value is None else value


def _renamed(columns: Columns, **names: str) -> Columns:
    return {names.get(name, name): values for name, values in columns.items()}


def _bounds(nodes: Columns) -> list[float]:
    longitude, latitude = np.array(nodes["lon"]), np.array(nodes["lat"])
    return [float(longitude.min()), float(latitude.min()), float(longitude.max()), float(latitude.max())]
