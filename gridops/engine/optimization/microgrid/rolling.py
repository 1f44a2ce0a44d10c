"""A microgrid dispatched step by step through a past: the present is known, the rest is forecast, only now is done.

A running site does the same with one plan each period; this is for a comparison, and for anybody's file.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.microgrid.outlooks import Truth, Way, ahead
from gridops.engine.optimization.microgrid.plan import Dispatch, Part, Planned, plan
from gridops.engine.optimization.microgrid.plant import Generators, Outlook, Terms
from gridops.engine.optimization.storage.battery import Batteries

RUNS_KW = 1e-6


@dataclass(frozen=True, slots=True)
class Played:
    """What was done: T steps, kW and kWh. Shorter than the past if a step had no dispatch."""

    charge_kw: FloatArray  # (N, T)
    discharge_kw: FloatArray
    energy_kwh: FloatArray
    generator_kw: FloatArray  # (G, T)
    running: BoolArray  # (G, T)
    renewable_kw: FloatArray  # (R, T) used
    curtailed_kw: FloatArray  # (R, T)
    shed_kw: FloatArray  # (P, T)
    import_kw: FloatArray  # (T,)
    export_kw: FloatArray
    reserve_short_kwh: FloatArray
    shadow_price: FloatArray
    stored_value: FloatArray  # (N, T)
    parts: dict[Part, float]
    emissions_kg: float
    reason: str  # why it ends before the past does; empty if it does not
    seconds: float  # of the solver
    gap: float  # the largest of all steps

    @property
    def cost(self) -> float:
        return sum(self.parts.values())

    @property
    def steps(self) -> int:
        return len(self.import_kw)


Told = Callable[[Outlook, Planned, Batteries, Generators, Terms], None]


def play(
    batteries: Batteries,
    generators: Generators,
    truth: Truth,
    terms: Terms,
    way: Way,
    *,
    seconds: float = 20.0,
    told: Told | None = None,
) -> Played:
    """A whole past, each step on what was known in it. Ends before a step without a dispatch, with the reason.

    told: hears each plan with what it was made from.
    """
    done: list[Dispatch] = []
    reason, spent, gap = "", 0.0, 0.0
    b, g, asked = batteries, generators, terms
    for now in range(truth.outlook.steps):
        outlook = ahead(truth, now, way)
        is_last = now + outlook.steps >= truth.outlook.steps
        planned = plan(b if is_last else any_end(b), g, outlook, asked, seconds=seconds)
        spent, gap = spent + planned.seconds, max(gap, planned.gap)
        if told is not None:
            told(outlook, planned, b, g, asked)
        if planned.dispatch is None:
            reason = " ".join([f"Step {now + 1}: {planned.reason}", *planned.way_out])
            break
        done.append(planned.dispatch)
        b, g = after(b, planned.dispatch), turned(g, planned.dispatch, truth.outlook.step_h)
        asked = replace(asked, peak_kw=max(asked.peak_kw, float(planned.dispatch.import_kw[0])))
    made = _Made(batteries, generators, truth.outlook, terms)
    return _played(done, made, reason, spent, gap)


def any_end(batteries: Batteries) -> Batteries:
    """Without a wish for the end of the horizon."""
    return replace(batteries, final_low_kwh=batteries.least_kwh, final_high_kwh=batteries.most_kwh)


def after(batteries: Batteries, done: Dispatch) -> Batteries:
    """As they stand after the first step."""
    energy = np.clip(done.energy_kwh[:, 0], batteries.least_kwh, batteries.most_kwh)
    return replace(batteries, initial_kwh=np.asarray(energy))


def turned(generators: Generators, done: Dispatch, step_h: float) -> Generators:
    """As they stand after the first step."""
    if not generators.count:
        return generators
    runs = done.running[:, 0] > 0.5
    since = np.where(runs == generators.runs, generators.since_steps + 1, 1)
    fuel = np.maximum(generators.fuel_kwh - done.generator_kw[:, 0] * step_h, 0.0)
    return replace(generators, runs=np.asarray(runs), since_steps=since, fuel_kwh=np.asarray(fuel))


@dataclass(frozen=True, slots=True)
class _Made:
    """What was played with."""

    batteries: Batteries
    generators: Generators
    outlook: Outlook
    terms: Terms


def _played(done: list[Dispatch], made_of: _Made, reason: str, spent: float, gap: float) -> Played:
    b, g, o, terms = made_of.batteries, made_of.generators, made_of.outlook, made_of.terms

    def rows(name: str, count: int) -> FloatArray:
        return np.array([getattr(each, name)[:, 0] for each in done]).reshape(len(done), count).T

    def flat(name: str) -> FloatArray:
        return np.array([getattr(each, name)[0] for each in done])

    plants = o.renewable_kw.shape[1]
    running = rows("running", g.count) > 0.5
    made, shed = rows("generator_kw", g.count), rows("shed_kw", o.groups)
    charge, discharge = rows("charge_kw", b.count), rows("discharge_kw", b.count)
    bought, sold = flat("import_kw"), flat("export_kw")
    moves = booked(b, g, o, terms, charge=charge, discharge=discharge, made=made, running=running, shed=shed)
    parts, emitted = traded(o, terms, bought, sold, moves[1])
    return Played(
        charge_kw=charge,
        discharge_kw=discharge,
        energy_kwh=rows("energy_kwh", b.count),
        generator_kw=made,
        running=running,
        renewable_kw=rows("renewable_kw", plants),
        curtailed_kw=rows("curtailed_kw", plants),
        shed_kw=shed,
        import_kw=bought,
        export_kw=sold,
        reserve_short_kwh=flat("reserve_short_kwh"),
        shadow_price=flat("shadow_price"),
        stored_value=rows("stored_value", b.count),
        parts=moves[0] | parts,
        emissions_kg=emitted,
        reason=reason,
        seconds=spent,
        gap=gap,
    )


def booked(
    b: Batteries,
    g: Generators,
    o: Outlook,
    terms: Terms,
    *,
    charge: FloatArray,
    discharge: FloatArray,
    made: FloatArray,
    running: BoolArray,
    shed: FloatArray,
) -> tuple[dict[Part, float], float]:
    """Money of what was done inside the microgrid, and the kilograms that its generators emitted."""
    h = o.step_h
    before = np.hstack([g.runs[:, None], running[:, :-1]])[:, : running.shape[1]]
    lost = np.where(np.isfinite(terms.lost_load), terms.lost_load, 0.0)
    wear = h * float(b.wear_charge @ charge.sum(axis=1) + b.wear_discharge @ discharge.sum(axis=1))
    fuel = h * float(_fuel(g, made).sum() + g.no_load_cost @ running.sum(axis=1))
    emitted = h * float(g.emissions_kg_per_kwh @ made.sum(axis=1))
    parts = {
        Part.FUEL: fuel,
        Part.STARTS: float(g.start_cost @ (running & ~before).sum(axis=1)),
        Part.WEAR: wear,
        Part.LOST_LOAD: h * float(lost @ shed.sum(axis=1)),
    }
    return parts, emitted


def _fuel(g: Generators, made: FloatArray) -> FloatArray:
    """(G, T) currency per hour: the segments filled from the cheapest."""
    cost, left = np.zeros(made.shape), made.copy()
    for k in range(g.segment_kw.shape[1]):
        taken = np.minimum(left, g.segment_kw[:, k, None])
        cost += taken * g.segment_cost[:, k, None]
        left -= taken
    return cost


def traded(
    o: Outlook, terms: Terms, bought: FloatArray, sold: FloatArray, emitted: float
) -> tuple[dict[Part, float], float]:
    """Money of what crossed the coupling and of all that was emitted, and its kilograms."""
    h, steps = o.step_h, len(bought)
    kilograms = emitted + h * float(o.grid_kg_per_kwh[0, :steps] @ bought)
    parts = {
        Part.BOUGHT: h * float(o.buy[0, :steps] @ bought),
        Part.SOLD: -h * float(o.sell[0, :steps] @ sold),
        Part.EMISSIONS: terms.emissions_price * kilograms,
        Part.PEAK: terms.peak_charge * max(float(bought.max(initial=0.0)) - terms.peak_kw, 0.0),
    }
    return parts, kilograms
