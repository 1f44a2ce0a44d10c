"""Planned edits onto the rows of a draft. Order, buses and feeders are made anew when the draft is checked."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django.db.models import Max

from apps.assets.choices import EditAction
from apps.assets.models import ConnectivityNode, OperationalLimit, Substation
from apps.assets.rules import FieldKind, FieldSpec
from apps.assets.services.edit_context import EditContext
from apps.assets.services.edit_plan import Planned

_BATCH = 2000
_LIMIT_FIELDS = frozenset({"low_pu", "high_pu"})


def write(context: EditContext, plans: Sequence[Planned]) -> None:
    rows = context.spec.model._default_manager.filter(model=context.model)
    gone = [plan.mrid for plan in plans if plan.action is EditAction.REMOVE]
    for start in range(0, len(gone), _BATCH):
        rows.filter(mrid__in=gone[start : start + _BATCH]).delete()
    _update(context, [plan for plan in plans if plan.action is EditAction.UPDATE])
    _add(context, [plan for plan in plans if plan.action is EditAction.ADD])


def _update(context: EditContext, plans: Sequence[Planned]) -> None:
    manager = context.spec.model._default_manager
    wanted = {plan.mrid: plan for plan in plans}
    rows = list(manager.filter(model=context.model, mrid__in=wanted))
    columns: set[str] = set()
    for row in rows:
        plan = wanted[str(row.mrid)]
        changed = _columns(context, plan, plan.differing)
        columns |= changed.keys()
        for name, value in changed.items():
            setattr(row, name, value)
    if columns:
        names = [name.removesuffix("_id") for name in columns]
        manager.bulk_update(rows, names, batch_size=_BATCH)


def _add(context: EditContext, plans: Sequence[Planned]) -> None:
    manager = context.spec.model._default_manager
    last = manager.filter(model=context.model).aggregate(last=Max("index"))["last"]
    first = 0 if last is None else last + 1
    rows = [
        context.spec.model(
            model=context.model,
            mrid=plan.mrid,
            index=index,
            **_own(context, index),
            **_columns(context, plan, plan.after),
        )
        for index, plan in enumerate(plans, start=first)
    ]
    manager.bulk_create(rows, batch_size=_BATCH)


def _own(context: EditContext, index: int) -> dict[str, Any]:
    return {"bus_index": index} if context.spec.model is ConnectivityNode else {}


def _columns(context: EditContext, plan: Planned, names: Sequence[str] | dict[str, Any]) -> dict[str, Any]:
    """Values by column, of the fields named."""
    found = {}
    for field in context.spec.fields:
        if field.name in names and field.name not in _LIMIT_FIELDS:
            column, value = _column(context, plan, field)
            found[column] = value
    if context.spec.model is ConnectivityNode and {*_LIMIT_FIELDS, "nominal_kv"} & set(names):
        found["limit_id"] = _limit(context, plan.after)
    return found


def _column(context: EditContext, plan: Planned, field: FieldSpec) -> tuple[str, Any]:
    value = plan.after[field.name]
    if field.kind is FieldKind.NODE:
        return f"{field.name}_id", context.nodes[value].pk
    if field.kind is FieldKind.PROFILE:
        return f"{field.name}_id", context.profiles.get(value)
    if field.kind is FieldKind.SUBSTATION:
        return f"{field.name}_id", _substation(context, plan) if value else None
    return field.name, value


def _limit(context: EditContext, values: dict[str, Any]) -> int:
    key = {name: values[name] for name in ("nominal_kv", *_LIMIT_FIELDS)}
    return OperationalLimit.objects.get_or_create(model=context.model, **key)[0].pk


def _substation(context: EditContext, plan: Planned) -> int:
    """The first node of a new substation brings it along; its place and identity are made anew at the check."""
    name = plan.after["substation"]
    if name not in context.substations:
        rows = Substation.objects.filter(model=context.model)
        last = rows.aggregate(last=Max("index"))["last"]
        made = Substation.objects.create(
            model=context.model,
            mrid=uuid4(),
            name=name,
            index=0 if last is None else last + 1,
            longitude=plan.after["longitude"],
            latitude=plan.after["latitude"],
            nominal_kv=plan.after["nominal_kv"],
        )
        context.substations[name] = made.pk
    return context.substations[name]
