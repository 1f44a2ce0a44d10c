"""How often parts fail and how long it takes, by class, with what a file says instead.

Lines, cables and transformers of 11 kV after Allan, Billinton and others (1991), table of the component data. A line is
a cable where its charging is that of a cable. Who knows his own figures gives them.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

CABLE_US_PER_KM = 20.0  # an overhead line of medium voltage has about 3, a cable 60 and more


class RatesError(ValueError):
    """One sentence: what is wrong in the file of rates and what to write instead."""


@dataclass(frozen=True, slots=True)
class Rates:
    overhead_failures_per_km_year: float = 0.065
    overhead_repair_h: float = 5.0
    overhead_momentary_per_km_year: float = 0.0
    cable_failures_per_km_year: float = 0.04
    cable_repair_h: float = 30.0
    transformer_failures_per_year: float = 0.015
    transformer_repair_h: float = 10.0  # replaced by another
    switching_by_hand_h: float = 1.0
    switching_remote_h: float = 1 / 60
    load_factor: float = 1.0  # of the loads as the network states them
    elements: Mapping[str, Mapping[str, float]] = field(default_factory=dict)  # by mRID or name
    remote_switches: tuple[str, ...] = ()  # by mRID or name; breakers and reclosers are remote anyway

    def document(self) -> dict[str, Any]:
        return asdict(self) | {"elements": dict(self.elements), "remote_switches": list(self.remote_switches)}


_OF_AN_ELEMENT = ("failures_per_year", "repair_h", "momentary_per_year")
_NUMBERS = tuple(one.name for one in fields(Rates) if one.name not in ("elements", "remote_switches"))


def rates_of(document: Any) -> Rates:
    """Raises RatesError."""
    if not isinstance(document, Mapping):
        raise RatesError('The file of rates is no JSON object; write {"overhead_repair_h": 4} or the like.')
    known = {one.name for one in fields(Rates)}
    if unknown := sorted(set(document) - known):
        raise RatesError(f"The file of rates names '{unknown[0]}', which is not one of: {', '.join(sorted(known))}.")
    numbers = {name: _number(name, document[name]) for name in _NUMBERS if name in document}
    elements = {
        str(name): {key: _number(f"{name}: {key}", value) for key, value in _element(str(name), one).items()}
        for name, one in _object("elements", document.get("elements", {})).items()
    }
    remote = document.get("remote_switches", [])
    if not isinstance(remote, list):
        raise RatesError("'remote_switches' is no list; write the names or mRIDs of switches in brackets.")
    return Rates(**numbers, elements=elements, remote_switches=tuple(str(one) for one in remote))


def _object(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise RatesError(f"'{name}' is no JSON object; write it in braces, by name.")
    return value


def _element(name: str, value: Any) -> Mapping[str, Any]:
    if unknown := sorted(set(_object(name, value)) - set(_OF_AN_ELEMENT)):
        raise RatesError(f"'{name}' has '{unknown[0]}', which is not one of: {', '.join(_OF_AN_ELEMENT)}.")
    return _object(name, value)


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise RatesError(f"'{name}' is {value!r}; write a number, 0 or more.")
    return float(value)
