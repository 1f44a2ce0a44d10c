"""A city several times over, as a case of its own: each copy keeps its sources, under names of its own."""

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from gridops.cases import NetworkCase, read
from gridops.cases.cache import cache_path
from gridops.cases.store import save

_ELEMENTS = (
    *("nodes", "lines", "transformers", "switches", "sources", "loads"),
    *("generators", "storages", "shunts", "substations"),
)
_NAMES = {"name", "substation"}
_IDENTITIES = {"mrid", "node", "from_node", "to_node", "high_node", "low_node"}


def tiled_source(source: str, copies: int, cases: Path) -> str:
    """A source under which `gridops.cases.read` finds the copies from now on."""
    name = f"{source} x {copies}"
    path = cache_path(name, cases)
    if not path.exists():
        save(replace(tiled(read(source, cases), copies), source=name), path)
    return name


def tiled(case: NetworkCase, copies: int) -> NetworkCase:
    groups: Mapping[str, Any] = {
        group: [_copied(element, number) for number in range(copies) for element in getattr(case, group)]
        for group in _ELEMENTS
    }
    return replace(case, **groups, problems=())


def _copied(element: Any, number: int) -> Any:
    changed = {}
    for name in (field.name for field in fields(element)):
        value = getattr(element, name)
        if name in _IDENTITIES:
            changed[name] = str(uuid5(UUID(value), str(number)))
        elif name in _NAMES and value:
            changed[name] = f"{value} ({number + 1})"
    return replace(element, **changed)
