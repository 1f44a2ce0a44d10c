"""One end of a transformer: its impedance, its rated voltage and its tap changers."""

import math
from dataclasses import dataclass
from typing import Any, Final

from gridops.cases.case import Node
from gridops.cases.cgmes.model import Model
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.taps import PhaseTaps, RatioTaps, TapChangers
from gridops.cases.cgmes.yard import Terminal, Yard

_LEAST_PU: Final = 0.5  # targets beyond are of another quantity or unit
_MOST_PU: Final = 1.5
_LEAST_RATIO: Final = 0.1


@dataclass(slots=True)
class End:
    thing: Thing
    terminal: Terminal
    node: Node
    at: str  # mrid of the node where it is connected
    rated_kv: float
    rated_mva: float  # nan where the source names none
    r: float  # ohm at rated_kv
    x: float
    g: float  # siemens at rated_kv
    b: float
    clock_deg: float
    ratio: RatioTaps | None = None
    shift_deg: float = 0.0
    shift_ratio: float = 1.0


def read_end(place: Yard, owner: Thing, thing: Thing, taps: TapChangers) -> End | None:
    """An end with its impedance at the present steps; None, and an error, where it cannot be read."""
    model = place.model
    pointed = model.needed(thing, "TransformerEnd.Terminal")
    terminal = place.by_id.get(pointed.id) if pointed is not None else None
    node = place.node(terminal) if terminal is not None else None
    if terminal is None or node is None:
        return None
    kind = "PowerTransformerEnd"
    rated_kv = model.number(thing, f"{kind}.ratedU", node.nominal_kv)
    if not 0 < rated_kv < math.inf:
        model.error("rated-voltage", thing, f"in {thing.file} has ratedU = {rated_kv:g}; it must be above zero")
        return None
    rated_mva = model.bounded(thing, f"{kind}.ratedS", math.nan)
    r, x, g, b = (model.finite(thing, f"{kind}.{name}") for name in ("r", "x", "g", "b"))
    end = End(
        thing=thing,
        terminal=terminal,
        node=node,
        at=place.end(terminal, owner.name),
        rated_kv=rated_kv,
        rated_mva=rated_mva if rated_mva > 0 else math.nan,
        r=r,
        x=x,
        g=g,
        b=b,
        clock_deg=30.0 * model.whole(thing, f"{kind}.phaseAngleClock"),
        ratio=taps.ratio(thing),
    )
    return _at_steps(model, end, taps.phase(thing))


def _at_steps(model: Model, end: End, phase: PhaseTaps | None) -> End | None:
    ratio = 1.0
    for each in (end.ratio, phase):
        if each is not None:
            end.r, end.x, ratio = end.r * each.r_factor, end.x * each.x_factor, ratio * each.ratio
    if phase is not None:
        end.shift_deg, end.shift_ratio = phase.angle_deg, phase.ratio
    if end.ratio is not None:
        ratio *= 1 + (end.ratio.position - end.ratio.neutral) * end.ratio.percent / 100
    if _LEAST_RATIO < ratio < 1 / _LEAST_RATIO and math.isfinite(end.shift_deg + abs(complex(end.r, end.x))):
        return end
    model.error(
        "tap-ratio", end.thing, f"has tap changers that set a ratio of {ratio:g}; correct their steps or tables"
    )
    return None


def fixed_kv(end: End, *, is_stepped: bool) -> float:
    """The rated voltage with every ratio in it that is not left to the taps."""
    taps = end.ratio
    own = 1.0 if taps is None else taps.ratio
    if taps is not None and not is_stepped:
        own *= 1 + (taps.position - taps.neutral) * taps.percent / 100
    return end.rated_kv * end.shift_ratio * own


def tap_fields(place: Yard, name: str, end: End | None, *, is_high: bool, low: End) -> dict[str, Any]:
    """The fields of a stepped tap changer at one end; none where there is none."""
    if end is None or end.ratio is None:
        return {}
    taps = end.ratio
    return {
        "tap_on_high_side": is_high,
        "tap_position": taps.position,
        "tap_neutral": taps.neutral,
        "tap_min": taps.low,
        "tap_max": taps.high,
        "tap_step_percent": taps.percent,
        **_regulation(place, name, taps, low),
    }


def _regulation(place: Yard, name: str, taps: RatioTaps, low: End) -> dict[str, Any]:
    """Held is the voltage of the low side; any other control is named and the tap stays where it is."""
    model = place.model
    control = model.ref(taps.changer, "TapChanger.TapChangerControl")
    if control is None or not model.flag(taps.changer, "TapChanger.controlEnabled", True):
        return {}
    if not model.flag(control, "RegulatingControl.enabled", False):
        return {}
    pointed = place.by_id.get(control.values.get("RegulatingControl.Terminal", ""))
    target = model.number(control, "RegulatingControl.targetValue") / low.node.nominal_kv
    if pointed is not None and place.same_bus(pointed.node, low.terminal.node) and _LEAST_PU < target < _MOST_PU:
        return {"is_regulating": True, "target_pu": target}
    model.note("tap-control", name, "regulates something else than its low side; its tap stays where it is")
    return {}
