"""The dispatch of a microgrid as a mixed-integer program for the solver port.

Columns run by scenario, then by unit, then by step. Decisions of the first `shared` steps are the same in all
scenarios (two stages: what is done now, and what may be done later when more is known).
"""

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.solver import Program
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.program import Entry, Index, Rows

FREE = np.inf


class Layout:
    """Where the columns of each kind are, in the shape in which they are thought of, and the rows."""

    def __init__(self) -> None:
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.start: dict[str, int] = {}
        self.width = 0
        self.rows: dict[str, slice] = {}

    def add(self, name: str, shape: tuple[int, ...]) -> None:
        self.shapes[name], self.start[name] = shape, self.width
        self.width += int(np.prod(shape))

    def at(self, name: str) -> Index:
        size = int(np.prod(self.shapes[name]))
        return (self.start[name] + np.arange(size)).reshape(self.shapes[name])

    def values(self, x: FloatArray, name: str) -> FloatArray:
        return np.asarray(x[self.at(name)])


def assembled(
    batteries: Batteries,
    generators: Generators,
    outlook: Outlook,
    terms: Terms,
    *,
    shared: int = 1,
    exclusive: BoolArray | None = None,
) -> tuple[Program, Layout]:
    """The program that costs least. exclusive: (S, N, T) where a binary parts charging from discharging.

    Raises ValueError for arrays that do not fit each other.
    """
    if len(terms.lost_load) != outlook.groups:
        raise ValueError("lost_load: it wants one value for each group of load.")
    shape = (outlook.scenarios, batteries.count, outlook.steps)
    build = _Build(batteries, generators, outlook, terms, np.zeros(shape, np.bool_) if exclusive is None else exclusive)
    build.columns_of_batteries()
    build.columns_of_generators()
    build.columns_of_the_rest()
    build.balance()
    build.stores()
    build.running()
    build.limits()
    build.share(min(shared, outlook.steps))
    return build.program()


class _Build:
    def __init__(self, b: Batteries, g: Generators, o: Outlook, terms: Terms, exclusive: BoolArray) -> None:
        self.b, self.g, self.o, self.terms, self.exclusive = b, g, o, terms, exclusive
        self.s, self.n, self.t, self.k = o.scenarios, b.count, o.steps, g.segment_kw.shape[1] if g.count else 0
        self.layout, self.rows = Layout(), Rows()
        self._cost: list[FloatArray] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self._integer: list[BoolArray] = []
        self.w = o.weight[:, None, None]
        self.at = self.layout.at

    def column(
        self, name: str, shape: tuple[int, ...], *, cost: object, low: object = 0.0, high: object, whole: object = False
    ) -> None:
        self.layout.add(name, shape)
        for kept, value in ((self._cost, cost), (self._low, low), (self._high, high)):
            kept.append(np.broadcast_to(np.asarray(value, np.float64), shape).ravel())
        self._integer.append(np.broadcast_to(np.asarray(whole, np.bool_), shape).ravel())

    def columns_of_batteries(self) -> None:
        b, h, shape = self.b, self.o.step_h, (self.s, self.n, self.t)
        self.column("charge", shape, cost=self.w * h * b.wear_charge[:, None], high=b.charge_kw[:, None])
        self.column("discharge", shape, cost=self.w * h * b.wear_discharge[:, None], high=b.discharge_kw[:, None])
        left = np.zeros(self.t)
        left[-1] = self.terms.stored_value
        self.column("energy", shape, cost=-self.w * left, low=b.least_kwh[:, None], high=b.most_kwh[:, None])
        self.column("charging", shape, cost=0.0, high=1.0, whole=self.exclusive)

    def columns_of_generators(self) -> None:
        g, h = self.g, self.o.step_h
        shape = (self.s, g.count, self.t)
        fuel = g.segment_cost + (self.terms.emissions_price * g.emissions_kg_per_kwh)[:, None]
        for k in range(self.k):
            self.column(f"made {k}", shape, cost=self.w * h * fuel[:, k, None], high=g.segment_kw[:, k, None])
        forced_on, forced_off = self._forced()
        self.column(
            "on",
            shape,
            cost=self.w * h * g.no_load_cost[:, None],
            low=forced_on,
            high=1.0 - forced_off,
            whole=g.needs_binary[:, None],
        )
        self.column("start", shape, cost=self.w * g.start_cost[:, None], high=1.0)
        self.column("stop", shape, cost=0.0, high=1.0)

    def _forced(self) -> tuple[FloatArray, FloatArray]:
        """(G, T) steps in which a generator still has to run, or to stand, because of what it did before."""
        step, g = np.arange(self.t)[None, :], self.g
        on = g.runs[:, None] & (step < (g.up_steps - g.since_steps)[:, None])
        off = ~g.runs[:, None] & (step < (g.down_steps - g.since_steps)[:, None])
        return on.astype(np.float64), off.astype(np.float64)

    def columns_of_the_rest(self) -> None:
        o, h, flat = self.o, self.o.step_h, (self.s, self.t)
        w = o.weight[:, None]
        price = o.buy + self.terms.emissions_price * o.grid_kg_per_kwh
        self.column("import", flat, cost=w * h * price, high=o.import_kw)
        self.column("export", flat, cost=-w * h * o.sell, high=o.export_kw)
        self.column("used", o.renewable_kw.shape, cost=0.0, high=o.renewable_kw)
        lost = self.terms.lost_load
        can = np.isfinite(lost)[:, None]
        price_of_lost = np.where(np.isfinite(lost), lost, 0.0)[:, None]
        self.column("shed", o.load_kw.shape, cost=self.w * h * price_of_lost, high=np.where(can, o.load_kw, 0.0))
        peak = self.terms.peak_charge
        self.column("peak", (self.s,), cost=o.weight * peak, low=self.terms.peak_kw, high=FREE)
        short = self.terms.reserve_price * h
        self.column("short", flat, cost=w * short, high=np.broadcast_to(o.reserve_kwh, flat))

    def balance(self) -> None:
        """One row for each scenario and step: what comes in is what is taken."""
        row = np.arange(self.s * self.t).reshape(self.s, 1, self.t)
        entries: list[Entry] = []
        kinds = [("discharge", 1.0), ("charge", -1.0), ("used", 1.0), ("shed", 1.0)]
        for name, sign in kinds + [(f"made {k}", 1.0) for k in range(self.k)]:
            entries.append((np.broadcast_to(row, self.layout.shapes[name]), self.at(name), sign))
        entries += [(row[:, 0], self.at("import"), 1.0), (row[:, 0], self.at("export"), -1.0)]
        load = self.o.load_kw.sum(axis=1)
        self.rows.add("balance", load, load, *entries)

    def stores(self) -> None:
        b, h, shape = self.b, self.o.step_h, (self.s, self.n, self.t)
        row = np.arange(int(np.prod(shape))).reshape(shape)
        energy, begin = self.at("energy"), np.zeros(shape)
        begin[:, :, 0] = b.initial_kwh
        into = np.broadcast_to((-h * b.charge_efficiency)[:, None], shape)
        out = np.broadcast_to((h / b.discharge_efficiency)[:, None], shape)
        moves: list[Entry] = [(row, self.at("charge"), into), (row, self.at("discharge"), out)]
        self.rows.add("store", begin, begin, (row, energy, 1.0), (row[:, :, 1:], energy[:, :, :-1], -1.0), *moves)
        low, high = (np.tile(each, self.s) for each in (b.final_low_kwh, b.final_high_kwh))
        self.rows.add("final", low, high, (np.arange(self.s * self.n).reshape(self.s, self.n), energy[:, :, -1], 1.0))
        if self.o.reserve_kwh.any():
            at = np.arange(self.s * self.t).reshape(self.s, 1, self.t)
            least = np.tile(self.o.reserve_kwh, self.s)
            held: list[Entry] = [(np.broadcast_to(at, shape), energy, 1.0), (at[:, 0], self.at("short"), 1.0)]
            self.rows.add("reserve", least, np.full(least.size, FREE), *held)
        if self.exclusive.any():
            self._either_or(row)

    def _either_or(self, row: Index) -> None:
        """charge <= most charging, discharge <= most (1 - charging), where that is asked for."""
        here = np.nonzero(self.exclusive.ravel())[0]
        number = np.arange(len(here))
        charging = self.at("charging").ravel()[here]
        for name, most, sign in (("charge", self.b.charge_kw, -1.0), ("discharge", self.b.discharge_kw, 1.0)):
            size = np.broadcast_to(most[:, None], row.shape).ravel()[here]
            high = size if name == "discharge" else np.zeros(len(here))
            column = self.at(name).ravel()[here]
            entries: list[Entry] = [(number, column, 1.0), (number, charging, sign * size)]
            self.rows.add(f"{name} or not", np.full(len(here), -FREE), high, *entries)

    def running(self) -> None:
        """Power within the range of a running generator; starts, stops, and how long each must last."""
        g, shape = self.g, (self.s, self.g.count, self.t)
        if not g.count:
            return
        row, on = np.arange(int(np.prod(shape))).reshape(shape), self.at("on")
        made: list[Entry] = [(row, self.at(f"made {k}"), 1.0) for k in range(self.k)]
        least = np.broadcast_to(-g.least_kw[:, None], shape)
        self.rows.add("least", np.zeros(shape), np.full(shape, FREE), *made, (row, on, least))
        for k in range(self.k):
            most = np.broadcast_to(-g.segment_kw[:, k, None], shape)
            entries: list[Entry] = [(row, self.at(f"made {k}"), 1.0), (row, on, most)]
            self.rows.add(f"most {k}", np.full(shape, -FREE), np.zeros(shape), *entries)
        before = np.zeros(shape)
        before[:, :, 0] = g.runs
        turns: list[Entry] = [(row, self.at("start"), -1.0), (row, self.at("stop"), 1.0)]
        self.rows.add("turn", before, before, (row, on, 1.0), (row[:, :, 1:], on[:, :, :-1], -1.0), *turns)
        self._lasting("start", g.up_steps, -1.0, 0.0)
        self._lasting("stop", g.down_steps, 1.0, 1.0)
        limited = np.isfinite(g.fuel_kwh)
        if limited.any():
            self._fuel(limited)

    def _lasting(self, name: str, steps: Index, sign: float, high: float) -> None:
        """The turns of the last steps leave no other state: after D. Rajan and S. Takriti, IBM RC23628 (2005)."""
        turn, on = self.at(name), self.at("on")
        for number in np.nonzero(steps > 1)[0]:
            row = np.arange(self.s * self.t).reshape(self.s, self.t)
            entries: list[Entry] = [(row, on[:, number], sign)]
            reach = range(min(int(steps[number]), self.t))
            entries += [(row[:, back:], turn[:, number, : self.t - back], 1.0) for back in reach]
            self.rows.add(f"{name} lasts {number}", np.full(row.shape, -FREE), np.full(row.shape, high), *entries)

    def _fuel(self, limited: BoolArray) -> None:
        which = np.nonzero(limited)[0]
        row = np.arange(self.s * len(which)).reshape(self.s, len(which), 1)
        shape = (self.s, len(which), self.t)
        h = self.o.step_h
        entries: list[Entry] = [(np.broadcast_to(row, shape), self.at(f"made {k}")[:, which], h) for k in range(self.k)]
        self.rows.add("fuel", np.full(row.size, -FREE), np.tile(self.g.fuel_kwh[which], self.s), *entries)

    def limits(self) -> None:
        if self.terms.peak_charge:
            row = np.arange(self.s * self.t).reshape(self.s, self.t)
            peak = np.broadcast_to(self.at("peak")[:, None], row.shape)
            entries: list[Entry] = [(row, self.at("import"), 1.0), (row, peak, -1.0)]
            self.rows.add("peak", np.full(row.shape, -FREE), np.zeros(row.shape), *entries)

    def share(self, steps: int) -> None:
        """What is decided now is decided once."""
        if self.s == 1 or not steps:
            return
        for name in ("charge", "discharge", "on"):
            columns = self.at(name)[:, :, :steps]
            other, first = columns[1:], np.broadcast_to(columns[:1], columns[1:].shape)
            if other.size:
                row = np.arange(other.size).reshape(other.shape)
                zero = np.zeros(other.size)
                self.rows.add(f"shared {name}", zero, zero, (row, other, 1.0), (row, first, -1.0))

    def program(self) -> tuple[Program, Layout]:
        whole = np.concatenate(self._integer)
        low, high = self.rows.limits()
        self.layout.rows = self.rows.where
        program = Program.of(
            cost=np.concatenate(self._cost),
            lower=np.concatenate(self._low),
            upper=np.concatenate(self._high),
            matrix=self.rows.matrix(self.layout.width),
            row_lower=low,
            row_upper=high,
            integer=whole if whole.any() else None,
        )
        return program, self.layout
