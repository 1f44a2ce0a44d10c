"""Who holds which voltage, and who is the source of each island."""

import math
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from gridops.cases.case import Source
from gridops.cases.cgmes.injections import Device
from gridops.cases.cgmes.model import BEYOND, Model
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.yard import Yard
from gridops.cases.newton import Control

_SCALE: Final = {"k": 1.0, "M": 1e3, "none": 1e-3, "": 1.0}
_NARROWEST_KVAR: Final = 1e3  # a machine with less room than this cannot hold a voltage
_LARGEST_TARGET_PU: Final = 1.5


def controls(place: Yard, devices: Iterable[Device]) -> list[Control]:
    found = (_control(place, device) for device in devices)
    return [control for control in found if control is not None]


def _control(place: Yard, device: Device) -> Control | None:
    asked = _target(place, device)
    if asked is None:
        return None
    held, target_kv = asked
    node = place.nodes.get(held)
    if node is None:
        return None
    target = target_kv / node.nominal_kv
    if not 1 / _LARGEST_TARGET_PU < target < _LARGEST_TARGET_PU:
        text = f"is told to hold {target_kv:g} kV at a node of {node.nominal_kv:g} kV; its reactive power is fixed"
        place.model.warn("odd-target", device.thing.label, text)
        return None
    low, high = _room(place.model, device)
    if high - low < _NARROWEST_KVAR:
        return None
    return Control(device.mrid, device.node.mrid, node.mrid, target, low, high)


def _target(place: Yard, device: Device) -> tuple[str, float] | None:
    """The node whose voltage is held and its target in kV."""
    model, thing = place.model, device.thing
    if thing.kind == "EquivalentInjection":
        holds = model.flag(thing, "EquivalentInjection.regulationStatus", False)
        return (device.node_id, model.number(thing, "EquivalentInjection.regulationTarget")) if holds else None
    if thing.kind == "VsConverter":
        holds = thing.values.get("VsConverter.qPccControl") == "voltagePcc"
        at = _held_node(place, thing, "ACDCConverter.PccTerminal", device)
        return (at, model.number(thing, "VsConverter.targetUpcc")) if holds else None
    return _by_control(place, device)


def _by_control(place: Yard, device: Device) -> tuple[str, float] | None:
    model, thing = place.model, device.thing
    control = model.ref(thing, "RegulatingCondEq.RegulatingControl")
    if control is None or control.values.get("RegulatingControl.mode") != "voltage":
        return None
    is_on = model.flag(control, "RegulatingControl.enabled", True)
    if not is_on or not model.flag(thing, "RegulatingCondEq.controlEnabled", True):
        return None
    scale = _SCALE.get(control.values.get("RegulatingControl.targetValueUnitMultiplier", "k"), 1.0)
    target = model.number(control, "RegulatingControl.targetValue") * scale
    return _held_node(place, control, "RegulatingControl.Terminal", device), target


def _held_node(place: Yard, thing: Thing, key: str, device: Device) -> str:
    terminal = place.by_id.get(thing.values.get(key, ""))
    return terminal.node if terminal is not None and terminal.node else device.node_id


def _room(model: Model, device: Device) -> tuple[float, float]:
    """Least and most reactive production in kvar, at the machine's active power."""
    thing = device.thing
    if thing.kind == "StaticVarCompensator":
        return _susceptive_room(model, device)
    curve = thing.values.get("SynchronousMachine.InitialReactiveCapabilityCurve", "")
    points = sorted(
        (model.number(point, "CurveData.xvalue"), model.number(point, "CurveData.y1value"),
         model.number(point, "CurveData.y2value"))
        for point in model.all("CurveData") if curve and point.values.get("CurveData.Curve") == curve
    )  # fmt: skip
    if points:
        return _on_curve(points, -device.p_kw / 1e3)
    words = {"SynchronousMachine": ("SynchronousMachine.minQ", "SynchronousMachine.maxQ")}.get(
        thing.kind, (f"{thing.kind}.minQ", f"{thing.kind}.maxQ")
    )
    return _open(model.number(thing, words[0], -math.inf)), _open(model.number(thing, words[1], math.inf))


def _open(mvar: float) -> float:
    return mvar * 1e3 if abs(mvar) < BEYOND else math.copysign(math.inf, mvar)


def _on_curve(points: list[tuple[float, float, float]], p_mw: float) -> tuple[float, float]:
    before = max((each for each in points if each[0] <= p_mw), default=points[0])
    after = min((each for each in points if each[0] >= p_mw), default=points[-1])
    share = (p_mw - before[0]) / (after[0] - before[0]) if after[0] > before[0] else 0.0
    low, high = (before[i] + share * (after[i] - before[i]) for i in (1, 2))
    return _open(min(low, high)), _open(max(low, high))


def _susceptive_room(model: Model, device: Device) -> tuple[float, float]:
    """From the reactances of full induction and full capacity, at nominal voltage."""
    square = device.node.nominal_kv**2 * 1e3
    kind = "StaticVarCompensator"
    capacitive = model.number(device.thing, f"{kind}.capacitiveRating")
    inductive = model.number(device.thing, f"{kind}.inductiveRating")
    low = -square / abs(inductive) if inductive else -math.inf
    return low, square / abs(capacitive) if capacitive else math.inf


def sources(
    place: Yard, devices: list[Device], held: list[Control], joined: dict[str, str]
) -> tuple[list[Source], frozenset[str]]:
    """One source per island that has somebody to be it, and the devices that became one.

    First the files' own reference (referencePriority, then the angle reference of SV), then an external network, then
    the largest machine that holds a voltage, then any machine, then an equivalent of the neighbouring grid.
    """
    islands: dict[str, list[Device]] = defaultdict(list)
    for device in devices:
        islands[joined[device.node.mrid]].append(device)
    target = {control.device: control for control in held}
    reference = {each.values.get("TopologicalIsland.AngleRefTopologicalNode") for each in
                 place.model.all("TopologicalIsland")}  # fmt: skip
    found, used = [], set()
    for members in islands.values():
        ranked = [(rank, device) for device in members if (rank := _rank(place, device, target, reference))]
        if not ranked:
            continue
        rank, chosen = max(ranked, key=lambda each: (each[0], each[1].mrid))
        used.add(chosen.mrid)
        found.append(_source(place, chosen, target.get(chosen.mrid)))
        _name_choice(place.model, chosen, rank)
    return found, frozenset(used)


def _rank(
    place: Yard, device: Device, target: dict[str, Control], reference: set[str | None]
) -> tuple[int, float] | None:
    model, kind = place.model, device.thing.kind
    priority = model.whole(device.thing, "SynchronousMachine.referencePriority") or model.whole(
        device.thing, "ExternalNetworkInjection.referencePriority"
    )
    size = -device.p_kw
    if priority > 0:
        return 6, -float(priority)
    if kind not in {"SynchronousMachine", "ExternalNetworkInjection", "EquivalentInjection", "EnergySource"}:
        return None
    if place.topological.get(device.node_id) in reference and device.mrid in target:
        return 5, size
    if kind in {"ExternalNetworkInjection", "EnergySource"}:
        return 4, size
    if kind == "SynchronousMachine":
        return (3 if device.mrid in target else 2), size
    return 1, size


_REASONS: Final = {
    5: "it stands at the angle reference of the SV file",
    4: "it is the external network",
    3: "it is the largest machine of its island that holds a voltage",
    2: "it is the largest machine of its island, though it holds no voltage",
    1: "it is the largest equivalent of a neighbouring grid in its island",
}


def _name_choice(model: Model, device: Device, rank: tuple[int, float]) -> None:
    if rank[0] in _REASONS:
        text = f"is taken as the source of its island, as no file sets a referencePriority: {_REASONS[rank[0]]}"
        model.warn("no-slack", device.thing.label, text)


def _source(place: Yard, device: Device, control: Control | None) -> Source:
    """Its own target where it holds its own node, else the solved voltage, else the voltage named for its node."""
    solved = place.solved(device.node_id)
    if control is not None and control.held_node == control.node:
        voltage = control.target_pu
    elif solved is not None:
        voltage = solved[0]
    else:
        voltage = control.target_pu if control is not None else _named_voltage(place.model, device)
    return Source(device.mrid, device.thing.name, device.node.mrid, voltage, solved[1] if solved else 0.0)


def _named_voltage(model: Model, device: Device) -> float:
    given = model.number(device.thing, "EnergySource.voltageMagnitude") / device.node.nominal_kv
    if 1 / _LARGEST_TARGET_PU < given < _LARGEST_TARGET_PU:
        return given
    model.warn("source-voltage", device.thing.label, "names no voltage; its nominal voltage is assumed")
    return 1.0
