"""What a person may see and change of each class of equipment: fields, their units, and what a change of them is."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from apps.assets.choices import ChangeKind, GeneratorKind, SwitchKind
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    GeneratingUnit,
    LinearShuntCompensator,
    PowerTransformer,
    Switch,
)


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"
    NODE = "node"
    SUBSTATION = "substation"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    name: str  # in a CSV, a form and the API
    label: str
    kind: FieldKind
    change: ChangeKind
    unit: str = ""
    lookup: str = ""  # where it stands, seen from the row
    in_case: str = ""  # what gridops.cases calls it
    choices: tuple[str, ...] = ()
    default: Any = None  # of a new element; None: it must be given

    @property
    def path(self) -> str:
        return self.lookup or self.name

    @property
    def case_name(self) -> str:
        return self.in_case or self.name


@dataclass(frozen=True, slots=True)
class ClassSpec:
    name: str
    label: str
    model: type[Any]
    table: str  # in a NetworkCase
    fields: tuple[FieldSpec, ...] = field(repr=False)

    def field(self, name: str) -> FieldSpec | None:
        return next((one for one in self.fields if one.name == name), None)

    @property
    def node_fields(self) -> tuple[FieldSpec, ...]:
        return tuple(one for one in self.fields if one.kind is FieldKind.NODE)


def _text(name: str, label: str) -> FieldSpec:
    return FieldSpec(name, label, FieldKind.TEXT, ChangeKind.RENAMED)


def _number(
    name: str, label: str, unit: str = "", change: ChangeKind = ChangeKind.RERATED, default: float | None = None
) -> FieldSpec:
    return FieldSpec(name, label, FieldKind.NUMBER, change, unit, default=default)


def _integer(
    name: str, label: str, change: ChangeKind = ChangeKind.RERATED, default: int | None = 0, unit: str = ""
) -> FieldSpec:
    return FieldSpec(name, label, FieldKind.INTEGER, change, unit, default=default)


def _flag(name: str, label: str, change: ChangeKind, default: bool | None = None, in_case: str = "") -> FieldSpec:
    return FieldSpec(name, label, FieldKind.FLAG, change, in_case=in_case, default=default)


def _node(name: str, label: str) -> FieldSpec:
    return FieldSpec(name, label, FieldKind.NODE, ChangeKind.RECONNECTED, lookup=f"{name}__mrid")


_NAME: Final = _text("name", "Name")
_STATION: Final = FieldSpec(
    "substation", "Substation", FieldKind.SUBSTATION, ChangeKind.ALTERED, lookup="substation__name", default=""
)
_PROFILE: Final = FieldSpec(
    "profile", "Profile", FieldKind.PROFILE, ChangeKind.ALTERED, lookup="profile__name", default=""
)
_POWERS: Final = (
    _number("p_kw", "Active power", "kW", ChangeKind.ALTERED),
    _number("q_kvar", "Reactive power", "kvar", ChangeKind.ALTERED, default=0.0),
)


def _kind(choices: type[SwitchKind] | type[GeneratorKind]) -> FieldSpec:
    return FieldSpec("kind", "Kind", FieldKind.CHOICE, ChangeKind.ALTERED, choices=tuple(choices.values))


_NODE_FIELDS: Final = (
    _NAME,
    _number("nominal_kv", "Nominal voltage", "kV"),
    _number("longitude", "Longitude", "°", ChangeKind.MOVED),
    _number("latitude", "Latitude", "°", ChangeKind.MOVED),
    _STATION,
    _flag("is_busbar", "Busbar", ChangeKind.ALTERED, default=False),
    _flag("is_terminal", "End of a branch, behind its switch", ChangeKind.ALTERED, default=False),
    FieldSpec("low_pu", "Lowest voltage", FieldKind.NUMBER, ChangeKind.RERATED, "pu", "limit__low_pu", default=0.9),
    FieldSpec("high_pu", "Highest voltage", FieldKind.NUMBER, ChangeKind.RERATED, "pu", "limit__high_pu", default=1.1),
)
_LINE_FIELDS: Final = (
    _NAME,
    _node("from_node", "From node"),
    _node("to_node", "To node"),
    _number("length_km", "Length", "km"),
    _number("r_ohm", "Resistance", "Ω"),
    _number("x_ohm", "Reactance", "Ω"),
    _number("b_us", "Susceptance", "µS", default=0.0),
    _number("rated_a", "Rating", "A"),
)
_TRANSFORMER_FIELDS: Final = (
    _NAME,
    _node("high_node", "High-voltage node"),
    _node("low_node", "Low-voltage node"),
    _STATION,
    _number("rated_s_kva", "Rating", "kVA"),
    _number("high_kv", "High winding", "kV"),
    _number("low_kv", "Low winding", "kV"),
    _number("short_circuit_voltage_percent", "Short-circuit voltage", "%"),
    _number("copper_loss_kw", "Copper loss", "kW"),
    _number("iron_loss_kw", "Iron loss", "kW"),
    _number("no_load_current_percent", "No-load current", "%"),
    _number("phase_shift_deg", "Phase shift", "°", default=0.0),
    _flag("tap_on_high_side", "Taps on the high side", ChangeKind.RERATED, default=True),
    _integer("tap_position", "Normal tap", ChangeKind.SWITCHED),
    _integer("tap_neutral", "Neutral tap"),
    _integer("tap_min", "Lowest tap"),
    _integer("tap_max", "Highest tap"),
    _number("tap_step_percent", "Tap step", "%", default=0.0),
    _flag("is_regulating", "Holds the low side's voltage", ChangeKind.RERATED, default=False),
    _number("target_pu", "Target voltage", "pu", default=1.0),
)

CLASSES: Final = (
    ClassSpec("ConnectivityNode", "Nodes", ConnectivityNode, "nodes", _NODE_FIELDS),
    ClassSpec("ACLineSegment", "Lines", ACLineSegment, "lines", _LINE_FIELDS),
    ClassSpec("PowerTransformer", "Transformers", PowerTransformer, "transformers", _TRANSFORMER_FIELDS),
    ClassSpec(
        "Switch",
        "Switches",
        Switch,
        "switches",
        (
            _NAME,
            _kind(SwitchKind),
            _node("from_node", "From node"),
            _node("to_node", "To node"),
            _flag("normal_closed", "Normally closed", ChangeKind.SWITCHED, in_case="closed"),
            _STATION,
        ),
    ),
    ClassSpec(
        "EnergySource",
        "Sources",
        EnergySource,
        "sources",
        (
            _NAME,
            _node("node", "Node"),
            _number("voltage_pu", "Voltage", "pu"),
            _number("angle_deg", "Angle", "°", default=0.0),
        ),
    ),
    ClassSpec(
        "EnergyConsumer",
        "Consumers",
        EnergyConsumer,
        "loads",
        (
            _NAME,
            _node("node", "Node"),
            *_POWERS,
            _PROFILE,
            _integer("customers", "Customers", ChangeKind.ALTERED, default=1),
            _flag("customers_derived", "Customers estimated", ChangeKind.ALTERED, default=True),
        ),
    ),
    ClassSpec(
        "GeneratingUnit",
        "Generating units",
        GeneratingUnit,
        "generators",
        (
            _NAME,
            _kind(GeneratorKind),
            _node("node", "Node"),
            *_POWERS,
            _number("rated_s_kva", "Rating", "kVA"),
            _PROFILE,
        ),
    ),
    ClassSpec(
        "BatteryUnit",
        "Batteries",
        BatteryUnit,
        "storages",
        (
            _NAME,
            _node("node", "Node"),
            *_POWERS,
            _number("rated_s_kva", "Rating", "kVA"),
            _number("capacity_kwh", "Capacity", "kWh"),
            _PROFILE,
        ),
    ),
    ClassSpec(
        "LinearShuntCompensator",
        "Shunt compensators",
        LinearShuntCompensator,
        "shunts",
        (_NAME, _node("node", "Node"), *_POWERS),
    ),
)
_BY_NAME: Final = {one.name: one for one in CLASSES}


def class_named(name: str) -> ClassSpec | None:
    return _BY_NAME.get(name)
