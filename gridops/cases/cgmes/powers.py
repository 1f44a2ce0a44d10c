"""Sources, and machines with the reactive power that holds what they hold in the source."""

import cmath
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID, uuid5

from gridops.cases import balance
from gridops.cases.balance import Injection, State
from gridops.cases.case import Load, NetworkCase
from gridops.cases.cgmes import control
from gridops.cases.cgmes.injections import Device, Injections
from gridops.cases.cgmes.model import Model
from gridops.cases.cgmes.yard import Yard
from gridops.cases.groups import groups
from gridops.cases.newton import Control

_FAR_PU: Final = 0.01


def powered(case: NetworkCase, place: Yard, shifts: dict[str, float], found: Injections) -> NetworkCase:
    """The case with everything that feeds and draws. `shifts`: degrees beyond the clock, by transformer."""
    model = place.model
    held = control.controls(place, found.devices)
    sources, used = control.sources(place, found.devices, held, _islands(case))
    case = replace(case, sources=tuple(sources))
    found.devices = [each for each in found.devices if each.mrid not in used]
    held = [each for each in held if each.device not in used]
    meshed = _meshed_shifts(case, shifts, model)
    powers = [Injection(each.mrid, each.node.mrid, -each.p_kw, -each.q_kvar) for each in found.devices]
    state = balance.solve(case, powers, held, meshed, _start(place))
    if state is None:
        _name_unsolved(case, model, is_held=bool(held), meshed=meshed)
        return _with_devices(case, model, found, {}, [])
    found.devices = [replace(each, q_kvar=-state.produced_kvar[each.mrid]) for each in found.devices]
    _name_controls(model, found.devices, held, state)
    _name_difference(place, state)
    voltage = {node: abs(value) for node, value in state.voltage.items()}
    complete = _with_devices(case, model, found, voltage, _shift_loads(case, model, state))
    _name_hard_start(complete, model)
    return complete


def _islands(case: NetworkCase) -> dict[str, str]:
    pairs = [(each.from_node, each.to_node) for each in case.lines]
    pairs += [(each.high_node, each.low_node) for each in case.transformers]
    pairs += [(each.from_node, each.to_node) for each in case.switches if each.closed]
    return groups((node.mrid for node in case.nodes), pairs)


def _with_devices(
    case: NetworkCase, model: Model, found: Injections, voltage: dict[str, float], shifts: list[Load]
) -> NetworkCase:
    return replace(
        case,
        loads=(*found.loads(), *shifts),
        generators=tuple(found.generators(model)),
        shunts=(*case.shunts, *found.compensators(voltage)),
    )


def _name_unsolved(case: NetworkCase, model: Model, *, is_held: bool, meshed: dict[str, float]) -> None:
    if is_held or meshed:
        text = "has no power flow with the voltages that its machines hold; they have the reactive power of the file"
        model.warn("voltage-control", case.name, text)
    for name in (each.name for each in case.transformers if each.mrid in meshed):
        model.warn("phase-shifter", name, "shifts the phase within a mesh; imported without the shift")


def _name_hard_start(case: NetworkCase, model: Model) -> None:
    """GridOps begins every power flow from nothing and without held voltages."""
    powers = [Injection(each.mrid, each.node, -each.p_kw, -each.q_kvar) for each in case.loads]
    powers += [Injection(each.mrid, each.node, each.p_kw, each.q_kvar) for each in case.generators]
    if balance.solve(case, powers, [], {}, {}) is None:
        text = "is loaded so heavily that a power flow may find no solution when machines do not hold their voltages"
        model.warn("hard-to-solve", case.name, text)


def _start(place: Yard) -> dict[str, complex]:
    solved = ((node.mrid, place.solved(identity)) for identity, node in place.nodes.items())
    return {node: cmath.rect(at[0], math.radians(at[1])) for node, at in solved if at is not None}


def _meshed_shifts(case: NetworkCase, given: dict[str, float], model: Model) -> dict[str, float]:
    """Shifts that drive a flow. In front of a part that hangs on one transformer alone a shift changes no voltage."""
    found = {}
    nodes = [node.mrid for node in case.nodes]
    pairs = [(each.from_node, each.to_node) for each in case.lines]
    pairs += [(each.from_node, each.to_node) for each in case.switches if each.closed]
    for each in case.transformers:
        if each.mrid not in given:
            continue
        others = [(t.high_node, t.low_node) for t in case.transformers if t.mrid != each.mrid]
        group = groups(nodes, pairs + others)
        if group[each.high_node] == group[each.low_node]:
            found[each.mrid] = given[each.mrid]
        else:
            text = f"shifts the phase by {given[each.mrid]:g} degrees; imported without, as it closes no mesh"
            model.note("phase-shifter", each.name, text)
    return found


def _shift_loads(case: NetworkCase, model: Model, state: State) -> list[Load]:
    """The flow that a phase shifter drives, as powers drawn at its ends."""
    found = []
    for each in case.transformers:
        if each.mrid not in state.shifted:
            continue
        text = (
            "shifts the phase within a mesh; imported without the shift, with the flow of the file's state as two loads"
        )
        model.warn("phase-shifter", each.name, text)
        ends = zip((each.high_node, each.low_node), state.shifted[each.mrid], strict=True)
        for (node, power), side in zip(ends, ("high", "low"), strict=True):
            identity = str(uuid5(UUID(each.mrid), side))
            name = f"Phase shift of {each.name}, {side} side"
            found.append(Load(identity, name, node, power.real, power.imag, customers=0))
    return found


def _name_controls(model: Model, devices: Sequence[Device], held: Sequence[Control], state: State) -> None:
    by_device = {control.device: control for control in held}
    for each in devices:
        asked = by_device.get(each.mrid)
        if asked is None or asked.node not in state.voltage:
            continue
        text = f"holds {asked.target_pu:.4f} pu in the source; imported with the fixed {-each.q_kvar:.0f} kvar "
        limit = "that are the end of its range" if each.mrid in state.at_limit else "that do so in the file's state"
        model.warn("voltage-control", each.thing.label, text + limit)


def _name_difference(place: Yard, state: State) -> None:
    """How far the voltages lie from the solved state of the file."""
    found = []
    for identity, node in place.nodes.items():
        solved = place.solved(identity)
        if solved is not None and node.mrid in state.voltage:
            found.append((abs(abs(state.voltage[node.mrid]) - solved[0]), node.name))
    if not found:
        return
    most, where = max(found)
    text = f"is the node where the voltage is farthest from the solved state in the SV file: by {most:.4f} pu"
    (place.model.warn if most > _FAR_PU else place.model.note)("solved-state", where, text)
