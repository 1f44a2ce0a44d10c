"""From what a person wrote to typed values, or to a fault that names line, field and remedy."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from apps.assets.adapters import element_faults
from apps.assets.choices import ChangeKind, EditAction
from apps.assets.rules import ClassSpec, FieldKind, FieldSpec
from apps.assets.services.edit_context import EditContext, RawEdit, tidy

_YES: Final = frozenset({"true", "yes", "1", "on"})
_NO: Final = frozenset({"false", "no", "0", "off", ""})
_LONGEST: Final = 200
_LARGEST_INTEGER: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class EditFault:
    line: int
    element: str
    field: str
    text: str
    remedy: str


@dataclass(slots=True)
class Planned:
    action: EditAction
    mrid: str
    line: int
    before: dict[str, Any]
    after: dict[str, Any]

    @property
    def name(self) -> str:
        return str((self.after or self.before).get("name", ""))

    @property
    def differing(self) -> list[str]:
        return [name for name, value in self.after.items() if self.before.get(name) != value]

    @property
    def is_change(self) -> bool:
        return self.action is not EditAction.UPDATE or bool(self.differing)


@dataclass(frozen=True, slots=True)
class FieldChange:
    field: str
    label: str
    unit: str
    kind: ChangeKind
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    action: str
    mrid: str
    name: str
    fields: tuple[FieldChange, ...] = field(default=())

    @classmethod
    def of(cls, spec: ClassSpec, plan: Planned) -> "Change":
        names = plan.differing if plan.action is EditAction.UPDATE else [*(plan.after or plan.before)]
        found = [one for one in spec.fields if one.name in names]
        changes = (
            FieldChange(one.name, one.label, one.unit, one.change, plan.before.get(one.name), plan.after.get(one.name))
            for one in found
        )
        return cls(plan.action.value, plan.mrid, plan.name, tuple(changes))

    def document(self) -> dict[str, Any]:
        fields = {change.field: [change.before, change.after] for change in self.fields}
        return {"action": self.action, "mrid": self.mrid, "name": self.name, "from_to": fields}


class _Unreadable(Exception):
    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.text, self.remedy = text, remedy


def planned(context: EditContext, edits: Sequence[RawEdit]) -> tuple[list[Planned], list[EditFault]]:
    plans: list[Planned] = []
    faults: list[EditFault] = []
    node_kv = context.node_kv
    times = Counter(mrid for edit in edits if (mrid := tidy(edit.mrid)))
    for edit in edits:
        plan, found = _planned_one(context, edit, node_kv, is_repeated=times[tidy(edit.mrid)] > 1)
        faults += found
        plans += [plan] if plan else []
    return plans, faults


def _planned_one(
    context: EditContext, edit: RawEdit, node_kv: dict[str, float], *, is_repeated: bool
) -> tuple[Planned | None, list[EditFault]]:
    fault = _identity_fault(context, edit, is_repeated=is_repeated)
    if fault:
        return None, [fault]
    action, mrid = EditAction(edit.action), tidy(edit.mrid) or str(uuid4())
    before = context.rows.get(mrid, {})
    if action is EditAction.REMOVE:
        return Planned(action, mrid, edit.line, before, {}), []
    after, faults = _values(context, edit, before)
    if faults:
        return None, faults
    plan = Planned(action, mrid, edit.line, before, after)
    touched = set(plan.differing)
    if not touched:
        return plan, []
    found = element_faults(context.spec, mrid=mrid, values=after, node_kv=node_kv)
    if action is EditAction.UPDATE:
        # What was imported with a warning, such as a line without rating, may still be renamed.
        found = [one for one in found if one.code != "missing-rating" or one.field in touched]
    name = str(after.get("name", mrid))
    return plan, [EditFault(edit.line, name, one.field, f"{name} {one.text}", one.remedy) for one in found]


def _identity_fault(context: EditContext, edit: RawEdit, *, is_repeated: bool) -> EditFault | None:
    """Which element is meant, and may it be added, changed or removed?"""
    mrid = tidy(edit.mrid)
    checks = (
        (
            edit.action not in EditAction.values,
            ("action", f"{edit.action!r:.60} is no action", f"Write one of {', '.join(EditAction.values)}."),
        ),
        (
            bool(edit.mrid.strip()) and not mrid,
            ("mrid", f"{edit.mrid!r:.60} is not an mRID", "Give a UUID, or none for a new element."),
        ),
        (is_repeated, ("mrid", "the same mRID stands in more than one line", "Keep one line an element.")),
        (
            edit.action == EditAction.ADD and mrid in context.taken,
            ("mrid", "an element with this mRID is there already", "Leave the mRID empty for a new element."),
        ),
        (
            edit.action != EditAction.ADD and mrid not in context.rows,
            (
                "mrid",
                f"no element with this mRID is among the {context.spec.label.lower()}",
                "Export the class again and compare.",
            ),
        ),
        (
            edit.action == EditAction.REMOVE and mrid in context.in_use,
            (
                "mrid",
                f"{context.in_use.get(mrid)} is still connected to this node",
                "Remove or reconnect what is connected to it first.",
            ),
        ),
    )
    element = str(edit.values.get("name") or edit.mrid)[:_LONGEST]
    return next((EditFault(edit.line, element, *words) for is_wrong, words in checks if is_wrong), None)


def _values(context: EditContext, edit: RawEdit, before: dict[str, Any]) -> tuple[dict[str, Any], list[EditFault]]:
    after: dict[str, Any] = {}
    faults: list[EditFault] = []
    element = str(edit.values.get("name") or before.get("name") or edit.mrid)[:_LONGEST]
    known = {field.name for field in context.spec.fields}
    for name in edit.values.keys() - known:
        remedy = f"Use {', '.join(sorted(known))}."
        faults.append(EditFault(edit.line, element, str(name)[:60], "there is no such field in this class", remedy))
    for spec in context.spec.fields:
        try:
            after[spec.name] = _value(context, spec, edit, before)
        except _Unreadable as error:
            faults.append(EditFault(edit.line, element, spec.name, error.text, error.remedy))
    return after, faults


def _value(context: EditContext, spec: FieldSpec, edit: RawEdit, before: dict[str, Any]) -> Any:
    if spec.name in edit.values:
        return _read(context, spec, edit.values[spec.name])
    if before:
        return before[spec.name]
    if spec.default is None:
        raise _Unreadable(f"{spec.label} is missing", f"Give {spec.name}{f' in {spec.unit}' if spec.unit else ''}.")
    return spec.default


def _read(context: EditContext, spec: FieldSpec, raw: Any) -> Any:
    if spec.kind is FieldKind.FLAG and isinstance(raw, bool):
        return raw
    text = "" if raw is None else str(raw).strip()
    if "\x00" in text or len(text) > _LONGEST:
        raise _Unreadable(f"{spec.label} is no usable text", f"Give at most {_LONGEST} letters.")
    if not text and spec.kind not in {FieldKind.FLAG, FieldKind.SUBSTATION, FieldKind.PROFILE}:
        raise _Unreadable(f"{spec.label} is empty", f"Give {spec.name}{f' in {spec.unit}' if spec.unit else ''}.")
    return _READERS[spec.kind](context, spec, text)


def _as_text(context: EditContext, spec: FieldSpec, text: str) -> str:
    if not text.isprintable():
        raise _Unreadable(
            f"{spec.label} holds characters that cannot be shown", "Write it with letters and signs only."
        )
    return text


def _as_number(context: EditContext, spec: FieldSpec, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise _Unreadable(f"{text[:40]!r} is not a number", "Write it like 12.5, with a point and no unit.") from None
    if not math.isfinite(value):
        raise _Unreadable(f"{text[:40]!r} is not a usable number", "Give a finite number.")
    return value


def _as_integer(context: EditContext, spec: FieldSpec, text: str) -> int:
    value = _as_number(context, spec, text)
    if value != int(value) or abs(value) > _LARGEST_INTEGER:
        raise _Unreadable(f"{text[:40]!r} is not a whole number in range", "Write it like 3, without a fraction.")
    return int(value)


def _as_flag(context: EditContext, spec: FieldSpec, text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise _Unreadable(f"{text[:40]!r} is neither yes nor no", "Write true or false.")
    return text.lower() in _YES


def _as_choice(context: EditContext, spec: FieldSpec, text: str) -> str:
    if text not in spec.choices:
        raise _Unreadable(f"{text[:40]!r} is not a {spec.label.lower()}", f"Write one of {', '.join(spec.choices)}.")
    return text


def _as_node(context: EditContext, spec: FieldSpec, text: str) -> str:
    if (mrid := tidy(text)) in context.nodes:
        return mrid
    named = context.nodes_by_name.get(text, [])
    if len(named) > 1:
        raise _Unreadable(f"{len(named)} nodes are called {text[:60]!r}", "Give the mRID of the one you mean.")
    if not named:
        raise _Unreadable(
            f"this version has no node {text[:60]!r}", "Give a node's mRID or name, or add the node first."
        )
    return named[0].mrid


def _as_substation(context: EditContext, spec: FieldSpec, text: str) -> str:
    # A node may be the first of a new substation; everything else stands in one that is there.
    if text and text not in context.substations and context.spec.name != "ConnectivityNode":
        raise _Unreadable(f"there is no substation {text[:60]!r}", "Give its name as the nodes of it have it, or none.")
    return _as_text(context, spec, text)


def _as_profile(context: EditContext, spec: FieldSpec, text: str) -> str:
    if text and text not in context.profiles:
        raise _Unreadable(f"there is no profile {text[:60]!r}", "Give the name of a profile of this version, or none.")
    return text


_READERS: Final = {
    FieldKind.TEXT: _as_text,
    FieldKind.NUMBER: _as_number,
    FieldKind.INTEGER: _as_integer,
    FieldKind.FLAG: _as_flag,
    FieldKind.CHOICE: _as_choice,
    FieldKind.NODE: _as_node,
    FieldKind.SUBSTATION: _as_substation,
    FieldKind.PROFILE: _as_profile,
}
