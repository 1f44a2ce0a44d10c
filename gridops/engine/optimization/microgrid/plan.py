"""The dispatch of a microgrid over a horizon: solved, priced, and what would have to give where nothing is possible."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.microgrid.program import Layout, assembled
from gridops.engine.optimization.solver import Program, Solved, Status, solve
from gridops.engine.optimization.storage.battery import Batteries

BOTH_KW = 1e-6  # of charging and of discharging, beyond which they are at once
GAP = 1e-4
SENTENCES = 4


class Part(StrEnum):
    BOUGHT = "bought"
    SOLD = "sold"  # earned, so negative
    FUEL = "fuel"
    STARTS = "starts"
    WEAR = "wear"
    LOST_LOAD = "lost_load"
    EMISSIONS = "emissions"
    PEAK = "peak"


@dataclass(frozen=True, slots=True)
class Dispatch:
    """N batteries, G generators, R renewables, P groups of load, T steps. Expected over the scenarios, kW and kWh.

    What is done in the first step is the same in all of them.
    """

    charge_kw: FloatArray  # (N, T)
    discharge_kw: FloatArray
    energy_kwh: FloatArray  # at the end of each step
    generator_kw: FloatArray  # (G, T)
    running: FloatArray  # (G, T) share of the scenarios
    renewable_kw: FloatArray  # (R, T) used
    curtailed_kw: FloatArray  # (R, T)
    shed_kw: FloatArray  # (P, T)
    import_kw: FloatArray  # (T,)
    export_kw: FloatArray
    reserve_short_kwh: FloatArray  # (T,) by which the stores fall short of the reserve
    cost: float  # currency of the horizon: the sum of the parts
    parts: dict[Part, float]
    emissions_kg: float
    shadow_price: FloatArray  # (T,) currency: what one kWh more of load would cost
    stored_value: FloatArray  # (N, T) currency: what one kWh more in the store would save

    @property
    def battery_kw(self) -> FloatArray:
        """(N, T) into the network positive."""
        return np.asarray(self.discharge_kw - self.charge_kw)


@dataclass(frozen=True, slots=True)
class Planned:
    status: Status
    reason: str  # in plain words; empty if optimal
    dispatch: Dispatch | None
    way_out: tuple[str, ...]  # sentences: what would have to give; empty with a dispatch
    bound: float  # no dispatch costs less, in terms of the program; -inf if not known
    gap: float
    seconds: float  # of the solver


def plan(
    batteries: Batteries,
    generators: Generators,
    outlook: Outlook,
    terms: Terms,
    *,
    seconds: float = 20.0,
    gap: float = GAP,
    shared: int = 1,
) -> Planned:
    """The dispatch of least expected cost. Infeasible and out of time are results with a reason.

    seconds: limit of each solution. gap: relative. shared: steps whose decisions must be the same in all scenarios.
    Raises ValueError for arrays that do not fit each other.
    """
    exclusive = np.zeros((outlook.scenarios, batteries.count, outlook.steps), np.bool_)
    spent = 0.0
    while True:
        program, layout = assembled(batteries, generators, outlook, terms, shared=shared, exclusive=exclusive)
        solved = solve(program, seconds=seconds, gap=gap)
        spent += solved.seconds
        if not solved.ok:
            way_out = _way_out(program, layout, outlook) if solved.status is Status.INFEASIBLE else ()
            return Planned(solved.status, solved.reason, None, way_out, solved.bound, solved.gap, spent)
        at_once = _at_once(layout, solved) & ~exclusive
        if not at_once.any():
            break
        exclusive |= at_once
    priced = _priced(program, solved)
    dispatch = _read(_Asked(batteries, generators, outlook, terms), layout, priced)
    return Planned(solved.status, solved.reason, dispatch, (), solved.bound, solved.gap, spent + priced.seconds)


def _at_once(layout: Layout, solved: Solved) -> BoolArray:
    """(S, N, T) where a battery charges and discharges at once."""
    both = np.minimum(layout.values(solved.x, "charge"), layout.values(solved.x, "discharge"))
    return np.asarray(both > BOTH_KW)


def _priced(program: Program, solved: Solved) -> Solved:
    """A program with binaries has no prices: with its choices held it is linear and has them."""
    if not program.has_integers:
        return solved
    whole = program.integer
    held = np.round(solved.x[whole])
    lower, upper = program.lower.copy(), program.upper.copy()
    lower[whole], upper[whole] = held, held
    again = solve(replace(program, lower=lower, upper=upper, integer=np.zeros(0, np.bool_)))
    return again if again.ok else solved


@dataclass(frozen=True, slots=True)
class _Asked:
    b: Batteries
    g: Generators
    o: Outlook
    terms: Terms


def _read(asked: _Asked, layout: Layout, solved: Solved) -> Dispatch:
    b, g, o = asked.b, asked.g, asked.o

    def each(name: str) -> FloatArray:
        return layout.values(solved.x, name)

    def mean(values: FloatArray) -> FloatArray:
        return np.asarray(np.tensordot(o.weight, values, axes=1))

    made = np.zeros((o.scenarios, g.count, o.steps))
    for name in layout.shapes:
        if name.startswith("made "):
            made += each(name)
    parts, emitted = _parts(asked, layout, solved, made)
    price, stored = _prices(b, o, layout, solved)
    return Dispatch(
        charge_kw=mean(each("charge")),
        discharge_kw=mean(each("discharge")),
        energy_kwh=mean(each("energy")),
        generator_kw=mean(made),
        running=mean(each("on")) if g.count else np.zeros((0, o.steps)),
        renewable_kw=mean(each("used")),
        curtailed_kw=mean(np.maximum(o.renewable_kw - each("used"), 0.0)),
        shed_kw=mean(each("shed")),
        import_kw=mean(each("import")),
        export_kw=mean(each("export")),
        reserve_short_kwh=mean(each("short")) if o.reserve_kwh.any() else np.zeros(o.steps),
        cost=sum(parts.values()),
        parts=parts,
        emissions_kg=emitted,
        shadow_price=price,
        stored_value=stored,
    )


def _parts(asked: _Asked, layout: Layout, solved: Solved, made: FloatArray) -> tuple[dict[Part, float], float]:
    """Expected money of each part, and the kilograms emitted."""
    b, g, o, terms = asked.b, asked.g, asked.o, asked.terms
    h = o.step_h

    def total(name: str, price: FloatArray | float) -> float:
        money = price * layout.values(solved.x, name)
        return float(o.weight @ money.reshape(o.scenarios, -1).sum(axis=1))

    fuel = sum(total(f"made {k}", h * g.segment_cost[:, k, None]) for k in range(g.segment_kw.shape[1] * bool(g.count)))
    by_generators = (g.emissions_kg_per_kwh[:, None] * made).sum(axis=(1, 2))
    emitted = h * float(o.weight @ by_generators) + total("import", h * o.grid_kg_per_kwh)
    lost = np.where(np.isfinite(terms.lost_load), terms.lost_load, 0.0)[:, None]
    parts = {
        Part.BOUGHT: total("import", h * o.buy),
        Part.SOLD: -total("export", h * o.sell),
        Part.FUEL: fuel + total("on", h * g.no_load_cost[:, None]),
        Part.STARTS: total("start", g.start_cost[:, None]),
        Part.WEAR: total("charge", h * b.wear_charge[:, None]) + total("discharge", h * b.wear_discharge[:, None]),
        Part.LOST_LOAD: total("shed", h * lost),
        Part.EMISSIONS: terms.emissions_price * emitted,
        Part.PEAK: terms.peak_charge * max(total("peak", 1.0) - terms.peak_kw, 0.0) if terms.peak_charge else 0.0,
    }
    return parts, emitted


def _prices(b: Batteries, o: Outlook, layout: Layout, solved: Solved) -> tuple[FloatArray, FloatArray]:
    """Of the balances and of the stores, per kWh; nan if the solver has none."""
    if not len(solved.row_dual):
        return np.full(o.steps, np.nan), np.full((b.count, o.steps), np.nan)
    balance = solved.row_dual[layout.rows["balance"]].reshape(o.scenarios, o.steps)
    store = solved.row_dual[layout.rows["store"]].reshape(o.scenarios, b.count, o.steps)
    return np.asarray(balance.sum(axis=0) / o.step_h), np.asarray(-store.sum(axis=0))


def _way_out(program: Program, layout: Layout, o: Outlook) -> tuple[str, ...]:
    """Load that would have to be cut, or production that nobody takes, step by step of the worst scenario."""
    first = layout.rows["balance"].start
    elastics = []
    for kind, sign in (("load without a source", 1.0), ("production that nobody takes", -1.0)):
        for number in range(o.scenarios * o.steps):
            rows, effect = np.array([first + number]), np.array([sign])
            when = f"in step {number % o.steps + 1}"
            elastics.append(Elastic(kind, "", when, "kW", 1.0, rows, effect))
    final = np.arange(layout.rows["final"].start, layout.rows["final"].stop)
    missing = "energy missing in the store at the end"
    elastics += [Elastic(missing, "", "", "kWh", 1.0, np.array([row]), np.ones(1)) for row in final]
    return explain(program, elastics).sentences(SENTENCES)
