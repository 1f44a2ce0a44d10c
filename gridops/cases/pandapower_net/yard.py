"""Buses and switches in node-breaker form.

The end of a line or transformer that has a switch gets a terminal node of its own, and the switch joins it to the
bus. Two switches at one end stand in series.
"""

import json
import math
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any, Final

from gridops.cases.case import Node, Problem, Severity, Switch, SwitchKind
from gridops.cases.errors import CaseError
from gridops.cases.limits import voltage_limits
from gridops.cases.mrid import mrid
from gridops.cases.table import Table

_SWITCH_KINDS: Final = {
    "CB": SwitchKind.BREAKER,
    "LBS": SwitchKind.LOAD_BREAK_SWITCH,
    "DS": SwitchKind.DISCONNECTOR,
    "LS": SwitchKind.DISCONNECTOR,
}
_BUSBAR_TYPES: Final = frozenset({"b", "db"})
_JOINS: Final = frozenset({"l", "t"})


@dataclass(frozen=True, slots=True)
class _Row:
    key: str
    label: str
    kind: SwitchKind
    closed: bool


@dataclass(slots=True)
class Yard:
    source: str
    problems: list[Problem]
    buses: dict[int, Node]
    left_out: frozenset[int]  # buses that are not in service
    switches: list[Switch] = field(default_factory=list)
    terminals: list[Node] = field(default_factory=list)
    _at: dict[tuple[str, int, int], list[_Row]] = field(default_factory=lambda: defaultdict(list))

    def node(self, bus: int) -> str:
        """The mrid of a bus; '' for a bus that the source does not have, which the checks then refuse."""
        known = self.buses.get(bus)
        return known.mrid if known else ""

    def end(self, *, joins: str, element: int, bus: int, name: str, isolated: bool = False) -> str:
        """The node where the end of a branch is connected: the bus itself, or a terminal node behind its switches."""
        rows = list(self._at.get((joins, element, bus), ()))
        if isolated:
            text = "is out of service in the source; imported with an open switch at its first end"
            self.problems.append(Problem(Severity.INFO, "out-of-service", name, text))
            rows.append(_Row(f"{name} isolator", f"{name} isolator", SwitchKind.DISCONNECTOR, closed=False))
        at = self.buses.get(bus)
        for row in rows:
            if at is None:
                return ""
            terminal = self._terminal(at, f"{row.key}/{joins}{element}", f"{name} at {at.name}")
            self._join(row, at, terminal)
            at = terminal
        return at.mrid if at else ""

    def _terminal(self, at: Node, key: str, name: str) -> Node:
        terminal = replace(
            at,
            mrid=mrid(self.source, "ConnectivityNode", f"terminal/{key}"),
            name=name,
            is_busbar=False,
            is_terminal=True,
        )
        self.terminals.append(terminal)
        return terminal

    def _join(self, row: _Row, one: Node, other: Node) -> None:
        identity = mrid(self.source, "Switch", row.key)
        self.switches.append(Switch(identity, row.label, row.kind, one.mrid, other.mrid, row.closed, one.substation))

    def read_switches(self, net: Any) -> None:
        """Join buses by their switches, and remember the switches at the ends of branches."""
        table = Table(net["switch"], "Switch")
        kinds = [_SWITCH_KINDS.get(text, SwitchKind.LOAD_BREAK_SWITCH) for text in table.texts("type")]
        closed, joins = table.flags("closed"), table.texts("et")
        rows = zip(table.buses(), table.buses("element"), strict=True)
        for i, (bus, element) in enumerate(rows):
            row = _Row(table.keys[i], table.labels[i], kinds[i], closed[i])
            if joins[i] == "b":
                self._bus_to_bus(row, bus, element)
            elif joins[i] in _JOINS:
                self._at[joins[i], element, bus].append(row)
            else:
                raise CaseError(table.labels[i], "is a switch at a three-winding transformer, which is not supported")
        self._warn_of_impedance(table)

    def _bus_to_bus(self, row: _Row, bus: int, other: int) -> None:
        if bus in self.left_out or other in self.left_out:
            return
        one, two = self.buses.get(bus), self.buses.get(other)
        if one is None or two is None:
            raise CaseError(row.label, f"joins bus {other if one else bus}, which the source does not have")
        self._join(row, one, two)

    def _warn_of_impedance(self, table: Table) -> None:
        for label, ohm in zip(table.labels, table.numbers("z_ohm", 0.0), strict=True):
            if ohm > 0:
                text = f"has an impedance of {ohm:g} ohm; it is taken as zero"
                self.problems.append(Problem(Severity.WARNING, "switch-impedance", label, text))


def yard(net: Any, source: str, problems: list[Problem]) -> Yard:
    """All buses in service with their switches."""
    table = Table(net["bus"], "Bus")
    in_service = table.flags("in_service")
    nodes = _nodes(table, source)
    found = Yard(
        source=source,
        problems=problems,
        buses={index: node for index, node, on in zip(table.index, nodes, in_service, strict=True) if on},
        left_out=frozenset(index for index, on in zip(table.index, in_service, strict=True) if not on),
    )
    for label, on in zip(table.labels, in_service, strict=True):
        if not on:
            problems.append(
                Problem(Severity.WARNING, "out-of-service", label, "is out of service; left out with all that it feeds")
            )
    found.read_switches(net)
    return found


def _nodes(table: Table, source: str) -> list[Node]:
    places = [_place(text) for text in table.texts("geo")]
    substations, types = table.texts("substation"), table.texts("type")
    kv = table.numbers("vn_kv")
    bounds = zip(table.numbers("min_vm_pu").tolist(), table.numbers("max_vm_pu").tolist(), strict=True)
    limits = [voltage_limits(low, high) for low, high in bounds]
    return [
        Node(
            mrid=mrid(source, "ConnectivityNode", key),
            name=table.labels[i],
            nominal_kv=float(kv[i]),
            longitude=places[i][0],
            latitude=places[i][1],
            substation=substations[i],
            is_busbar=types[i] in _BUSBAR_TYPES,
            low_pu=limits[i][0],
            high_pu=limits[i][1],
        )
        for i, key in enumerate(table.keys)
    ]


def _place(text: str) -> tuple[float, float]:
    """Longitude and latitude of a GeoJSON point; not a number where there is none."""
    try:
        longitude, latitude = json.loads(text)["coordinates"][:2]
        return float(longitude), float(latitude)
    except (ValueError, KeyError, TypeError):
        return math.nan, math.nan
