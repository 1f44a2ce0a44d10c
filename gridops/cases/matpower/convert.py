"""MATPOWER's per-unit matrices as a NetworkCase in physical units."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gridops.cases.case import (
    Generator,
    GeneratorKind,
    Line,
    Load,
    NetworkCase,
    Node,
    Problem,
    Severity,
    Shunt,
    Source,
    Switch,
    SwitchKind,
    Transformer,
)
from gridops.cases.customers import customers
from gridops.cases.errors import CaseError
from gridops.cases.layout import placed
from gridops.cases.limits import voltage_limits
from gridops.cases.matpower.parse import MatpowerCase
from gridops.cases.mrid import mrid

_LICENCE: Final = "Network: MATPOWER case file; its origin and terms of use stand in the file itself."
_LEAST_UK_PERCENT: Final = 0.01

# Columns, as the MATPOWER manual numbers them, from 0.
_BUS, _TYPE, _PD, _QD, _GS, _BS, _VA, _KV, _VMAX, _VMIN = 0, 1, 2, 3, 4, 5, 8, 9, 11, 12
_FROM, _TO, _R, _X, _B, _RATE, _RATIO, _SHIFT, _STATUS = 0, 1, 2, 3, 4, 5, 8, 9, 10
_GEN_BUS, _PG, _QG, _VG, _GEN_STATUS, _PMAX = 0, 1, 2, 5, 7, 8
_PV, _REFERENCE, _ISOLATED = 2, 3, 4
_WIDTHS: Final = {"bus": 13, "gen": 10, "branch": 11}

_FUELS: Final = {
    "solar": GeneratorKind.PHOTOVOLTAIC,
    "wind": GeneratorKind.WIND,
    "hydro": GeneratorKind.HYDRO,
}


@dataclass(slots=True)
class _Build:
    source: str
    base_mva: float
    rows: dict[int, list[float]]  # buses in use, by number
    nodes: dict[int, Node]
    isolated: set[int] = field(default_factory=set)
    terminals: list[Node] = field(default_factory=list)
    switches: list[Switch] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    transformers: list[Transformer] = field(default_factory=list)
    shunts: list[Shunt] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def warn(self, code: str, element: str, text: str, severity: Severity = Severity.WARNING) -> None:
        self.problems.append(Problem(severity, code, element, text))


def convert(case: MatpowerCase, *, source: str, name: str) -> NetworkCase:
    """Branches with a ratio, a phase shift or two voltages become transformers, the others lines.

    Raises CaseError for what has no counterpart here.
    """
    _check_shape(case)
    build = _buses(case, source)
    for i, row in enumerate(case.matrices["branch"]):
        _branch(build, i, row)
    _bus_shunts(build)
    sources, generators = _machines(build, case)
    return placed(
        NetworkCase(
            source=source,
            name=f"MATPOWER {name}",
            licence=_LICENCE,
            schematic=True,
            nodes=(*build.nodes.values(), *build.terminals),
            lines=tuple(build.lines),
            transformers=tuple(build.transformers),
            switches=tuple(build.switches),
            sources=tuple(sources),
            loads=tuple(_loads(build)),
            generators=tuple(generators),
            storages=(),
            shunts=tuple(build.shunts),
            profiles=(),
            problems=tuple(build.problems),
        )
    )


def _check_shape(case: MatpowerCase) -> None:
    for name, width in _WIDTHS.items():
        if len(case.matrices[name][0]) < width:
            raise CaseError(f"mpc.{name}", f"has {len(case.matrices[name][0])} columns instead of at least {width}")
    if case.matrices.get("dcline"):
        raise CaseError("mpc.dcline", "the network has direct-current lines, which GridOps cannot represent yet")


def _buses(case: MatpowerCase, source: str) -> _Build:
    build = _Build(source, case.base_mva, {}, {})
    given = [" ".join(word.split()) for word in case.words.get("bus_name", [])]
    rows = case.matrices["bus"]
    names = given if len(given) == len(rows) and len(set(given)) == len(rows) else []
    for i, row in enumerate(rows):
        number = int(row[_BUS])
        name = names[i] if names else f"Bus {number}"
        if number in build.rows:
            raise CaseError(name, "stands twice in mpc.bus")
        if row[_TYPE] == _ISOLATED:
            build.isolated.add(number)
            build.warn("out-of-service", name, "is isolated; left out with all that is connected to it")
            continue
        build.rows[number] = row
        limits = voltage_limits(row[_VMIN], row[_VMAX])
        identity = mrid(source, "ConnectivityNode", str(number))
        build.nodes[number] = Node(
            identity, name, row[_KV], math.nan, math.nan, is_busbar=True, low_pu=limits[0], high_pu=limits[1]
        )
    return build


def _branch(build: _Build, i: int, row: list[float]) -> None:
    start, end = int(row[_FROM]), int(row[_TO])
    label = f"Branch {i + 1} ({start}-{end})"
    if build.isolated.intersection((start, end)):
        return
    one, other = build.nodes.get(start), build.nodes.get(end)
    if one is None or other is None:
        raise CaseError(label, f"is connected to bus {end if one else start}, which mpc.bus does not have")
    at = one.mrid if row[_STATUS] > 0 else _behind_open_switch(build, i, label, one)
    if row[_RATIO] or row[_SHIFT] or one.nominal_kv != other.nominal_kv:
        _transformer(build, i, row, (one, at), other)
    else:
        build.lines.append(_line(build, i, row, at, other))


def _behind_open_switch(build: _Build, i: int, label: str, bus: Node) -> str:
    """A branch that is out of service is a tie: it hangs on an open switch at its first end."""
    identity = mrid(build.source, "ConnectivityNode", f"terminal/{i}")
    build.terminals.append(
        Node(
            identity,
            f"{label} at {bus.name}",
            bus.nominal_kv,
            math.nan,
            math.nan,
            is_terminal=True,
            low_pu=bus.low_pu,
            high_pu=bus.high_pu,
        )
    )
    switch = mrid(build.source, "Switch", str(i))
    kind = SwitchKind.LOAD_BREAK_SWITCH
    build.switches.append(Switch(switch, f"{label} switch", kind, bus.mrid, identity, closed=False))
    text = "is out of service in the source; imported with an open switch at its first end"
    build.warn("out-of-service-branch", label, text, Severity.INFO)
    return identity


def _line(build: _Build, i: int, row: list[float], at: str, other: Node) -> Line:
    base_ohm = other.nominal_kv**2 / build.base_mva
    return Line(
        mrid=mrid(build.source, "ACLineSegment", str(i)),
        name=f"Line {i + 1} ({int(row[_FROM])}-{int(row[_TO])})",
        from_node=at,
        to_node=other.mrid,
        length_km=0.0,
        r_ohm=row[_R] * base_ohm,
        x_ohm=row[_X] * base_ohm,
        b_us=row[_B] / base_ohm * 1e6 if base_ohm else 0.0,
        rated_a=row[_RATE] * 1e3 / (math.sqrt(3) * other.nominal_kv) if other.nominal_kv else 0.0,
    )


def _transformer(build: _Build, i: int, row: list[float], start: tuple[Node, str], other: Node) -> None:
    """MATPOWER has the ratio at the first end; here it goes into that winding's rated voltage."""
    one, at = start
    name = f"Transformer {i + 1} ({int(row[_FROM])}-{int(row[_TO])})"
    if row[_X] < 0:
        raise CaseError(name, "has a negative reactance, which a transformer here cannot have")
    if abs(row[_SHIFT] / 30 - round(row[_SHIFT] / 30)) > 1e-6:
        raise CaseError(name, f"shifts the phase by {row[_SHIFT]:g} degrees; only multiples of 30 can be represented")
    first = (at, one.nominal_kv * (row[_RATIO] or 1.0))
    second = (other.mrid, other.nominal_kv)
    first_is_high = one.nominal_kv >= other.nominal_kv
    high, low = (first, second) if first_is_high else (second, first)
    rated_mva = row[_RATE] or build.base_mva
    if not row[_RATE]:
        build.warn("missing-rating", name, f"has no rating; {rated_mva:g} MVA, the base of the file, is assumed")
    percent = math.hypot(row[_R], row[_X]) * rated_mva / build.base_mva * 100
    if percent < _LEAST_UK_PERCENT:
        text = f"has no impedance; {_LEAST_UK_PERCENT:g} percent is assumed"
        build.warn("zero-impedance", name, text)
    build.transformers.append(
        Transformer(
            mrid=mrid(build.source, "PowerTransformer", str(i)),
            name=name,
            high_node=high[0],
            low_node=low[0],
            rated_s_kva=rated_mva * 1e3,
            high_kv=high[1],
            low_kv=low[1],
            short_circuit_voltage_percent=max(percent, _LEAST_UK_PERCENT),
            copper_loss_kw=row[_R] * rated_mva / build.base_mva * rated_mva * 1e3,
            iron_loss_kw=0.0,
            no_load_current_percent=0.0,
            phase_shift_deg=row[_SHIFT] if first_is_high else -row[_SHIFT],
        )
    )
    if row[_B] and row[_STATUS] > 0:
        _charging(build, i, row, one, other)


def _charging(build: _Build, i: int, row: list[float], one: Node, other: Node) -> None:
    """The charging of a transformer branch, as two capacitors at its ends."""
    half_kvar = row[_B] / 2 * build.base_mva * 1e3
    for end, node, kvar in (
        ("from", one, half_kvar / (row[_RATIO] or 1.0) ** 2),
        ("to", other, half_kvar),
    ):
        identity = mrid(build.source, "LinearShuntCompensator", f"charging/{i}/{end}")
        build.shunts.append(Shunt(identity, f"Charging of branch {i + 1} at {node.name}", node.mrid, 0.0, -kvar))


def _bus_shunts(build: _Build) -> None:
    for number, row in build.rows.items():
        if row[_GS] or row[_BS]:
            node = build.nodes[number]
            identity = mrid(build.source, "LinearShuntCompensator", str(number))
            build.shunts.append(
                Shunt(identity, f"Shunt at {node.name}", node.mrid, row[_GS] * 1e3, 0.0 - row[_BS] * 1e3)
            )


def _loads(build: _Build) -> Iterator[Load]:
    for number, row in build.rows.items():
        if row[_PD] or row[_QD]:
            node, p_kw = build.nodes[number], row[_PD] * 1e3
            identity = mrid(build.source, "EnergyConsumer", str(number))
            count = customers(profile="", peak_kw=p_kw)
            yield Load(identity, f"Load at {node.name}", node.mrid, p_kw, row[_QD] * 1e3, customers=count)


def _machines(build: _Build, case: MatpowerCase) -> tuple[list[Source], list[Generator]]:
    sources: list[Source] = []
    generators: list[Generator] = []
    fuels = case.words.get("genfuel", [])
    for i, row in enumerate(case.matrices["gen"]):
        number = int(row[_GEN_BUS])
        node = build.nodes.get(number)
        if node is None and number not in build.isolated:
            raise CaseError(f"Generator {i + 1}", f"is connected to bus {number}, which mpc.bus does not have")
        if node is None or row[_GEN_STATUS] <= 0:
            build.warn("out-of-service", f"Generator {i + 1}", "is out of service; left out", Severity.INFO)
        elif build.rows[number][_TYPE] == _REFERENCE:
            if all(source.node != node.mrid for source in sources):
                identity = mrid(build.source, "EnergySource", str(number))
                sources.append(Source(identity, f"Source at {node.name}", node.mrid, row[_VG], build.rows[number][_VA]))
        else:
            kind = _FUELS.get(fuels[i], GeneratorKind.THERMAL) if i < len(fuels) else GeneratorKind.THERMAL
            generators.append(_generator(build, i, row, node, kind))
    return sources, generators


def _generator(build: _Build, i: int, row: list[float], node: Node, kind: GeneratorKind) -> Generator:
    name = f"Generator {i + 1} at {node.name}"
    if build.rows[int(row[_GEN_BUS])][_TYPE] == _PV:
        text = "holds a voltage in the source; imported with the fixed active and reactive power of the file"
        build.warn("voltage-control", name, text)
    rated = max(math.hypot(row[_PG], row[_QG]), row[_PMAX] if math.isfinite(row[_PMAX]) else 0.0)
    identity = mrid(build.source, "GeneratingUnit", str(i))
    return Generator(identity, name, node.mrid, kind, row[_PG] * 1e3, row[_QG] * 1e3, rated * 1e3)
