"""The state of a network in which machines hold voltages.

GridOps's solver has no node of fixed voltage but its sources. A reader whose file names held voltages works out here,
once, the reactive powers that hold them in the file's state; the network is then stored with these powers. The branch
equations are those of the solver, so that it finds the same voltages.

Newton's method in polar form, with the reactive power of each group of machines as a further unknown and the held
voltage as its equation; machines at the end of their reactive range are fixed there. Source: Tinney and Hart, Power
flow solution by Newton's method, IEEE Transactions on Power Apparatus and Systems 86 (1967), pages 1449-1460.
"""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy import sparse

from gridops.cases.case import NetworkCase, Transformer
from gridops.cases.groups import groups
from gridops.cases.newton import BASE_KVA, Complex, Control, Holding, newton

_MOST_ROUNDS: Final = 15  # of fixing and releasing machines at the ends of their ranges


@dataclass(frozen=True, slots=True)
class Injection:
    device: str
    node: str
    p_kw: float  # into the network
    q_kvar: float


@dataclass(frozen=True, slots=True)
class State:
    """The solved part: pu by node, kvar produced by device, and kVA drawn at both ends because of a phase shift."""

    voltage: dict[str, complex]
    produced_kvar: dict[str, float]
    shifted: dict[str, tuple[complex, complex]]
    at_limit: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Branch:
    one: int
    other: int
    y: tuple[complex, complex, complex, complex]  # from-from, from-to, to-from, to-to
    mrid: str


def solve(
    case: NetworkCase,
    injections: Sequence[Injection],
    controls: Sequence[Control],
    shifts: Mapping[str, float],
    start: Mapping[str, complex],
) -> State | None:
    """The state at profile factor 1; None when there is none.

    injections: everything but sources and shunts. controls: of these devices (their q_kvar is only where to begin).
    shifts: degrees by which the low side of a transformer lags beyond its clock. start: voltages in pu, where known.
    """
    system = _System(case, shifts)
    if not system.sources:
        return None
    for known in (start, {}) if start else ({},):
        found = system.held(injections, controls, known)
        if found is not None:
            return found
    return None


class _System:
    """Live buses by number: what closed switches join is one."""

    def __init__(self, case: NetworkCase, shifts: Mapping[str, float]) -> None:
        closed = [(each.from_node, each.to_node) for each in case.switches if each.closed]
        nodes = [node.mrid for node in case.nodes]
        bus = groups(nodes, closed)
        joined = [(each.from_node, each.to_node) for each in case.lines]
        joined += [(each.high_node, each.low_node) for each in case.transformers]
        island = groups(nodes, closed + joined)
        fed = {island[source.node] for source in case.sources}
        names = sorted({bus[node] for node in nodes if island[node] in fed})
        number = {name: i for i, name in enumerate(names)}
        self.case, self.count = case, len(names)
        self.bus = {node: number[bus[node]] for node in nodes if island[node] in fed}
        self.kv = np.ones(self.count)
        for node in case.nodes:
            if node.mrid in self.bus:
                self.kv[self.bus[node.mrid]] = node.nominal_kv
        self.sources = {self.bus[source.node]: source for source in reversed(case.sources)}
        self.plain = self._branches({})
        self.branches = self._branches(shifts)
        self.admittance = self._admittance()

    def _branches(self, shifts: Mapping[str, float]) -> list[_Branch]:
        found = []
        for line in self.case.lines:
            if line.from_node in self.bus:
                one, other = self.bus[line.from_node], self.bus[line.to_node]
                base = self.kv[one] ** 2 * 1e3 / BASE_KVA
                series = base / (complex(line.r_ohm, line.x_ohm) or 1e-6j)
                end = series + 0.5j * line.b_us * 1e-6 * base
                found.append(_Branch(one, other, (end, -series, -series, end), line.mrid))
        live = (each for each in self.case.transformers if each.high_node in self.bus)
        return found + [self._transformer(each, shifts.get(each.mrid, 0.0)) for each in live]

    def _transformer(self, each: Transformer, shift_deg: float) -> _Branch:
        one, other = self.bus[each.high_node], self.bus[each.low_node]
        step = 1 + (each.tap_position - each.tap_neutral) * each.tap_step_percent / 100
        high_kv = each.high_kv * (step if each.tap_on_high_side else 1.0)
        low_kv = each.low_kv * (1.0 if each.tap_on_high_side else step)
        unit = low_kv**2 / each.rated_s_kva / (self.kv[other] ** 2 / BASE_KVA)  # the own base in pu of the bus
        size, r = each.short_circuit_voltage_percent / 100, each.copper_loss_kw / each.rated_s_kva
        series = 1 / (unit * complex(r, math.sqrt(max(size**2 - r**2, 0.0))))
        g, y = each.iron_loss_kw / each.rated_s_kva, each.no_load_current_percent / 100
        end = series + complex(g, -math.sqrt(max(y**2 - g**2, 0.0))) / unit / 2
        ratio = high_kv / low_kv * self.kv[other] / self.kv[one]
        k = ratio * np.exp(1j * math.radians(each.phase_shift_deg + shift_deg))
        return _Branch(one, other, (end / ratio**2, -series / np.conj(k), -series / k, end), each.mrid)

    def _admittance(self) -> Any:
        row = [i for b in self.branches for i in (b.one, b.one, b.other, b.other)]
        column = [i for b in self.branches for i in (b.one, b.other, b.one, b.other)]
        value = [y for b in self.branches for y in b.y]
        for shunt in self.case.shunts:
            if shunt.node in self.bus:
                row.append(self.bus[shunt.node])
                column.append(self.bus[shunt.node])
                value.append(complex(shunt.p_kw, -shunt.q_kvar) / BASE_KVA)
        return sparse.csr_matrix((value, (row, column)), shape=(self.count, self.count), dtype=np.complex128)

    def held(
        self, injections: Sequence[Injection], controls: Sequence[Control], start: Mapping[str, complex]
    ) -> State | None:
        """Solve, fix what is beyond its range, release what need not be fixed, until nothing changes."""
        active = [each for each in controls if self._can_hold(each)]
        power = np.zeros(self.count, np.complex128)
        free = {each.device for each in active}
        given = {each.device: each.q_kvar for each in injections}
        for injection in injections:
            if injection.node in self.bus:
                q = 0.0 if injection.device in free else injection.q_kvar
                power[self.bus[injection.node]] += complex(injection.p_kw, q) / BASE_KVA
        fixed: dict[str, float] = {}
        voltage = self._start(start)
        for _ in range(_MOST_ROUNDS):
            holding = Holding(self.bus, self.count, [each for each in active if each.device not in fixed])
            moved = power.copy()
            for each in active:
                moved[self.bus[each.node]] += 1j * fixed.get(each.device, 0.0) / BASE_KVA
            solved = newton(self.admittance, self.sources, moved, holding, voltage)
            if solved is None:
                return None
            voltage, produced = solved
            changed = self._changed(active, fixed, produced, voltage)
            if not changed:
                return self._state(voltage, given | produced | fixed, frozenset(fixed))
        return self._state(voltage, given | produced | fixed, frozenset(fixed))

    def _can_hold(self, control: Control) -> bool:
        if control.node not in self.bus or control.held_node not in self.bus:
            return False
        return self.bus[control.node] not in self.sources and self.bus[control.held_node] not in self.sources

    def _changed(
        self, active: Sequence[Control], fixed: dict[str, float], produced: Mapping[str, float], voltage: Complex
    ) -> bool:
        before = dict(fixed)
        for each in active:
            above = abs(voltage[self.bus[each.held_node]]) - each.target_pu
            if each.device in fixed:
                at_high = fixed[each.device] == each.high_kvar
                if (at_high and above > 1e-6) or (not at_high and above < -1e-6):
                    del fixed[each.device]
            elif not each.low_kvar - 1e-3 <= produced[each.device] <= each.high_kvar + 1e-3:
                fixed[each.device] = min(max(produced[each.device], each.low_kvar), each.high_kvar)
        return fixed != before

    def _start(self, known: Mapping[str, complex]) -> Complex:
        """Known voltages; else those of the sources, carried outward with the clocks of the transformers."""
        found = np.ones(self.count, np.complex128)
        for node, value in known.items():
            if node in self.bus:
                found[self.bus[node]] = value
        if not known:
            self._spread_angles(found)
        for bus, source in self.sources.items():
            found[bus] = source.voltage_pu * np.exp(1j * math.radians(source.angle_deg))
        return found

    def _spread_angles(self, found: Complex) -> None:
        lag: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for branch in self.branches:
            angle = float(np.angle(-branch.y[1] / -branch.y[2])) / 2  # of 1 / conj(k) over 1 / k
            lag[branch.one].append((branch.other, -angle))
            lag[branch.other].append((branch.one, angle))
        waiting, seen = list(self.sources), set(self.sources)
        while waiting:
            at = waiting.pop()
            for neighbour, angle in lag[at]:
                if neighbour not in seen:
                    seen.add(neighbour)
                    found[neighbour] = np.exp(1j * (np.angle(found[at]) + angle))
                    waiting.append(neighbour)

    def _state(self, voltage: Complex, produced: dict[str, float], at_limit: frozenset[str]) -> State:
        shifted = {}
        for with_shift, without in zip(self.branches, self.plain, strict=True):
            if with_shift.y != without.y:
                one, other = _drawn(with_shift, voltage), _drawn(without, voltage)
                shifted[with_shift.mrid] = ((one[0] - other[0]) * BASE_KVA, (one[1] - other[1]) * BASE_KVA)
        found = {node: complex(voltage[bus]) for node, bus in self.bus.items()}
        return State(found, produced, shifted, at_limit)


def _drawn(branch: _Branch, voltage: Complex) -> tuple[complex, complex]:
    one, other = complex(voltage[branch.one]), complex(voltage[branch.other])
    a, b, c, d = branch.y
    return one * (a * one + b * other).conjugate(), other * (c * one + d * other).conjugate()
