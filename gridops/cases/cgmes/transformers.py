"""Transformers of two and three windings.

Impedances are given per end, in ohms at that end's rated voltage; those of both ends are added at the low side. Three
windings become three transformers around a star point. What the solver's transformer cannot be (a reactance below
zero, a magnetising branch that is capacitive) is carried by a line or a shunt beside it.
"""

import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from gridops.cases.case import Line, Shunt, Transformer
from gridops.cases.cgmes.lines import Ratings, is_ratio
from gridops.cases.cgmes.model import mrid_of
from gridops.cases.cgmes.ratio import rest_of_ratio
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.taps import TapChangers
from gridops.cases.cgmes.windings import End, fixed_kv, read_end, tap_fields
from gridops.cases.cgmes.yard import Terminal, Yard
from gridops.cases.limits import DEFAULT_PU

_ASSUMED_MVA: Final = 100.0
_LEAST_UK_PERCENT: Final = 0.01
_NO_SHIFT_DEG: Final = 0.01
_NOTHING_S: Final = 1e-9
_MOST_I0: Final = 0.02  # of the rated current: beyond it the place of the magnetising branch can be seen


@dataclass(slots=True)
class Built:
    transformers: list[Transformer] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)
    shifts: dict[str, float] = field(default_factory=dict)  # degrees beyond the clock, by transformer: low lags high


def transformers(place: Yard, limits: Ratings) -> Built:
    built, taps = Built(), TapChangers(place.model)
    ends: dict[str, list[Thing]] = defaultdict(list)
    for end in place.model.all("PowerTransformerEnd"):
        owner = place.model.needed(end, "PowerTransformerEnd.PowerTransformer")
        if owner is not None:
            ends[owner.id].append(end)
    for thing in place.model.all("PowerTransformer"):
        windings = _windings(place, thing, ends.get(thing.id, []), taps)
        if len(windings) == 2:
            _two(place, built, thing, windings, limits)
        elif windings:
            _three(place, built, thing, windings, limits)
    for thing in place.model.all("ACLineSegment"):
        terminals = place.of(thing, 2)
        if terminals and is_ratio(place, terminals):
            _ratio_line(place, built, thing, terminals, limits)
    return built


def _windings(place: Yard, thing: Thing, ends: list[Thing], taps: TapChangers) -> list[End]:
    """The ends in their order; none where one of them cannot be read."""
    if len(ends) not in {2, 3}:
        place.model.error("windings", thing, f"has {len(ends)} ends (PowerTransformerEnd); 2 or 3 can be read")
        return []
    ordered = sorted(ends, key=lambda end: place.model.whole(end, "TransformerEnd.endNumber", 9))
    found = [read_end(place, thing, end, taps) for end in ordered]
    windings = [each for each in found if each is not None]
    return windings if len(windings) == len(ends) else []


def _two(place: Yard, built: Built, thing: Thing, ends: list[End], limits: Ratings) -> None:
    if ends[0].node.mrid == ends[1].node.mrid:
        place.model.warn("loop", thing.label, "has both ends on the same node; left out")
        return
    high, low = (ends[0], ends[1]) if ends[0].rated_kv >= ends[1].rated_kv else (ends[1], ends[0])
    scale = (low.rated_kv / high.rated_kv) ** 2
    series = complex(low.r + high.r * scale, low.x + high.x * scale)
    _build(place, built, _Unit(thing, mrid_of(thing), thing.name, high, low, series), limits)


def _three(place: Yard, built: Built, thing: Thing, ends: list[End], limits: Ratings) -> None:
    """Star equivalent: the point has the rated voltage of the first end, and each end its own impedance."""
    if len({each.node.mrid for each in ends}) < 2:
        place.model.warn("loop", thing.label, "has all ends on the same node; left out")
        return
    middle_kv = ends[0].rated_kv
    beside = replace(ends[0].node, nominal_kv=middle_kv, low_pu=DEFAULT_PU[0], high_pu=DEFAULT_PU[1])
    point = place.inner(mrid_of(thing, "star"), f"{thing.name} star point", beside)
    for number, end in enumerate(ends, 1):
        inner = End(end.thing, end.terminal, point, point.mrid, middle_kv, math.nan, 0.0, 0.0, 0.0, 0.0, 0.0)
        name, identity = f"{thing.name} winding {number}", mrid_of(thing, f"winding/{number}")
        own, star_is_high = complex(end.r, end.x), middle_kv > end.rated_kv
        high, low = (inner, end) if star_is_high else (end, inner)
        scale = 1.0 if star_is_high else (middle_kv / end.rated_kv) ** 2
        unit = _Unit(thing, identity, name, high, low, own * scale)
        _build(place, built, unit, limits)
    place.model.note("three-windings", thing.name, "has three windings; imported as three around a star point")


def _ratio_line(place: Yard, built: Built, thing: Thing, terminals: list[Terminal], limits: Ratings) -> None:
    """A line between two nominal voltages, given in per unit by its maker: a transformer of that ratio."""
    number = place.model.number
    nodes = [place.nodes[each.node] for each in terminals[:2]]
    rest = rest_of_ratio(place.model, thing, nodes[0].nominal_kv, nodes[1].nominal_kv) or 0j
    halves = [1 / node.nominal_kv**2 for node in nodes]  # equal in per unit
    ends = []
    for each, node, half in zip(terminals, nodes, halves, strict=False):
        own = rest * half / sum(halves) if abs(rest) > _NOTHING_S else 0j
        at = place.end(each, thing.name)
        ends.append(End(thing, each, node, at, node.nominal_kv, math.nan, 0.0, 0.0, own.real, own.imag, 0.0))
    high, low = sorted(ends, key=lambda end: end.rated_kv, reverse=True)
    ohm = complex(number(thing, "ACLineSegment.r"), number(thing, "ACLineSegment.x"))
    unit = _Unit(thing, mrid_of(thing), thing.name, high, low, ohm * low.rated_kv / high.rated_kv)
    _build(place, built, unit, limits)
    text = f"is a line between {high.rated_kv:g} and {low.rated_kv:g} kV; imported as a transformer of that ratio"
    place.model.warn("line-with-ratio", thing.name, text)


@dataclass(frozen=True, slots=True)
class _Unit:
    thing: Thing
    mrid: str
    name: str
    high: End
    low: End
    series: complex  # ohm at the low side


def _build(place: Yard, built: Built, unit: _Unit, limits: Ratings) -> None:
    high, low = unit.high, unit.low
    rated_kva = _rating(place, unit, limits)
    stepped = next((each for each in (high, low) if each.ratio is not None and each.ratio.percent), None)
    high_kv, low_kv = (fixed_kv(each, is_stepped=each is stepped) for each in (high, low))
    series = unit.series * (low_kv / low.rated_kv) ** 2  # a fixed ratio acts like a tap of that side
    low_at, series = _without_negative(place, built, unit, series, low_kv**2 * 1e3 / rated_kva)
    percent = abs(series) * rated_kva / low_kv**2 / 10
    clock, rest = _clock(place, unit)
    square = high_kv**2 * 1e3
    magnetising = _magnetising(unit)
    if abs(magnetising) * square > _MOST_I0 * rated_kva or magnetising.real < 0 or magnetising.imag > 0:
        magnetising = 0j
        _across(built, unit)
    built.transformers.append(
        Transformer(
            mrid=unit.mrid,
            name=unit.name,
            high_node=high.at,
            low_node=low_at,
            rated_s_kva=rated_kva,
            high_kv=high_kv,
            low_kv=low_kv,
            short_circuit_voltage_percent=percent,
            copper_loss_kw=series.real * (rated_kva / low_kv) ** 2 / 1e3,
            iron_loss_kw=magnetising.real * square,
            no_load_current_percent=abs(magnetising) * square / rated_kva * 100,
            phase_shift_deg=clock,
            substation=high.node.substation or low.node.substation,
            **tap_fields(place, unit.name, stepped, is_high=stepped is high, low=low),
        )
    )
    if abs(rest) > _NO_SHIFT_DEG:
        built.shifts[unit.mrid] = rest


def _rating(place: Yard, unit: _Unit, limits: Ratings) -> float:
    given = [each.rated_mva for each in (unit.high, unit.low) if not math.isnan(each.rated_mva)]
    if given:
        return max(given) * 1e3
    from_limit = [
        math.sqrt(3) * each.rated_kv * limits.ampere_at(each.node, each.terminal.thing.id, unit.thing.id)
        for each in (unit.high, unit.low)
        if each.node.mrid == each.at
    ]
    if any(from_limit):
        return max(from_limit)
    text = f"has no rating; {_ASSUMED_MVA:g} MVA is assumed"
    place.model.warn("missing-rating", unit.name, text)
    return _ASSUMED_MVA * 1e3


def _without_negative(place: Yard, built: Built, unit: _Unit, series: complex, base_ohm: float) -> tuple[str, complex]:
    """Where the low winding ends, and the winding's own impedance.

    The solver's transformer has an impedance above zero. Any other stands in a line between the winding and its node.
    """
    least = _LEAST_UK_PERCENT / 100 * base_ohm
    if series.real >= 0 and series.imag >= 0 and abs(series) >= least:
        return unit.low.at, series
    if abs(series) < least:
        text = f"has no impedance; {_LEAST_UK_PERCENT:g} percent is assumed"
        place.model.warn("zero-impedance", unit.name, text)
        return unit.low.at, complex(0.0, least)
    inner = place.inner(mrid_of(unit.thing, f"{unit.name}/inside"), f"{unit.name} inside", unit.low.node)
    line = mrid_of(unit.thing, f"{unit.name}/negative")
    own = complex(max(series.real, 0.0), max(series.imag, least))
    rest = series - own
    built.lines.append(
        Line(line, f"{unit.name} negative reactance", inner.mrid, unit.low.at, 0.0, rest.real, rest.imag, 0.0, 0.0)
    )
    text = "has an impedance below zero (a star equivalent); that part is imported as a line behind it"
    place.model.note("negative-impedance", unit.name, text)
    return inner.mrid, own


def _clock(place: Yard, unit: _Unit) -> tuple[float, float]:
    """The shift as a multiple of 30 degrees, which the solver knows, and what is left of it."""
    clock = unit.low.clock_deg - unit.high.clock_deg
    moved = unit.high.shift_deg - unit.low.shift_deg
    total = clock + moved
    whole = 30.0 * round(total / 30.0) if abs(moved) >= 15.0 else clock
    return whole % 360.0, total - whole


def _magnetising(unit: _Unit) -> complex:
    """Siemens at the high side."""
    low = complex(unit.low.g, unit.low.b) * (unit.low.rated_kv / unit.high.rated_kv) ** 2
    return complex(unit.high.g, unit.high.b) + low


def _across(built: Built, unit: _Unit) -> None:
    """A branch across that is too large, or not of the kind, for a magnetising current: shunts at their ends."""
    for end, side in ((unit.high, "high"), (unit.low, "low")):
        if end.g or end.b:
            square = end.node.nominal_kv**2 * 1e3
            name = f"Magnetising of {unit.name}, {side} side"
            identity = mrid_of(unit.thing, f"{unit.name}/across/{side}")
            built.shunts.append(Shunt(identity, name, end.at, end.g * square, -end.b * square))
