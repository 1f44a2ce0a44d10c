"""Lines, series compensators and equivalent branches."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gridops.cases.case import Line, Node, Shunt
from gridops.cases.cgmes.model import BEYOND, Model, mrid_of
from gridops.cases.cgmes.rdf import Thing
from gridops.cases.cgmes.yard import Terminal, Yard

_LIMITS: Final = ("CurrentLimit", "ApparentPowerLimit", "ActivePowerLimit")


@dataclass(slots=True)
class Ratings:
    """Permanent limits (PATL), by terminal or equipment: amperes, or MVA."""

    ampere: dict[str, float] = field(default_factory=lambda: defaultdict(lambda: math.inf))
    mva: dict[str, float] = field(default_factory=lambda: defaultdict(lambda: math.inf))

    def ampere_at(self, node: Node, *keys: str) -> float:
        """The smallest limit of the keys in amperes at the node's voltage; 0 where there is none."""
        found = [self.ampere.get(key, math.inf) for key in keys]
        found += [self.mva.get(key, math.inf) * 1e3 / (math.sqrt(3) * node.nominal_kv) for key in keys]
        least = min(found, default=math.inf)
        return least if least < math.inf else 0.0


def ratings(model: Model) -> Ratings:
    found = Ratings()
    for limit in model.all(*_LIMITS):
        group = model.ref(limit, "OperationalLimit.OperationalLimitSet")
        if group is None or not _is_permanent(model, limit):
            continue
        value = model.number(limit, f"{limit.kind}.value", math.nan)
        target = group.values.get("OperationalLimitSet.Terminal") or group.values.get(
            "OperationalLimitSet.Equipment", ""
        )
        table = found.ampere if limit.kind == "CurrentLimit" else found.mva
        if 0 < value < BEYOND:
            table[target] = min(table[target], value)
    return found


def _is_permanent(model: Model, limit: Thing) -> bool:
    kind = model.ref(limit, "OperationalLimit.OperationalLimitType")
    if kind is None:
        return True
    word = kind.values.get("OperationalLimitType.limitType", "").lower()
    return word == "patl" or (not word and "patl" in f"{kind.name} {limit.name}".lower())


def lines(place: Yard, limits: Ratings) -> tuple[list[Line], list[Shunt]]:
    """Lines in their ohms, and their conductance as shunts at both ends."""
    found: list[Line] = []
    leakage: list[Shunt] = []
    for thing in place.model.all("ACLineSegment", "SeriesCompensator", "EquivalentBranch"):
        ends = place.of(thing, 2)
        if not ends or _is_loop(place, thing, ends) or is_ratio(place, ends):
            continue
        line = _line(place, thing, ends, limits)
        found.append(line)
        leakage += _leakage(place, thing, line, ends)
    return found, leakage


def _is_loop(place: Yard, thing: Thing, ends: list[Terminal]) -> bool:
    if ends[0].node != ends[1].node:
        return False
    place.model.warn("loop", thing.label, "has both ends on the same node; left out")
    return True


def is_ratio(place: Yard, ends: list[Terminal]) -> bool:
    """Nominal voltages that still differ belong to a line that stands for a ratio."""
    return place.nodes[ends[0].node].nominal_kv != place.nodes[ends[1].node].nominal_kv


def _line(place: Yard, thing: Thing, ends: list[Terminal], limits: Ratings) -> Line:
    model, kind, name = place.model, thing.kind, thing.name
    keys = (thing.id, ends[0].thing.id, ends[1].thing.id)
    if thing.values.get(f"{kind}.r21") and kind == "EquivalentBranch":
        model.warn(
            "asymmetric", thing.label, "has an impedance that differs by direction; that of direction 1-2 is taken"
        )
    if f"{kind}.x" not in thing.values:
        model.error("no-impedance", thing, f"in {thing.file} has no {kind}.x; export the equipment file (EQ) again")
    return Line(
        mrid=mrid_of(thing),
        name=name,
        from_node=place.end(ends[0], name),
        to_node=place.end(ends[1], name),
        length_km=max(model.number(thing, "Conductor.length"), 0.0),
        r_ohm=model.finite(thing, f"{kind}.r"),
        x_ohm=model.finite(thing, f"{kind}.x"),
        b_us=max(model.finite(thing, f"{kind}.bch"), 0.0) * 1e6,
        rated_a=limits.ampere_at(place.nodes[ends[0].node], *keys),
    )


def _leakage(place: Yard, thing: Thing, line: Line, ends: list[Terminal]) -> Iterator[Shunt]:
    """What a line takes across: its conductance, and a susceptance below zero, which a line here cannot have."""
    g, b = place.model.finite(thing, f"{thing.kind}.gch"), min(place.model.finite(thing, f"{thing.kind}.bch"), 0.0)
    if not g and not b:
        return
    place.model.note("line-conductance", line.name, "has a shunt conductance; imported as a shunt at each end")
    for end, node in zip(ends, (line.from_node, line.to_node), strict=False):
        square = place.nodes[end.node].nominal_kv ** 2 * 1e3 / 2
        name = f"Conductance of {line.name} at {place.nodes[end.node].name}"
        yield Shunt(mrid_of(end.thing, "leakage"), name, node, g * square, -b * square)
