"""A schedule as a linear program for the solver port.

Cells are the parts of a battery's window by depth (one cell where wear does not rise with depth): energy drawn from the
shallow cell is cheaper, so the program fills and empties it first, which is what rainflow counting of the depth of
cycles does. Source: B. Xu et al., Factoring the cycle aging cost of batteries, IEEE Trans. Power Systems 33 (2018).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array, csr_array

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.solver import Program
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.site import Site

Index = npt.NDArray[np.signedinteger]
Entry = tuple[Index, Index, FloatArray | float]  # row within the block, column, value


@dataclass(frozen=True, slots=True)
class Layout:
    """Where columns are, and where the rows of each kind; columns of cells and batteries run by step within each."""

    steps: int
    cells: int
    batteries: int
    owner: Index  # (cells,) the battery of each
    columns: dict[str, slice]
    rows: dict[str, slice]

    def of(self, name: str) -> Index:
        """Columns of a kind; empty if the program has none."""
        where = self.columns.get(name, slice(0, 0))
        return np.arange(where.start, where.stop)

    def values(self, x: FloatArray, name: str) -> FloatArray:
        """(batteries, steps) of a kind that cells have, else (steps,); zeros if the program has none."""
        found = x[self.columns[name]] if name in self.columns else np.zeros(0)
        if name in ("charge", "discharge", "energy"):
            whole = np.zeros((self.batteries, self.steps))
            np.add.at(whole, self.owner, found.reshape(self.cells, self.steps))
            return whole
        if name in ("up", "down"):
            return found.reshape(self.batteries, self.steps) if len(found) else np.zeros((self.batteries, self.steps))
        return found if len(found) else np.zeros(self.steps)


class Rows:
    """Named blocks of rows, put together at the end."""

    def __init__(self) -> None:
        self._parts: list[tuple[Index, Index, FloatArray]] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self.where: dict[str, slice] = {}
        self.count = 0

    def add(self, name: str, low: FloatArray, high: FloatArray, *entries: Entry) -> None:
        for row, column, value in entries:
            spread = np.broadcast_to(np.asarray(value, np.float64), column.shape)
            self._parts.append(((self.count + row).ravel(), column.ravel(), spread.ravel()))
        self._low.append(low.ravel())
        self._high.append(high.ravel())
        self.where[name] = slice(self.count, self.count + low.size)
        self.count += low.size

    def matrix(self, width: int) -> csr_array:
        row, column, value = (np.concatenate(part) for part in zip(*self._parts, strict=True))
        return csr_array(coo_array((value, (row, column)), shape=(self.count, width)))

    def limits(self) -> tuple[FloatArray, FloatArray]:
        return np.concatenate(self._low), np.concatenate(self._high)


def assembled(
    batteries: Batteries, site: Site, *, exclusive: BoolArray | None = None, limits_as_rows: bool = False
) -> tuple[Program, Layout]:
    """The program that costs least.

    exclusive: (N, T) where a binary says whether a battery charges or discharges. limits_as_rows: limits of the
    meter and the final energy as rows, so that an elastic can widen them.
    """
    build = _Build(batteries, site, _nowhere(batteries, site) if exclusive is None else exclusive)
    build.variables(limits_as_rows)
    build.energy(limits_as_rows)
    build.power()
    if not site.is_bare:
        build.meter(limits_as_rows)
    if site.has_reserve:
        build.reserve()
    return build.program()


def _nowhere(batteries: Batteries, site: Site) -> BoolArray:
    return np.zeros((batteries.count, site.steps), np.bool_)


class _Build:
    def __init__(self, batteries: Batteries, site: Site, exclusive: BoolArray) -> None:
        self.b, self.site, self.exclusive = batteries, site, exclusive
        self.n, self.depths, self.t = batteries.count, len(batteries.depth_share), site.steps
        self.cells = self.n * self.depths
        self.owner = np.repeat(np.arange(self.n), self.depths)
        self.rows = Rows()
        self._columns: dict[str, slice] = {}
        self._cost: list[FloatArray] = []
        self._low: list[FloatArray] = []
        self._high: list[FloatArray] = []
        self._width = 0
        self.step = np.arange(self.t)

    def columns(self, name: str, shape: tuple[int, ...], *, cost: object, low: object, high: object) -> None:
        for kept, value in ((self._cost, cost), (self._low, low), (self._high, high)):
            kept.append(np.broadcast_to(np.asarray(value, np.float64), shape).ravel())
        size = int(np.prod(shape))
        self._columns[name] = slice(self._width, self._width + size)
        self._width += size

    def at(self, name: str) -> Index:
        """(cells, T), (N, T) or (T,) columns of a kind."""
        where = np.arange(self._columns[name].start, self._columns[name].stop)
        return where.reshape(-1, self.t) if len(where) != self.t or name in _BY_BATTERY else where

    def variables(self, limits_as_rows: bool) -> None:
        b, site, h = self.b, self.site, self.site.step_h
        wear = (np.tile(b.depth_wear, self.n) + b.wear_discharge[self.owner])[:, None] * h
        bare_buy, bare_sell = (site.buy * h, site.sell * h) if site.is_bare else (0.0, 0.0)
        wide = (self.cells, self.t)
        charge_cost = bare_buy + (b.wear_charge[self.owner] * h)[:, None]
        self.columns("charge", wide, cost=charge_cost, low=0.0, high=b.charge_kw[self.owner][:, None])
        self.columns("discharge", wide, cost=wear - bare_sell, low=0.0, high=b.discharge_kw[self.owner][:, None])
        low, high = self._window(limits_as_rows)
        self.columns("energy", wide, cost=0.0, low=low, high=high)
        if self.exclusive.any():
            self.columns("charging", (int(self.exclusive.sum()),), cost=0.0, low=0.0, high=1.0)

    def _window(self, limits_as_rows: bool) -> tuple[FloatArray, FloatArray]:
        """Of energies above the least; the final one by bounds where a battery is one cell."""
        share = np.tile(self.b.depth_share, self.n)
        low = np.zeros((self.cells, self.t))
        high = np.repeat((share * self.b.room_kwh()[self.owner])[:, None], self.t, axis=1)
        if self.depths == 1 and not limits_as_rows:
            low[:, -1] = np.maximum(self.b.final_low_kwh - self.b.least_kwh, 0.0)
            high[:, -1] = np.minimum(high[:, -1], self.b.final_high_kwh - self.b.least_kwh)
            high = np.maximum(high, low)
        return low, high

    def energy(self, limits_as_rows: bool) -> None:
        """Energy at the end of a step: that before, and what the step moves."""
        b, h = self.b, self.site.step_h
        row = np.arange(self.cells * self.t).reshape(self.cells, self.t)
        at, charge, discharge = self.at("energy"), self.at("charge"), self.at("discharge")
        right = np.zeros((self.cells, self.t))
        right[:, 0] = self._initial()
        into, out = (b.charge_efficiency[self.owner] * h)[:, None], (h / b.discharge_efficiency[self.owner])[:, None]
        moved = ((row, charge, -into), (row, discharge, out))
        self.rows.add("energy", right, right, (row, at, 1.0), (row[:, 1:], at[:, :-1], -1.0), *moved)
        owner = np.repeat(self.owner, self.t).reshape(row.shape)
        if self.depths > 1 or limits_as_rows:
            low, high = b.final_low_kwh - b.least_kwh, b.final_high_kwh - b.least_kwh
            self.rows.add("final", low, high, (self.owner, at[:, -1], 1.0))
        if np.isfinite(b.cycles).any():
            most = b.cycles * b.energy_kwh
            self.rows.add("cycles", np.zeros(self.n), most, (owner, discharge, out))

    def _initial(self) -> FloatArray:
        """What is stored lies in the shallow cells first: it is the first to be drawn."""
        share = self.b.depth_share
        above = np.concatenate([[0.0], np.cumsum(share)[:-1]])
        room = self.b.room_kwh()[:, None]
        stored = (self.b.initial_kwh - self.b.least_kwh)[:, None]
        return np.asarray(np.clip(stored - above * room, 0.0, share * room).ravel())

    def power(self) -> None:
        """Of cells together, and of charging and discharging against each other."""
        if self.depths > 1:
            row = self._by_battery()
            for name, most in (("charge", self.b.charge_kw), ("discharge", self.b.discharge_kw)):
                high = np.repeat(most, self.t)
                self.rows.add(f"{name} power", np.zeros(self.n * self.t), high, (row, self.at(name), 1.0))
        if self.exclusive.any():
            self._one_way()

    def _by_battery(self) -> Index:
        """(cells, T) row of the battery and step of each column."""
        return self.owner[:, None] * self.t + self.step

    def _one_way(self) -> None:
        count = int(self.exclusive.sum())
        number = np.full((self.n, self.t), -1)
        number[self.exclusive] = np.arange(count)
        mine = self.exclusive[self.owner]  # (cells, T)
        row, binary = number[self.owner][mine], np.arange(count) + self._columns["charging"].start
        battery = np.nonzero(self.exclusive)[0]
        most_in, most_out = self.b.charge_kw[battery], self.b.discharge_kw[battery]
        free, each = np.full(count, -np.inf), np.arange(count)
        into = (each, binary, -most_in)
        self.rows.add("charges alone", free, np.zeros(count), (row, self.at("charge")[mine], 1.0), into)
        out = (each, binary, most_out)
        self.rows.add("discharges alone", free, most_out, (row, self.at("discharge")[mine], 1.0), out)

    def meter(self, limits_as_rows: bool) -> None:
        """Import less export is load less sun and batteries."""
        site, h = self.site, self.site.step_h
        most = [np.inf, np.inf] if limits_as_rows else [site.import_kw, site.export_kw]
        self.columns("import", (self.t,), cost=site.buy * h, low=0.0, high=most[0])
        self.columns("export", (self.t,), cost=-site.sell * h, low=0.0, high=most[1])
        least = 0.0 if site.curtailable else site.sun_kw
        self.columns("sun", (self.t,), cost=0.0, low=least, high=site.sun_kw)
        row = np.broadcast_to(self.step, (self.cells, self.t))
        entries: list[Entry] = [(row, self.at("discharge"), 1.0), (row, self.at("charge"), -1.0)]
        signs = (("import", 1.0), ("export", -1.0), ("sun", 1.0))
        entries += [(self.step, self.at(name), sign) for name, sign in signs]
        self.rows.add("meter", site.load_kw, site.load_kw, *entries)
        if site.peak_charge:
            self.columns("peak", (1,), cost=site.peak_charge, low=site.peak_kw, high=np.inf)
            peak = np.full(self.t, self._columns["peak"].start)
            bounds = np.full(self.t, -np.inf), np.zeros(self.t)
            self.rows.add("peak", *bounds, (self.step, self.at("import"), site.peak_at), (self.step, peak, -1.0))
        if limits_as_rows:
            for name, limit in (("import", site.import_kw), ("export", site.export_kw)):
                self.rows.add(f"{name} limit", np.zeros(self.t), limit, (self.step, self.at(name), 1.0))

    def reserve(self) -> None:
        """Room of power, and energy that lasts, before and after the step."""
        site, b, h = self.site, self.b, self.site.step_h
        row = np.arange(self.n * self.t).reshape(self.n, self.t)
        of_cell = self._by_battery()
        step = np.broadcast_to(self.step, row.shape)
        for name, other, most, price, least in (
            ("up", "discharge", b.discharge_kw, site.up_price, site.up_kw),
            ("down", "charge", b.charge_kw, site.down_price, site.down_kw),
        ):
            self.columns(name, row.shape, cost=-price * h, low=0.0, high=np.inf)
            against = "charge" if other == "discharge" else "discharge"
            free = np.full(row.size, -np.inf)
            moves: list[Entry] = [(of_cell, self.at(other), 1.0), (of_cell, self.at(against), -1.0)]
            self.rows.add(f"{name} power", free, np.repeat(most, self.t), (row, self.at(name), 1.0), *moves)
            self.rows.add(f"{name} held", least, np.full(self.t, np.inf), (step, self.at(name), 1.0))
            self._backing(name, row, of_cell)
            self._room_of_meter(name, step)

    def _backing(self, name: str, row: Index, of_cell: Index) -> None:
        b, lasts = self.b, self.site.backing_h
        size, room = row.size, np.repeat(b.room_kwh(), self.t)
        if name == "up":
            per_kw, low, high = -lasts / b.discharge_efficiency, np.zeros(size), np.full(size, np.inf)
        else:
            per_kw, low, high = lasts * b.charge_efficiency, np.full(size, -np.inf), room
        energy, held = self.at("energy"), self.at(name)
        self.rows.add(f"{name} energy", low, high, (of_cell, energy, 1.0), (row, held, per_kw[:, None]))
        stored = np.zeros(row.shape)
        stored[:, 0] = b.initial_kwh - b.least_kwh
        low, high = low - stored.ravel(), high - stored.ravel()
        before = (of_cell[:, 1:], energy[:, :-1], 1.0)
        self.rows.add(f"{name} energy before", low, high, before, (row, held, per_kw[:, None]))

    def _room_of_meter(self, name: str, step: Index) -> None:
        limit = self.site.export_kw if name == "up" else self.site.import_kw
        if self.site.is_bare or np.isinf(limit).all():
            return
        out, into = ("export", "import") if name == "up" else ("import", "export")
        flows: list[Entry] = [(self.step, self.at(out), 1.0), (self.step, self.at(into), -1.0)]
        self.rows.add(f"{name} meter", np.full(self.t, -np.inf), limit, (step, self.at(name), 1.0), *flows)

    def program(self) -> tuple[Program, Layout]:
        whole = np.zeros(self._width, np.bool_)
        if self.exclusive.any():
            whole[self._columns["charging"]] = True
        row_low, row_high = self.rows.limits()
        program = Program.of(
            cost=np.concatenate(self._cost),
            lower=np.concatenate(self._low),
            upper=np.concatenate(self._high),
            matrix=self.rows.matrix(self._width),
            row_lower=row_low,
            row_upper=row_high,
            integer=whole if whole.any() else None,
        )
        return program, Layout(self.t, self.cells, self.n, self.owner, self._columns, self.rows.where)


_BY_BATTERY = frozenset({"charge", "discharge", "energy", "up", "down"})
