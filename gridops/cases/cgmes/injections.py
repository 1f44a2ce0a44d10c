"""What draws or feeds power. CIM counts everything, machines too, as positive when it draws."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gridops.cases.case import Generator, GeneratorKind, Load, Node, Shunt
from gridops.cases.cgmes.model import Model, mrid_of
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.yard import Terminal, Yard
from gridops.cases.customers import customers

_LOADS: Final = ("EnergyConsumer", "ConformLoad", "NonConformLoad", "StationSupply")
_CONVERTERS: Final = ("VsConverter", "CsConverter")
_PREFIX: Final = {
    **dict.fromkeys(_LOADS, "EnergyConsumer"),
    **dict.fromkeys(_CONVERTERS, "ACDCConverter"),
    "AsynchronousMachine": "RotatingMachine",
    "SynchronousMachine": "RotatingMachine",
    "EquivalentInjection": "EquivalentInjection",
    "ExternalNetworkInjection": "ExternalNetworkInjection",
    "EnergySource": "EnergySource",
    "StaticVarCompensator": "StaticVarCompensator",
}
READ: Final = frozenset({*_PREFIX, "LinearShuntCompensator", "NonlinearShuntCompensator"})
_KINDS: Final = {
    "HydroGeneratingUnit": GeneratorKind.HYDRO,
    "WindGeneratingUnit": GeneratorKind.WIND,
    "SolarGeneratingUnit": GeneratorKind.PHOTOVOLTAIC,
}


@dataclass(frozen=True, slots=True)
class Device:
    """One injecting equipment as the source has it: draws p and q (kW, kvar)."""

    thing: Thing
    mrid: str
    node: Node
    node_id: str
    p_kw: float
    q_kvar: float

    @property
    def is_machine(self) -> bool:
        return self.thing.kind == "SynchronousMachine"


@dataclass(slots=True)
class Injections:
    devices: list[Device] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)

    def loads(self) -> list[Load]:
        return [
            Load(
                each.mrid, each.thing.name, each.node.mrid, each.p_kw, each.q_kvar,
                customers=customers(profile="", peak_kw=each.p_kw) if each.thing.kind in _LOADS else 0,
            )
            for each in self.devices
            if not _produces(each) and each.thing.kind != "StaticVarCompensator"
        ]  # fmt: skip

    def generators(self, model: Model) -> list[Generator]:
        return [
            Generator(
                each.mrid,
                each.thing.name,
                each.node.mrid,
                _kind(model, each.thing),
                0.0 - each.p_kw,
                0.0 - each.q_kvar,
                _rated_kva(model, each),
            )
            for each in self.devices
            if _produces(each)
        ]

    def compensators(self, voltage_pu: dict[str, float]) -> list[Shunt]:
        """Static VAR compensators as the shunt that draws the same at the voltage of its node."""
        return [
            Shunt(
                each.mrid, each.thing.name, each.node.mrid, 0.0, each.q_kvar / voltage_pu.get(each.node.mrid, 1.0) ** 2
            )
            for each in self.devices
            if each.thing.kind == "StaticVarCompensator"
        ]


def injections(place: Yard) -> Injections:
    found = Injections()
    for thing in place.model.all(*_PREFIX):
        terminal = _terminal(place, thing)
        if terminal is not None:
            found.devices.append(_device(place, thing, terminal))
    found.shunts += _shunts(place)
    _name_assumptions(place.model, found.devices)
    return found


def _terminal(place: Yard, thing: Thing) -> Terminal | None:
    """Its terminal, where it is connected. A converter has others on the direct-current side, of another class."""
    ends = place.of(thing, 1)
    if not ends:
        return None
    if not ends[0].connected:
        place.model.note("out-of-service", thing.label, "is not connected (SSH); left out")
        return None
    return ends[0]


def _device(place: Yard, thing: Thing, terminal: Terminal) -> Device:
    p, q = _powers(place.model, thing)
    return Device(thing, mrid_of(thing), place.nodes[terminal.node], terminal.node, p * 1e3, q * 1e3)


def _powers(model: Model, thing: Thing) -> tuple[float, float]:
    """MW and Mvar drawn. What a compensator or source leaves out is zero; a load or machine must have its state."""
    prefix = _PREFIX[thing.kind]
    keys = (f"{prefix}.p", f"{prefix}.q")
    if thing.kind == "EnergySource":
        keys = ("EnergySource.activePower", "EnergySource.reactivePower")
    if thing.kind in _LOADS and keys[0] not in thing.values and "EnergyConsumer.pfixed" in thing.values:
        model.note("fixed-load", thing.label, "has no power in SSH; its fixed power (pfixed, qfixed) is taken")
        keys = ("EnergyConsumer.pfixed", "EnergyConsumer.qfixed")
    if keys[0] not in thing.values and keys[1] not in thing.values:
        text = "has no power: it stands in the steady state hypothesis (SSH) file of the same time, add it"
        model.error("no-state", thing, text)
    p, q = model.number(thing, keys[0]), model.number(thing, keys[1])
    for key, value in zip(keys, (p, q), strict=True):
        if not math.isfinite(value):
            model.warn("not-finite", thing.label, f"has {key} = {value}; 0 is taken")
    return (p if math.isfinite(p) else 0.0), (q if math.isfinite(q) else 0.0)


def _produces(device: Device) -> bool:
    kind = device.thing.kind
    if kind in {"SynchronousMachine", "ExternalNetworkInjection", "EnergySource"}:
        return True
    return kind in {"EquivalentInjection", "AsynchronousMachine"} and device.p_kw < 0


def _kind(model: Model, thing: Thing) -> GeneratorKind:
    unit = model.ref(thing, "RotatingMachine.GeneratingUnit")
    return _KINDS.get(unit.kind, GeneratorKind.THERMAL) if unit is not None else GeneratorKind.THERMAL


def _rated_kva(model: Model, device: Device) -> float:
    unit = model.ref(device.thing, "RotatingMachine.GeneratingUnit")
    rated = model.bounded(device.thing, "RotatingMachine.ratedS", 0.0)
    if rated <= 0 and unit is not None:
        rated = model.bounded(unit, "GeneratingUnit.maxOperatingP", 0.0)
    return max(rated * 1e3, math.hypot(device.p_kw, device.q_kvar))


def _shunts(place: Yard) -> Iterator[Shunt]:
    model = place.model
    points = _points(model)
    for thing in model.all("LinearShuntCompensator", "NonlinearShuntCompensator"):
        terminal = _terminal(place, thing)
        if terminal is None:
            continue
        sections = model.number(
            thing, "ShuntCompensator.sections", model.number(thing, "ShuntCompensator.normalSections")
        )
        if thing.kind == "LinearShuntCompensator":
            g = sections * model.number(thing, "LinearShuntCompensator.gPerSection")
            b = sections * model.number(thing, "LinearShuntCompensator.bPerSection")
        else:
            g, b = points.get(thing.id, {}).get(round(sections) if math.isfinite(sections) else 0, (0.0, 0.0))
            text = f"has sections of unequal size; the point of its {sections:g} sections is fixed"
            model.note("nonlinear-shunt", thing.label, text)
        if not math.isfinite(g) or not math.isfinite(b):
            model.error("not-finite", thing, f"in {thing.file} has a section that is no finite number; correct it")
            continue
        node = place.nodes[terminal.node]
        square = node.nominal_kv**2 * 1e3
        yield Shunt(mrid_of(thing), thing.name, node.mrid, g * square, -b * square)


def _points(model: Model) -> dict[str, dict[int, tuple[float, float]]]:
    kind = "NonlinearShuntCompensatorPoint"
    found: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    for point in model.all(kind):
        owner = point.values.get(f"{kind}.NonlinearShuntCompensator", "")
        number = model.whole(point, f"{kind}.sectionNumber")
        found[owner][number] = (model.number(point, f"{kind}.g"), model.number(point, f"{kind}.b"))
    return found


def _name_assumptions(model: Model, devices: list[Device]) -> None:
    for each in devices:
        kind, label = each.thing.kind, each.thing.label
        if kind in _CONVERTERS:
            text = "stands between alternating and direct current; imported with the fixed power of the file"
            model.warn("dc-converter", label, text)
        elif kind in _LOADS and _depends_on_voltage(model, each.thing):
            model.warn("voltage-dependent-load", label, "depends on its voltage; imported as constant power")


def _depends_on_voltage(model: Model, load: Thing) -> bool:
    response = model.ref(load, "EnergyConsumer.LoadResponse")
    if response is None:
        return False
    words = ("pVoltageExponent", "qVoltageExponent", "pConstantImpedance", "pConstantCurrent",
             "qConstantImpedance", "qConstantCurrent")  # fmt: skip
    return any(model.number(response, f"LoadResponseCharacteristic.{word}") for word in words)
