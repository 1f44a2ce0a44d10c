"""Steps as desks give them, checked against the network and the state, and as changes of a study.

Signs: a step's power is positive from the node into the equipment, the base's injection positive into the network.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR
from apps.dispatch.choices.proposal import MOST_STEPS, SETTINGS, StepQuantity
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import Place
from apps.studies.choices import ChangeKind

_UNITS = {
    StepQuantity.SWITCH_STATE: "",
    StepQuantity.TAP_POSITION: "",
    StepQuantity.ACTIVE_POWER: "kW",
    StepQuantity.REACTIVE_POWER: "kvar",
}


class BadStep(ValueError):
    """Says which step cannot be, and what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    device_mrid: str
    device_name: str
    quantity: StepQuantity
    unit: str
    before: float
    to: float
    low: float | None  # the safe range; None where nobody knows it
    high: float | None

    @property
    def objection(self) -> str:
        """Why it may not be done. An unknown range means: hold."""
        if self.low is None or self.high is None:
            return f"No safe range of {self.device_name} is known, so it holds where it is."
        if not self.low <= self.to <= self.high:
            return f"{self.to:g} is not within the safe range of {self.device_name}, {self.low:g} to {self.high:g}."
        return ""

    @property
    def words(self) -> str:
        if self.quantity == StepQuantity.SWITCH_STATE:
            return f"{'Close' if self.to else 'Open'} {self.device_name}"
        if self.quantity == StepQuantity.TAP_POSITION:
            return f"Move the tap of {self.device_name} from {self.before:g} to {self.to:g}"
        what = "active" if self.quantity == StepQuantity.ACTIVE_POWER else "reactive"
        before, to = round(self.before) + 0, round(self.to) + 0  # never "-0"
        return f"Set the {what} power of {self.device_name} from {before} to {to} {self.unit}"

    def document(self) -> dict[str, Any]:
        found = asdict(self) | {"quantity": self.quantity.value, "words": self.words}
        found["from"] = found.pop("before")
        return found

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Step":
        quantity = StepQuantity(document["quantity"])
        names = ("device_mrid", "device_name", "unit", "to", "low", "high")
        return cls(quantity=quantity, before=document["from"], **{name: document[name] for name in names})


@dataclass(frozen=True, slots=True)
class Wanted:
    """As a desk says it; its bounds narrow those of the device, and stand alone where the device has none."""

    device_mrid: str
    quantity: StepQuantity
    to: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class _Device:
    name: str
    now: float
    low: float | None
    high: float | None


def read_steps(wanted: Sequence[Wanted], base: Base, place: Place) -> list[Step]:
    """In their order; a device that is moved twice begins its second step where the first leaves it.

    Raises BadStep for a device that is not there, a value that cannot be, or too many steps.
    """
    if not 0 < len(wanted) <= MOST_STEPS:
        raise BadStep(f"A proposal has from 1 to {MOST_STEPS} steps; this one has {len(wanted)}.")
    left_at: dict[tuple[str, StepQuantity], float] = {}
    steps = []
    for one in wanted:
        device = device_of(one.device_mrid, one.quantity, base, place)
        if not math.isfinite(one.to):
            raise BadStep(f"The value for {device.name} is not a number. Give one.")
        before = left_at.get((one.device_mrid, one.quantity), device.now)
        left_at[one.device_mrid, one.quantity] = one.to
        low, high = _narrower(device.low, one.low, max), _narrower(device.high, one.high, min)
        unit = _UNITS[one.quantity]
        steps.append(Step(one.device_mrid, device.name, one.quantity, unit, before, float(one.to), low, high))
    return steps


def device_of(mrid: str, quantity: StepQuantity, base: Base, place: Place) -> _Device:
    """Raises BadStep where the network has no such device, or where it is no step of a proposal."""
    if quantity in SETTINGS:
        raise BadStep(f"{quantity.label} is a setting: it is given by a course of set-points, not by a proposal.")
    return _DEVICES[quantity](mrid, base, place)


def changes_of(steps: Sequence[Step], base: Base, place: Place) -> list[tuple[ChangeKind, dict[str, Any]]]:
    """As a study applies them."""
    return [_CHANGES[step.quantity](step, base, place) for step in steps]


def undone(steps: Sequence[Step]) -> list[Step]:
    """The same devices back to where they were, last first."""
    return [
        Step(s.device_mrid, s.device_name, s.quantity, s.unit, s.to, s.before, s.low, s.high) for s in reversed(steps)
    ]


def stands_as(steps: Sequence[Step], base: Base, place: Place, *, done: bool, tolerance: float = 0.05) -> str:
    """Empty if every device stands where the steps leave it (or find it); otherwise which does not, and where."""
    ends: dict[tuple[str, StepQuantity], Step] = {}
    for step in steps if done else list(reversed(steps)):
        ends[step.device_mrid, step.quantity] = step
    for step in ends.values():
        wanted = step.to if done else step.before
        now = device_of(step.device_mrid, step.quantity, base, place).now
        is_power = step.quantity in (StepQuantity.ACTIVE_POWER, StepQuantity.REACTIVE_POWER)
        if abs(now - wanted) > (max(tolerance * abs(wanted), 1.0) if is_power else 0.5):
            return f"{step.device_name} stands at {now:g}, not at {wanted:g}."
    return ""


def operations_of(documents: Sequence[Mapping[str, Any]]) -> int:
    """How often something moves: a tap changer once a position, everything else once a step."""
    return sum(
        round(abs(step["to"] - step["from"])) if step["quantity"] == StepQuantity.TAP_POSITION else 1
        for step in documents
    )


def _narrower(own: float | None, given: float | None, pick: Callable[[float, float], float]) -> float | None:
    if own is None or given is None:
        return given if own is None else own
    return pick(own, given)


def _missing(mrid: str, what: str) -> BadStep:
    return BadStep(f"The live network has no {what} with the mRID {mrid}. Choose one from the search.")


def _switch(mrid: str, base: Base, place: Place) -> _Device:
    at = place.network.switches.position.get(mrid)
    if at is None:
        raise _missing(mrid, "switch")
    return _Device(place.network.switches.name[at], float(base.switch_closed[at]), 0.0, 1.0)


def _tap(mrid: str, base: Base, place: Place) -> _Device:
    at = place.network.transformers.position.get(mrid)
    if at is None:
        raise _missing(mrid, "transformer")
    units = place.network.network.transformers
    low, high = float(units.tap_min[at]), float(units.tap_max[at])
    return _Device(place.network.transformers.name[at], float(base.tap_position[at]), low, high)


def _active(mrid: str, base: Base, place: Place) -> _Device:
    at = _injection(mrid, place)
    kind, rated = int(place.network.injection.kind[at]), float(place.network.injection.rated_s_kva[at])
    bounds: dict[int, tuple[float | None, float | None]] = {
        GENERATOR: (-rated, 0.0) if rated > 0 else (None, None),
        BATTERY: (-rated, rated) if rated > 0 else (None, None),
        CONSUMER: (None, None),
    }
    return _Device(place.network.injections.name[at], -float(base.injection_p_kw[at]), *bounds[kind])


def _reactive(mrid: str, base: Base, place: Place) -> _Device:
    at = _injection(mrid, place)
    rated = float(place.network.injection.rated_s_kva[at])
    left = math.sqrt(max(rated**2 - float(base.injection_p_kw[at]) ** 2, 0.0)) if rated > 0 else None
    low = None if left is None else -left
    return _Device(place.network.injections.name[at], -float(base.injection_q_kvar[at]), low, left)


def _injection(mrid: str, place: Place) -> int:
    at = place.network.injections.position.get(mrid)
    if at is None:
        raise _missing(mrid, "load, plant or battery")
    return int(at)


_DEVICES: dict[StepQuantity, Callable[[str, Base, Place], _Device]] = {
    StepQuantity.SWITCH_STATE: _switch,
    StepQuantity.TAP_POSITION: _tap,
    StepQuantity.ACTIVE_POWER: _active,
    StepQuantity.REACTIVE_POWER: _reactive,
}


def _switched(step: Step, _base: Base, _place: Place) -> tuple[ChangeKind, dict[str, Any]]:
    return ChangeKind.SWITCH, {"mrid": step.device_mrid, "closed": bool(step.to)}


def _tapped(step: Step, _base: Base, _place: Place) -> tuple[ChangeKind, dict[str, Any]]:
    return ChangeKind.TAP, {"mrid": step.device_mrid, "position": int(step.to)}


def _powered(step: Step, base: Base, place: Place) -> tuple[ChangeKind, dict[str, Any]]:
    """A study has what plants feed in as positive; what the step does not name stays as it is."""
    at = _injection(step.device_mrid, place)
    sign = 1.0 if int(place.network.injection.kind[at]) == CONSUMER else -1.0
    p, q = -float(base.injection_p_kw[at]), -float(base.injection_q_kvar[at])
    if step.quantity == StepQuantity.ACTIVE_POWER:
        p = step.to
    else:
        q = step.to
    return ChangeKind.SET_POWER, {"mrid": step.device_mrid, "p_kw": sign * p, "q_kvar": sign * q}


_CHANGES: dict[StepQuantity, Callable[[Step, Base, Place], tuple[ChangeKind, dict[str, Any]]]] = {
    StepQuantity.SWITCH_STATE: _switched,
    StepQuantity.TAP_POSITION: _tapped,
    StepQuantity.ACTIVE_POWER: _powered,
    StepQuantity.REACTIVE_POWER: _powered,
}
