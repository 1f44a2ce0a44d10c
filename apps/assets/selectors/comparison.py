"""Two versions side by side, by mRID: only what differs leaves the database."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.assets.choices import ChangeKind
from apps.assets.consequences import Changed, Consequence, consequences
from apps.assets.models import Feeder, NetworkModel, Substation
from apps.assets.rules import CLASSES, ClassSpec, FieldKind, FieldSpec

# Made from the elements, so that only their coming, going and names are told.
_DERIVED = tuple(
    ClassSpec(
        kind.__name__,
        label,
        kind,
        "",
        (FieldSpec("name", "Name", FieldKind.TEXT, ChangeKind.RENAMED),),
    )
    for kind, label in ((Substation, "Substations"), (Feeder, "Feeders"))
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Of one element: its kinds of change, and each field from what to what."""

    class_name: str
    label: str
    mrid: str
    name: str
    kinds: tuple[ChangeKind, ...]
    fields: tuple["FieldDifference", ...] = ()


@dataclass(frozen=True, slots=True)
class FieldDifference:
    field: str
    label: str
    unit: str
    kind: ChangeKind
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Comparison:
    before: NetworkModel
    after: NetworkModel
    differences: tuple[Difference, ...]

    @property
    def counts(self) -> list[dict[str, Any]]:
        """Per class, how many elements changed in which way."""
        found: dict[str, Counter[ChangeKind]] = {spec.label: Counter() for spec in (*CLASSES, *_DERIVED)}
        for one in self.differences:
            found[one.label].update(one.kinds)
        return [
            {"label": label, **{kind.name.lower(): kinds[kind] for kind in ChangeKind}}
            for label, kinds in found.items()
            if kinds
        ]

    def mrids(self, kind: ChangeKind) -> list[UUID]:
        return [UUID(one.mrid) for one in self.differences if kind in one.kinds]


def comparison(*, before: NetworkModel, after: NetworkModel) -> Comparison:
    found = [one for spec in (*CLASSES, *_DERIVED) for one in _of_class(spec, before, after)]
    return Comparison(before, after, _with_node_names(found, before, after))


def _of_class(spec: ClassSpec, before: NetworkModel, after: NetworkModel) -> Iterator[Difference]:
    old, new = _only(spec, before, after), _only(spec, after, before)
    for mrid in [*old, *(mrid for mrid in new if mrid not in old)]:
        was, now = old.get(mrid), new.get(mrid)
        name = (now or was or ("",))[0]
        if was is None or now is None:
            kind = ChangeKind.ADDED if was is None else ChangeKind.REMOVED
            yield Difference(spec.name, spec.label, mrid, name, (kind,))
            continue
        fields = tuple(
            FieldDifference(field.name, field.label, field.unit, field.change, a, b)
            for field, a, b in zip(spec.fields, was, now, strict=True)
            if a != b
        )
        kinds = tuple(kind for kind in ChangeKind if any(field.kind is kind for field in fields))
        yield Difference(spec.name, spec.label, mrid, name, kinds, fields)


def _only(spec: ClassSpec, one: NetworkModel, other: NetworkModel) -> dict[str, tuple[Any, ...]]:
    """Elements of one version that the other has not, or has otherwise. The first field is the name."""
    columns = ["mrid", *(field.path for field in spec.fields)]
    rows = spec.model._default_manager.order_by()
    differing = rows.filter(model=one).values_list(*columns).difference(rows.filter(model=other).values_list(*columns))
    found = {str(mrid): tuple(map(_plain, values)) for mrid, *values in differing}
    return dict(sorted(found.items(), key=lambda item: item[1][0]))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else "" if value is None else value


def _with_node_names(
    differences: list[Difference], before: NetworkModel, after: NetworkModel
) -> tuple[Difference, ...]:
    """People know nodes by name."""
    mentioned = {
        value
        for one in differences
        for field in one.fields
        if field.kind is ChangeKind.RECONNECTED
        for value in (field.before, field.after)
    }
    names: dict[str, str] = {}
    if mentioned:
        nodes = CLASSES[0].model._default_manager.filter(model__in=[before, after], mrid__in=mentioned)
        names = {str(mrid): name for mrid, name in nodes.values_list("mrid", "name")}
    return tuple(_named(one, names) for one in differences)


def _named(one: Difference, names: dict[str, str]) -> Difference:
    fields = tuple(
        FieldDifference(f.field, f.label, f.unit, f.kind, names.get(f.before, f.before), names.get(f.after, f.after))
        if f.kind is ChangeKind.RECONNECTED
        else f
        for f in one.fields
    )
    return Difference(one.class_name, one.label, one.mrid, one.name, one.kinds, fields)


def told_consequences(found: Comparison) -> list[Consequence]:
    """What other parts of the control room lose or lack when the later version goes live."""
    switches = [one for one in found.differences if one.class_name == "Switch"]
    changed = Changed(
        removed=found.mrids(ChangeKind.REMOVED),
        added=found.mrids(ChangeKind.ADDED),
        added_switches=[UUID(one.mrid) for one in switches if ChangeKind.ADDED in one.kinds],
        switched=[UUID(one.mrid) for one in switches if ChangeKind.SWITCHED in one.kinds],
    )
    return consequences(changed)
