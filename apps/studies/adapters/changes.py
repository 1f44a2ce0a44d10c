"""Changes as they are given, checked against the network and made plain, in words too.

Powers are given as people say them: what a load or a hub draws, and what a plant feeds in, is positive.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork
from apps.studies.choices import FIXED_FLOW, MOST_KW, ChangeKind, Flowing, PlantKind, Reactive, Scaled
from apps.studies.rules import Refused

ALL = "all"
MOST_FACTOR = 20.0
_SCALED_KINDS = {Scaled.LOAD: (CONSUMER,), Scaled.GENERATION: (GENERATOR,), Scaled.STORAGE: (BATTERY,)}
_FIND = "Choose it from the search; it looks in this study's version of the network."

Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """The network of a study, and who stands where in it: positions of injections by feeder or station."""

    network: AssembledNetwork
    injections_of: Callable[[str], tuple[str, np.ndarray] | None]  # by mRID of a feeder or station: name, positions


@dataclass(frozen=True, slots=True)
class Checked:
    payload: dict[str, Any]
    text: str


def checked(kind: ChangeKind, given: Given, place: Place) -> Checked:
    """Raises Refused, which names the field and the remedy."""
    return _CHECKS[kind](given, place)


def scaled_injections(network: AssembledNetwork, which: Scaled) -> np.ndarray:
    """Per injection, whether it is of that sort."""
    kinds = _SCALED_KINDS.get(which, (CONSUMER, GENERATOR, BATTERY))
    return np.isin(network.injection.kind, kinds)


def number(given: Given, field: str, *, least: float, most: float, default: float | None = None) -> float:
    value = given.get(field, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Refused(field, f"Give a number from {least:g} to {most:g}.")
    if not least <= value <= most:
        raise Refused(field, f"{value:g} is not from {least:g} to {most:g}. Give a number in that range.")
    return float(value)


def word(given: Given, field: str, allowed: type[Any], default: str | None = None) -> Any:
    value = given.get(field, default)
    if value not in allowed.values:
        raise Refused(field, f"Give one of: {', '.join(allowed.values)}.")
    return allowed(value)


def q_per_kw(given: Given, flowing: Flowing) -> tuple[float, float, Reactive]:
    """kvar per kW with the sign of an injection's active power, the power factor, and which way reactive power goes."""
    cos_phi = number(given, "cos_phi", least=0.1, most=1.0, default=1.0)
    reactive = word(given, "reactive", Reactive, Reactive.ABSORBS)
    tangent = math.tan(math.acos(cos_phi))
    same_way = (flowing == Flowing.FEEDS_IN) == (reactive == Reactive.DELIVERS)
    return (tangent if same_way else -tangent), cos_phi, reactive


def _mrid(given: Given) -> str:
    value = given.get("mrid")
    if not isinstance(value, str) or not value:
        raise Refused("mrid", f"No equipment is named. {_FIND}")
    return value.lower()


def _switch(given: Given, place: Place) -> Checked:
    mrid, closed = _mrid(given), given.get("closed")
    at = place.network.switches.position.get(mrid)
    if at is None:
        raise Refused("mrid", f"There is no such switch. {_FIND}")
    if not isinstance(closed, bool):
        raise Refused("closed", "Give true to close the switch, false to open it.")
    name = place.network.switches.name[at]
    return Checked({"mrid": mrid, "closed": closed}, f"{'Close' if closed else 'Open'} {name}")


def _scale(given: Given, place: Place) -> Checked:
    which = word(given, "which", Scaled)
    factor = number(given, "factor", least=0.0, most=MOST_FACTOR)
    mrid = str(given.get("mrid") or ALL).lower()
    name, positions = _target(mrid, place)
    if not scaled_injections(place.network, which)[positions].any():
        raise Refused("which", f"{name} has nothing of that sort. Choose another sort, or another place.")
    label = "everything" if which == Scaled.ALL else str(which.label).lower()
    text = f"Scale {label} of {name} to {100 * factor:g} %"
    return Checked({"mrid": mrid, "which": which.value, "factor": factor}, text)


def _target(mrid: str, place: Place) -> tuple[str, np.ndarray]:
    injections = place.network.injections
    if mrid == ALL:
        return "the whole network", np.arange(len(injections))
    if (at := injections.position.get(mrid)) is not None:
        return injections.name[at], np.array([at])
    if (node := place.network.nodes.position.get(mrid)) is not None:
        return place.network.nodes.name[node], np.flatnonzero(place.network.network.injection_node == node)
    found = place.injections_of(mrid)
    if found is None:
        raise Refused("mrid", f"There is no such load, plant, node, feeder or station. {_FIND}")
    return found


def _set_power(given: Given, place: Place) -> Checked:
    mrid = _mrid(given)
    at = place.network.injections.position.get(mrid)
    if at is None:
        raise Refused("mrid", f"There is no such load, plant or battery. {_FIND}")
    is_load = int(place.network.injection.kind[at]) == CONSUMER
    p_kw = number(given, "p_kw", least=-MOST_KW, most=MOST_KW)
    payload: dict[str, Any] = {"mrid": mrid, "p_kw": p_kw}
    text = f"Let {place.network.injections.name[at]} {'draw' if is_load else 'feed in'} {p_kw:g} kW"
    if given.get("q_kvar") is not None:
        payload["q_kvar"] = number(given, "q_kvar", least=-MOST_KW, most=MOST_KW)
        text += f" and {payload['q_kvar']:g} kvar"
    return Checked(payload, text)


def _plant(given: Given, place: Place) -> Checked:
    mrid = _mrid(given)
    node = place.network.node_at(mrid)
    if node is None:
        raise Refused("mrid", f"There is no such node, nor a switch or load at one. {_FIND}")
    plant = word(given, "plant", PlantKind)
    flowing = FIXED_FLOW.get(plant) or word(given, "flowing", Flowing)
    p_kw = number(given, "p_kw", least=0.0, most=MOST_KW)
    _, cos_phi, reactive = q_per_kw(given, flowing)
    at = place.network.nodes.name[int(place.network.node.bus[node])]
    verb = "feeding in" if flowing == Flowing.FEEDS_IN else "drawing"
    phi = "" if cos_phi == 1 else f", cos φ {cos_phi:g}, {str(reactive.label).lower()}"
    return Checked(
        {
            "mrid": mrid, "plant": plant.value, "p_kw": p_kw, "flowing": flowing.value,
            "cos_phi": cos_phi, "reactive": reactive.value,
        },
        f"Add a {str(plant.label).lower()} at {at}, {verb} {p_kw:g} kW{phi}",
    )  # fmt: skip


def _outage(given: Given, place: Place) -> Checked:
    mrid = _mrid(given)
    for named in (place.network.lines, place.network.transformers):
        if (at := named.position.get(mrid)) is not None:
            return Checked({"mrid": mrid}, f"Take {named.name[at]} out")
    raise Refused("mrid", f"There is no such line or transformer. {_FIND}")


def _tap(given: Given, place: Place) -> Checked:
    mrid = _mrid(given)
    at = place.network.transformers.position.get(mrid)
    if at is None:
        raise Refused("mrid", f"There is no such transformer. {_FIND}")
    units = place.network.network.transformers
    low, high, name = int(units.tap_min[at]), int(units.tap_max[at]), place.network.transformers.name[at]
    if low == high:
        raise Refused("mrid", f"{name} has no taps to move. Choose another transformer.")
    position = number(given, "position", least=low, most=high)
    if position != int(position):
        raise Refused("position", f"Taps stand at whole numbers. Give one from {low} to {high}.")
    return Checked({"mrid": mrid, "position": int(position)}, f"Move the tap of {name} to {int(position)}")


_CHECKS: dict[ChangeKind, Callable[[Given, Place], Checked]] = {
    ChangeKind.SWITCH: _switch,
    ChangeKind.SCALE: _scale,
    ChangeKind.SET_POWER: _set_power,
    ChangeKind.PLANT: _plant,
    ChangeKind.OUTAGE: _outage,
    ChangeKind.TAP: _tap,
}
