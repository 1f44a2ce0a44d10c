"""What a set of edits speaks of, read from the draft in a few queries, whether it is one edit or ten thousand."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.assets.models import ConnectivityNode, LoadProfile, NetworkModel, Substation
from apps.assets.rules import CLASSES, ClassSpec, FieldKind

_FEW = 500  # up to so many, ask for those named; above, take the whole class


@dataclass(frozen=True, slots=True)
class RawEdit:
    """As a person wrote it. A field that is not in `values` stays as it is."""

    action: str
    mrid: str
    values: dict[str, Any]
    line: int = 0


@dataclass(frozen=True, slots=True)
class NodeKey:
    pk: int
    mrid: str
    name: str
    kv: float


@dataclass(slots=True)
class EditContext:
    model: NetworkModel
    spec: ClassSpec
    rows: dict[str, dict[str, Any]]  # by mrid: the fields of the catalogue
    nodes: dict[str, NodeKey]  # by mrid
    nodes_by_name: dict[str, list[NodeKey]]
    substations: dict[str, int]
    profiles: dict[str, int]
    taken: frozenset[str]  # of the mrids named, those that any element has
    in_use: dict[str, str]  # of the nodes to be removed: an element that is connected to it

    @classmethod
    def load(cls, model: NetworkModel, spec: ClassSpec, edits: Sequence[RawEdit]) -> "EditContext":
        mrids = {mrid for edit in edits if (mrid := tidy(edit.mrid))}
        rows = _rows(model, spec, mrids)
        nodes = _nodes(model, _named_nodes(spec, edits, rows.values()))
        by_name: dict[str, list[NodeKey]] = defaultdict(list)
        for node in nodes:
            by_name[node.name].append(node)
        return cls(
            model=model,
            spec=spec,
            rows=rows,
            nodes={node.mrid: node for node in nodes},
            nodes_by_name=by_name,
            substations=dict(Substation.objects.filter(model=model).values_list("name", "pk")),
            profiles=dict(LoadProfile.objects.filter(model=model).values_list("name", "pk")),
            taken=_taken(model, mrids),
            in_use=_in_use(model, spec, mrids),
        )

    @property
    def node_kv(self) -> dict[str, float]:
        return {mrid: node.kv for mrid, node in self.nodes.items()}


def tidy(text: str) -> str:
    """The usual form of an mRID; empty where it is none."""
    try:
        return str(UUID(str(text).strip()))
    except ValueError:
        return ""


def _rows(model: NetworkModel, spec: ClassSpec, mrids: set[str]) -> dict[str, dict[str, Any]]:
    found = spec.model._default_manager.filter(model=model)
    if len(mrids) <= _FEW:
        found = found.filter(mrid__in=mrids)
    names = [field.name for field in spec.fields]
    return {
        str(mrid): dict(zip(names, (_plain(value) for value in values), strict=True))
        for mrid, *values in found.values_list("mrid", *(field.path for field in spec.fields))
    }


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else "" if value is None else value


def _named_nodes(spec: ClassSpec, edits: Iterable[RawEdit], rows: Iterable[dict[str, Any]]) -> set[str]:
    fields = [field.name for field in spec.fields if field.kind is FieldKind.NODE]
    named = {str(values.get(name, "")).strip() for values in (edit.values for edit in edits) for name in fields}
    return named | {str(row[name]) for row in rows for name in fields}


def _nodes(model: NetworkModel, named: set[str]) -> list[NodeKey]:
    rows = ConnectivityNode.objects.filter(model=model)
    columns = ("pk", "mrid", "name", "nominal_kv")
    if len(named) > _FEW:
        found = set(rows.values_list(*columns))
    else:
        mrids = {mrid for text in named if (mrid := tidy(text))}
        by_mrid, by_name = rows.filter(mrid__in=mrids), rows.filter(name__in=named)
        found = set(by_mrid.values_list(*columns)) | set(by_name.values_list(*columns))
    return [NodeKey(pk, str(mrid), name, kv) for pk, mrid, name, kv in found]


def _taken(model: NetworkModel, mrids: set[str]) -> frozenset[str]:
    kinds = [spec.model for spec in CLASSES]
    found = (kind._default_manager.filter(model=model, mrid__in=mrids).values_list("mrid", flat=True) for kind in kinds)
    return frozenset(str(mrid) for rows in found for mrid in rows)


def _in_use(model: NetworkModel, spec: ClassSpec, mrids: set[str]) -> dict[str, str]:
    if spec.model is not ConnectivityNode:
        return {}
    found: dict[str, str] = {}
    for other in CLASSES:
        for field in other.node_fields:
            rows = other.model._default_manager.filter(model=model, **{f"{field.path}__in": mrids})
            found |= {str(mrid): name for mrid, name in rows.values_list(field.path, "name")}
    return found
