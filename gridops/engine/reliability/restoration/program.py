"""Which sections to energise and which switches to close, as a mixed-integer program over the linear part.

Every energised section is fed by exactly one switch (as many closed switches as sections, and a unit of a commodity
that reaches each from a root), so the result is radial and two sources never meet. The objective is that of
`problem.py` with the least waiting that any order of operations can have (`bounds.py`): its bound holds for all plans.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.optimization.solver import Program, solve
from gridops.engine.reliability.restoration.bounds import Soonest
from gridops.engine.reliability.restoration.part import Part
from gridops.engine.reliability.restoration.problem import OPERATION_MINUTES
from gridops.engine.reliability.restoration.sections import Sections

SIDES = 12  # of the polygon round the circle of a rating: it lies outside, by 3.5 percent at most
_INF = np.inf


@dataclass(frozen=True, slots=True)
class Strictness:
    """By how much the program keeps off limits, because losses are not in it."""

    low_pu: float = 0.0
    loading: float = 1.0  # factor of every rating
    moves_load: bool = True  # live feeders may be switched, too


@dataclass(slots=True)
class _Rows:
    count: int = 0
    row: list[IntArray] = field(default_factory=list)
    column: list[IntArray] = field(default_factory=list)
    value: list[FloatArray] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)

    def add(self, lower: FloatArray, upper: FloatArray, *terms: tuple[IntArray, FloatArray | float]) -> None:
        """One row for each entry of the limits; every term has a column and a value a row."""
        rows = np.arange(self.count, self.count + len(lower), dtype=np.int32)
        for column, value in terms:
            self.put(rows, column, value)
        self._end(lower, upper)

    def balance(self, size: int, rhs: FloatArray, *terms: tuple[IntArray, IntArray, FloatArray | float]) -> None:
        """size rows equal to rhs; a term has (row within, column, value)."""
        for row, column, value in terms:
            self.put(row + self.count, column, value)
        self._end(rhs, rhs)

    def put(self, row: IntArray, column: IntArray, value: FloatArray | float) -> None:
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.broadcast_to(np.asarray(value, np.float64), row.shape))

    def _end(self, lower: FloatArray, upper: FloatArray) -> None:
        self.lower.append(lower)
        self.upper.append(upper)
        self.count += len(lower)

    def matrix(self, columns: int) -> csr_array:
        parts = np.concatenate(self.value), (np.concatenate(self.row), np.concatenate(self.column))
        return csr_array(coo_array(parts, shape=(self.count, columns)))


class RestorationProgram:
    """Variables: u per kept section, y and o (operated) per switch, the commodity, and powers and voltages an hour."""

    def __init__(
        self,
        sections: Sections,
        part: Part,
        closed: BoolArray,
        *,
        soonest: Soonest,
        hours: list[int],
        strict: Strictness,
    ) -> None:
        self._sections, self._part, self._closed, self._hours = sections, part, closed, hours
        self._soonest, self._strict = soonest, strict
        n, m = len(part.section), len(part.switch)
        k, b = len(part.given), len(part.branch_a)
        self._u, self._y, self._o = _block(0, n), _block(n, m), _block(n + m, m)
        self._f = _block(n + 2 * m, m)
        per_hour, first = 2 * b + 2 * m + k, n + 3 * m
        self._of_hour = [first + i * per_hour for i in range(len(hours))]
        self._columns = first + per_hour * len(hours)
        self._rows = _Rows()
        self._lower, self._upper = np.zeros(self._columns), np.ones(self._columns)
        self.program = self._built()

    def wanted(self, x: FloatArray) -> BoolArray:
        """Positions of all switches: where both sides stay dead, today's; next to the fault, open."""
        closed = self._closed & ~self._sections.at_fault()
        part, y, u = self._part, x[self._y] > 0.5, x[self._u] > 0.5
        alive = u[part.section_a] | u[part.section_b]
        closed[part.switch] = np.where(alive, y, self._closed[part.switch])
        still = self._sections.at_fault() & self._closed
        live = self._sections.live(closed)
        still &= ~live[self._sections.end_a] & ~live[self._sections.end_b]
        return np.asarray(closed | still, np.bool_)

    def values(self, closed: BoolArray) -> FloatArray | None:
        """All variables at these positions, to begin with; None where the program does not allow them."""
        part, live = self._part, self._sections.live(closed)[self._part.section]
        y = closed[part.switch] & live[part.section_a] & live[part.section_b]
        lower, upper = self.program.lower.copy(), self.program.upper.copy()
        for columns, fixed in ((self._u, live), (self._y, y)):
            if (fixed < lower[columns]).any() or (fixed > upper[columns]).any():
                return None
            lower[columns] = upper[columns] = fixed
        answer = solve(replace(self.program, lower=lower, upper=upper, integer=np.zeros(0, np.bool_)))
        return answer.x if answer.ok else None

    def _built(self) -> Program:
        cost, offset = self._costs()
        self._tree()
        for place, hour in enumerate(self._hours):
            self._hour(self._of_hour[place], hour)
        self._energy()
        integer = np.zeros(self._columns, np.bool_)
        integer[self._u] = integer[self._y] = True
        return Program.of(
            cost=cost,
            lower=self._lower,
            upper=self._upper,
            matrix=self._rows.matrix(self._columns),
            row_lower=np.concatenate(self._rows.lower),
            row_upper=np.concatenate(self._rows.upper),
            integer=integer,
            offset=offset,
        )

    def _costs(self) -> tuple[FloatArray, float]:
        s, part, repair = self._sections, self._part, self._sections.grid.repair_minutes
        dead = ~part.alive
        soonest, weight = self._soonest, s.weight[part.section]
        cost = np.zeros(self._columns)
        gained = np.maximum(repair - soonest.each[part.section] - soonest.latest, 0.0)
        cost[self._u[dead]] = -(weight * gained)[dead]
        at_fault = np.flatnonzero(s.at_fault() & self._closed)
        opened = np.bincount(
            np.concatenate([s.end_a[at_fault], s.end_b[at_fault]]), minlength=s.count
        )[part.section]  # fmt: skip
        cost[self._u] += OPERATION_MINUTES * opened * dead
        cost[self._o] = OPERATION_MINUTES
        waiting = ~s.live(self._closed)
        all_waiting = float(s.weight[waiting].sum()) * repair
        return cost, all_waiting - float(s.weight[waiting & ~s.faulted].sum()) * soonest.latest + soonest.fixed

    def _tree(self) -> None:
        """u, y, o and the commodity."""
        part, rows = self._part, self._rows
        self._lower[self._u[part.alive]] = 1.0
        a, b = self._u[part.section_a], self._u[part.section_b]
        was = self._closed[part.switch]
        live_a, live_b = part.alive[part.section_a], part.alive[part.section_b]
        group = self._sections.groups(self._closed)[part.section]
        strangers = live_a & live_b & ~was & (group[part.section_a] != group[part.section_b])
        if not self._strict.moves_load:
            strangers = strangers | (live_a & live_b & ~was)
            self._lower[self._y[live_a & live_b & was]] = 1.0
        self._upper[self._y[strangers]] = 0.0
        m, n = len(part.switch), len(part.section)
        none, far = np.zeros(m), np.full(m, _INF)
        rows.add(none, far, (a, 1.0), (self._y, -1.0))
        rows.add(none, far, (b, 1.0), (self._y, -1.0))
        sign = np.where(was, 1.0, -1.0)  # operated: closed and not y beside a live section, or open and y
        for end in (a, b):
            rows.add(none, far, (self._o, 1.0), (self._y, sign), (end, np.where(was, -1.0, 0.0)))
        free = np.flatnonzero(~part.root).astype(np.int32)
        one = np.zeros(1, np.int32)
        zero = np.zeros(1)
        rows.balance(1, zero, (np.repeat(one, m), self._y, 1.0), (np.repeat(one, len(free)), self._u[free], -1.0))
        place = np.full(n, -1, np.int32)
        place[free] = np.arange(len(free))
        self._lower[self._f], self._upper[self._f] = -float(len(free)), float(len(free))
        terms = self._at(place, (self._f, part.section_a, part.section_b))
        rows.balance(len(free), np.zeros(len(free)), *terms, (place[free], self._u[free], -1.0))
        rows.add(none, far, (self._y, float(len(free))), (self._f, 1.0))
        rows.add(none, far, (self._y, float(len(free))), (self._f, -1.0))

    def _at(
        self, place: IntArray, *flows: tuple[IntArray, IntArray, IntArray]
    ) -> list[tuple[IntArray, IntArray, float]]:
        """Terms of what flows from a to b: leaving at a, arriving at b, where these have a place."""
        terms = []
        for column, a, b in flows:
            for end, sign in ((a, -1.0), (b, 1.0)):
                here = place[end] >= 0
                terms.append((place[end[here]], column[here], sign))
        return terms

    def _hour(self, first: int, hour: int) -> None:
        part = self._part
        b, m, k = len(part.branch_a), len(part.switch), len(part.given)
        p, q = _block(first, b), _block(first + b, b)
        sp, sq = _block(first + 2 * b, m), _block(first + 2 * b + m, m)
        w = _block(first + 2 * b + 2 * m, k)
        self._balances(hour, (p, q), (sp, sq))
        self._fall(hour, p, q, w)
        self._across(hour, (sp, sq), w)
        self._ratings(hour, p, q)

    def _balances(self, hour: int, branch: tuple[IntArray, IntArray], switch: tuple[IntArray, IntArray]) -> None:
        part = self._part
        free = np.flatnonzero(~part.given).astype(np.int32)
        place = np.full(len(part.given), -1, np.int32)
        place[free] = np.arange(len(free))
        for power, of_branch, of_switch in ((part.p_kw, branch[0], switch[0]), (part.q_kvar, branch[1], switch[1])):
            terms = self._at(
                place, (of_branch, part.branch_a, part.branch_b), (of_switch, part.switch_a, part.switch_b)
            )
            own = (place[free], self._u[part.point_section[free]], power[hour, free])
            self._rows.balance(len(free), np.zeros(len(free)), *terms, own)

    def _fall(self, hour: int, p: IntArray, q: IntArray, w: IntArray) -> None:
        part = self._part
        self._lower[np.concatenate([p, q])], self._upper[np.concatenate([p, q])] = -_INF, _INF
        low = np.where(part.given, 0.0, (np.sqrt(part.low[hour]) + self._strict.low_pu) ** 2)
        self._lower[w] = np.where(part.given, part.voltage[hour], low)
        top = part.voltage[hour, part.given].max(initial=0.0) if self._only_loads(hour) else _INF
        high = np.maximum(np.minimum(part.high[hour], top), low)
        self._upper[w] = np.where(part.given, part.voltage[hour], high)
        zero = np.zeros(len(p))
        self._rows.add(
            zero,
            zero,
            (w[part.branch_a], part.gain),
            (w[part.branch_b], -1.0),
            (p, -2.0 * part.r_pu),
            (q, -2.0 * part.x_pu),
        )

    def _only_loads(self, hour: int) -> bool:
        """Then no voltage is above those of the roots."""
        part = self._part
        return not ((part.p_kw[hour] > 0).any() or (part.q_kvar[hour] > 0).any() or (part.gain > 1).any())

    def _across(self, hour: int, power: tuple[IntArray, IntArray], w: IntArray) -> None:
        """No power over an open switch, one voltage over a closed one."""
        part, rows, m = self._part, self._rows, len(self._part.switch)
        none, far = np.zeros(m), np.full(m, _INF)
        for columns, values in zip(power, (part.p_kw[hour], part.q_kvar[hour]), strict=True):
            most = float(np.abs(values).sum()) + 1.0
            self._lower[columns], self._upper[columns] = -most, most
            given = self._most(most)
            rows.add(none, far, (self._y, given), (columns, 1.0))
            rows.add(none, far, (self._y, given), (columns, -1.0))
        apart = max(float(self._upper[w].max() - self._lower[w].min()), 0.01) if len(w) else 0.0
        rows.add(np.full(m, -apart), far, (self._y, -apart), (w[part.switch_a], 1.0), (w[part.switch_b], -1.0))
        rows.add(np.full(m, -apart), far, (self._y, -apart), (w[part.switch_a], -1.0), (w[part.switch_b], 1.0))

    def _most(self, most: float) -> FloatArray:
        """Most that each switch can carry: of an island source, its power."""
        values = np.full(len(self._part.switch), most)
        island = self._part.switch - self._sections.first_island
        own = island >= 0
        values[own] = self._sections.islands.power_kw[island[own]]
        return values

    def _ratings(self, hour: int, p: IntArray, q: IntArray) -> None:
        part = self._part
        total = float(np.hypot(np.abs(part.p_kw[hour]).sum(), np.abs(part.q_kvar[hour]).sum()))
        most = part.most_kva[hour] * self._strict.loading
        tight = np.flatnonzero(most < total)
        for side in range(SIDES):
            angle = 2 * np.pi * side / SIDES
            self._rows.add(
                np.full(len(tight), -_INF), most[tight], (p[tight], np.cos(angle)), (q[tight], np.sin(angle))
            )

    def _energy(self) -> None:
        """An island source gives no more than it has, in the hours that are looked at."""
        part, islands = self._part, self._sections.islands
        own = np.flatnonzero(part.switch >= self._sections.first_island)
        if not len(own):
            return
        b = len(part.branch_a)
        length = self._sections.grid.rest_hours
        # The island's own node is the switch's second: what flows to the network counts negative.
        terms = [
            (first + 2 * b + own.astype(np.int32), -float(length[hour]) * np.ones(len(own)))
            for first, hour in zip(self._of_hour, self._hours, strict=True)
        ]
        energy = islands.energy_kwh[part.switch[own] - self._sections.first_island]
        self._rows.add(np.full(len(own), -_INF), energy, *terms)


def _block(first: int, count: int) -> IntArray:
    return np.arange(first, first + count, dtype=np.int32)
