"""Stored rows as the neutral case again, so that a version edited by hand is examined like one read from a file."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from apps.assets.models import ACLineSegment, LoadProfile, NetworkModel, Substation
from apps.assets.rules import CLASSES, ClassSpec, FieldKind, FieldSpec
from gridops.cases import NetworkCase
from gridops.cases.case import (
    Generator,
    GeneratorKind,
    Line,
    Load,
    Node,
    Profile,
    Shunt,
    Source,
    Storage,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.cases.case import Substation as CaseSubstation
from gridops.cases.checks import examined
from gridops.cases.phases import P_FIELDS, Q_FIELDS, ZERO_FIELDS
from gridops.cases.rules import Fault, faults

_KINDS: dict[str, type[Any]] = {
    "ConnectivityNode": Node,
    "ACLineSegment": Line,
    "PowerTransformer": Transformer,
    "Switch": Switch,
    "EnergySource": Source,
    "EnergyConsumer": Load,
    "GeneratingUnit": Generator,
    "BatteryUnit": Storage,
    "LinearShuntCompensator": Shunt,
}
_UNEDITED: dict[str, tuple[str, ...]] = {
    "ACLineSegment": ZERO_FIELDS,
    "PowerTransformer": ("vector_group", "zero_short_circuit_voltage_percent", "zero_copper_loss_kw"),
    "EnergyConsumer": (*P_FIELDS, *Q_FIELDS),
    "GeneratingUnit": (*P_FIELDS, *Q_FIELDS),
}
_CHOICES: dict[str, type[Any]] = {"Switch": SwitchKind, "GeneratingUnit": GeneratorKind}


def stored_case(model: NetworkModel) -> NetworkCase:
    tables: dict[str, Any] = {spec.table: tuple(_elements(spec, model)) for spec in CLASSES}
    tables["lines"] = _along(tables["lines"], model)
    for spec in CLASSES:
        if spec.name in _UNEDITED:
            tables[spec.table] = _phased(spec, tables[spec.table], model)
    return NetworkCase(
        source=model.source,
        name=model.name,
        licence=model.licence,
        schematic=model.schematic,
        profiles=tuple(_profiles(model)),
        substations=tuple(_substations(model)),
        **tables,
    )


def examined_case(case: NetworkCase) -> NetworkCase:
    """Raises CaseError with everything that is wrong."""
    return examined(case)


def element_faults(spec: ClassSpec, *, mrid: str, values: dict[str, Any], node_kv: dict[str, float]) -> list[Fault]:
    """What is wrong with one element as a person would have it; fields are called as in the catalogue."""
    called = {field.case_name: field.name for field in spec.fields}
    found = faults(_element(spec, mrid, values), node_kv, is_edit=True)
    return [Fault(called.get(one.field, one.field), one.code, one.text, one.remedy) for one in found]


def _elements(spec: ClassSpec, model: NetworkModel) -> Iterator[Any]:
    rows = spec.model._default_manager.filter(model=model).order_by("index")
    names = [field.name for field in spec.fields]
    for identity, *values in rows.values_list("mrid", *(field.path for field in spec.fields)):
        yield _element(spec, str(identity), dict(zip(names, values, strict=True)))


def _along(lines: tuple[Line, ...], model: NetworkModel) -> tuple[Line, ...]:
    """Courses are no field of the catalogue: nobody edits them by hand."""
    rows = ACLineSegment.objects.filter(model=model).exclude(path=[]).values_list("mrid", "path")
    courses = {str(mrid): tuple((x, y) for x, y in path) for mrid, path in rows}
    return tuple(replace(line, path=courses[line.mrid]) if line.mrid in courses else line for line in lines)


def _phased(spec: ClassSpec, elements: tuple[Any, ...], model: NetworkModel) -> tuple[Any, ...]:
    """What is known of the phases is no field of the catalogue either."""
    names = _UNEDITED[spec.name]
    rows = spec.model._default_manager.filter(model=model).values_list("mrid", *names)
    known = {str(mrid): dict(zip(names, values, strict=True)) for mrid, *values in rows if any(_given(values))}
    return tuple(replace(one, **known[one.mrid]) if one.mrid in known else one for one in elements)


def _given(values: Iterable[Any]) -> Iterator[bool]:
    return (value not in {None, ""} for value in values)


def _element(spec: ClassSpec, mrid: str, values: dict[str, Any]) -> Any:
    own = {field.case_name: _plain(spec, field, values[field.name]) for field in spec.fields}
    return _KINDS[spec.name](mrid=mrid, **own)


def _plain(spec: ClassSpec, field: FieldSpec, value: Any) -> Any:
    if field.kind is FieldKind.CHOICE:
        return _CHOICES[spec.name](value)
    if field.kind in {FieldKind.NODE, FieldKind.SUBSTATION, FieldKind.PROFILE}:
        return "" if value is None else str(value)
    return value


def _substations(model: NetworkModel) -> Iterator[CaseSubstation]:
    for mrid, name in Substation.objects.filter(model=model).order_by("index").values_list("mrid", "name"):
        yield CaseSubstation(str(mrid), name)


def _profiles(model: NetworkModel) -> Iterator[Profile]:
    for row in LoadProfile.objects.filter(model=model).order_by("pk"):
        p = np.frombuffer(row.values_p, "<f4")
        q = p if row.values_q is None else np.frombuffer(row.values_q, "<f4")
        yield Profile(name=row.name, step_s=row.step_s, start=row.start_at.isoformat(), p=p, q=q)
