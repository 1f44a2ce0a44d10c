"""Versions and their elements for who looks at them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from apps.assets.models import NetworkModel
from apps.assets.rules import ClassSpec


@dataclass(frozen=True, slots=True)
class Sheet:
    """One element with the values of its class's fields; nodes by mrid and name."""

    mrid: str
    name: str
    values: dict[str, Any]
    node_names: dict[str, str]


def all_versions() -> QuerySet[NetworkModel]:
    return NetworkModel.objects.defer("problems", "checks").select_related("parent")


def sheet(*, model: NetworkModel, spec: ClassSpec, mrid: UUID) -> Sheet | None:
    return next(iter(_sheets(spec.model._default_manager.filter(model=model, mrid=mrid), spec)), None)


def sheets(*, model: NetworkModel, spec: ClassSpec, name: str, most: int) -> list[Sheet]:
    """Elements whose name contains the text, in order of name."""
    rows = spec.model._default_manager.filter(model=model, name__icontains=name.replace("\x00", ""))
    return _sheets(rows.order_by("name", "index")[:most], spec)


def _sheets(rows: QuerySet[Any], spec: ClassSpec) -> list[Sheet]:
    names = [field.name for field in spec.fields]
    ends = [field.name for field in spec.node_fields]
    columns = ["mrid", *(field.path for field in spec.fields), *(f"{name}__name" for name in ends)]
    return [_sheet(row, names, ends) for row in rows.values_list(*columns)]


def _sheet(row: Sequence[Any], names: Sequence[str], ends: Sequence[str]) -> Sheet:
    mrid, *rest = row
    values = dict(zip(names, rest[: len(names)], strict=True))
    return Sheet(str(mrid), values["name"], values, dict(zip(ends, rest[len(names) :], strict=True)))
