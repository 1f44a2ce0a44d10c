"""What a plan is short of: which voltages stay beyond their limits, where and when, and what would help."""

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_array

from gridops.engine.estimation.admittance import branch_ends
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.slopes import Slopes, State
from gridops.engine.optimization.solver import Program
from gridops.engine.optimization.voltage.flows import Flows
from gridops.engine.optimization.voltage.plan import Plan
from gridops.engine.units import PERCENT

LIMIT_PRICE = 100.0  # of a percent of voltage
POWER_PRICE = 0.01  # of a kW less taken or fed in
REACTIVE_PRICE = 0.002  # of a kvar beyond the ratings
MOST_PLACES = 40


def explained(flows: Flows, plan: Plan, names: Sequence[str]) -> tuple[str, ...]:
    """Sentences about the worst step of a plan that is not inside all limits; none where it is.

    names: of the network's nodes.
    """
    if not plan.planned.solved:
        return ("The power flow of the best plan has no solution in some steps: the load may be more than can be fed.",)
    excess = flows.excess_pu(plan.solution)
    if not excess.any():
        return ()
    step = int(excess.sum(axis=1).argmax())
    bus = int(excess[step].argmax())
    voltage = float(plan.solution.magnitude[step, bus])
    high = voltage > flows.high_pu[bus]
    limit = float(flows.high_pu[bus] if high else flows.low_pu[bus])
    short = (
        f"In step {step + 1}, {int((excess[step] > 0).sum())} buses are beyond their limits; the worst, "
        f"{_name(flows, names, bus)}, has {voltage:.4f} pu, {'above' if high else 'below'} {limit:.4f} pu by "
        f"{excess[step, bus]:.4f} pu, although taps, banks and reactive power of that step do what they can."
    )
    return (short, *_ways_out(flows, plan, names, step, np.flatnonzero(excess[step] > 0).astype(np.int32)))


def _ways_out(flows: Flows, plan: Plan, names: Sequence[str], step: int, beyond: IntArray) -> tuple[str, ...]:
    """The limits beyond against three things that could give: the limits, kW at the places, kvar at the places."""
    magnitude = plan.solution.magnitude[step, beyond]
    low, high = flows.low_pu[beyond] - magnitude, flows.high_pu[beyond] - magnitude
    places = _places(flows, beyond)
    by_kw, by_kvar = _rows(flows, plan, step, beyond, places)
    side = np.where(magnitude > flows.high_pu[beyond], 1.0, -1.0)
    elastics = [
        Elastic("the limit", _name(flows, names, int(bus)), "", "% of voltage", LIMIT_PRICE, *_one(row, -s))
        for row, (bus, s) in enumerate(zip(beyond, side, strict=True))
    ]
    every = np.arange(len(beyond), dtype=np.int32)
    whole = float(np.sign(side.sum()))  # too high on the whole: less in, or less reactive power in
    for place, bus in enumerate(places.tolist()):
        name = _name(flows, names, bus)
        kind = "less power fed in" if whole > 0 else "less power taken"
        room = abs(_power(flows, step)[bus])
        elastics.append(
            Elastic(kind, name, "", "kW", POWER_PRICE, every, -whole * by_kw[:, place] / PERCENT, most=room)
        )
        kind = "reactive power taken" if whole > 0 else "reactive power fed in"
        elastics.append(Elastic(kind, name, "", "kvar", REACTIVE_PRICE, every, -whole * by_kvar[:, place] / PERCENT))
    empty = np.zeros(0)
    program = Program.of(
        cost=empty,
        lower=empty,
        upper=empty,
        matrix=csr_array((len(beyond), 0)),
        row_lower=low / PERCENT,
        row_upper=high / PERCENT,
    )
    return explain(program, elastics).sentences()


def _one(row: int, effect: float) -> tuple[IntArray, FloatArray]:
    return np.array([row], np.int32), np.array([effect])


def _places(flows: Flows, beyond: IntArray) -> IntArray:
    """Where power could change: the injection buses among those beyond, or all where none is."""
    c = flows.compiled
    near = c.injection_bus[np.isin(c.injection_bus, beyond)]
    return (near if len(near) else c.injection_bus)[:MOST_PLACES]


def _power(flows: Flows, step: int) -> FloatArray:
    """kW into each live bus."""
    c = flows.compiled
    total = np.zeros(c.n_buses)
    np.add.at(total, c.injection_bus[c.injection_slot], flows.problem.p_kw[step, c.injections])
    return total


def _rows(flows: Flows, plan: Plan, step: int, beyond: IntArray, places: IntArray) -> tuple[FloatArray, FloatArray]:
    """pu at the buses beyond for a kW and a kvar at the places."""
    problem, c = flows.problem, flows.compiled
    voltage = plan.solution.voltage[step]
    ends = branch_ends(problem.network, c, flows.tap_positions(plan.chosen.tap[[step]])[0])
    slopes = Slopes(c, State(ends, voltage, flows.shunts))
    gradient = np.zeros((2 * c.n_buses, len(beyond)))
    gradient[c.n_buses + beyond, np.arange(len(beyond))] = np.abs(voltage[beyond])
    worth = slopes.backward(gradient)[places].T / 1e3
    return worth.real, worth.imag


def _name(flows: Flows, names: Sequence[str], bus: int) -> str:
    node = int(np.flatnonzero(flows.compiled.live_bus_of_node == bus)[0])
    return names[node]
