"""What drives a schedule: the limits that bind, and what widening each by one unit would save."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.storage.plan import Planned
from gridops.engine.optimization.storage.program import Layout

_LEAST = 1e-9
_BOUNDS = {  # of a kind of column: what its lower and its upper bound mean; None: no limit of anybody's
    "charge": (None, "charging power", "kW"),
    "discharge": (None, "discharging power", "kW"),
    "energy": ("empty", "full", "kWh"),
    "import": (None, "import limit", "kW"),
    "export": (None, "export limit", "kW"),
    "sun": (None, "sun available", "kW"),
}
_OF_BATTERIES = {"final": ("final energy", "kWh"), "cycles": ("cycle limit", "kWh")}  # rows of the whole horizon
_ROWS = {
    "peak": ("peak charge", "kW"),
    "charge power": ("charging power", "kW"),
    "discharge power": ("discharging power", "kW"),
    "up held": ("reserve up", "kW"),
    "down held": ("reserve down", "kW"),
    "up power": ("power kept for reserve up", "kW"),
    "down power": ("power kept for reserve down", "kW"),
    "up energy": ("energy kept for reserve up", "kWh"),
    "down energy": ("room kept for reserve down", "kWh"),
    "up meter": ("export limit", "kW"),
    "down meter": ("import limit", "kW"),
}


@dataclass(frozen=True, slots=True)
class Driver:
    """One kind of limit."""

    name: str
    unit: str
    steps: tuple[int, ...]  # where it binds
    per_unit: float  # currency: the most that one unit more would save in one step
    total: float  # currency per unit, if it were widened in all these steps


def drivers(planned: Planned, *, battery: int | None = None) -> tuple[Driver, ...]:
    """Kinds of limits that bind, the dearest first; empty without a schedule or without prices.

    battery: of this one and of what it shares; None: of all together.
    """
    if planned.schedule is None or not len(planned.solved.row_dual):
        return ()
    found: dict[tuple[str, str], FloatArray] = {}
    for name, unit, worth in _worths(planned, battery):
        key = name, unit
        found[key] = found[key] + worth if key in found else worth
    made = [_driver(name, unit, worth) for (name, unit), worth in found.items() if worth.max(initial=0.0) > _LEAST]
    return tuple(sorted(made, key=lambda each: -each.total))


def _driver(name: str, unit: str, worth: FloatArray) -> Driver:
    steps = tuple(int(step) for step in np.flatnonzero(worth > _LEAST))
    return Driver(name, unit, steps, float(worth.max()), float(worth.sum()))


def _worths(planned: Planned, battery: int | None) -> Iterator[tuple[str, str, FloatArray]]:
    """Name, unit, and (T,) what a unit saves in each step."""
    layout, solved, program = planned.layout, planned.solved, planned.program

    def whole(values: FloatArray) -> FloatArray:
        return np.asarray(_of_battery(values.reshape(-1, layout.steps), layout, battery).sum(axis=0))

    for kind, (at_low, at_high, unit) in _BOUNDS.items():
        where = layout.columns.get(kind)
        if where is None:
            continue
        cost = solved.reduced_cost[where].reshape(-1, layout.steps)
        fixed = (program.lower[where] == program.upper[where]).reshape(cost.shape)
        if kind == "energy":
            yield "final energy", "kWh", whole(np.where(fixed, np.abs(cost), 0.0))
        cost = np.where(fixed, 0.0, cost)
        if at_low:
            yield at_low, unit, whole(np.maximum(cost, 0.0))
        yield at_high, unit, whole(np.maximum(-cost, 0.0))
    for kind, (name, unit) in _ROWS.items():
        if kind in layout.rows:
            yield name, unit, whole(np.abs(solved.row_dual[layout.rows[kind]]))
    for kind, (name, unit) in _OF_BATTERIES.items():
        if kind in layout.rows:
            each = np.abs(solved.row_dual[layout.rows[kind]])
            yield name, unit, _in_last(float(each.sum() if battery is None else each[battery]), layout.steps)


def _of_battery(values: FloatArray, layout: Layout, battery: int | None) -> FloatArray:
    """Rows of the battery's cells, of itself, or of what all share."""
    if battery is None or len(values) == 1:
        return values
    return values[layout.owner == battery] if len(values) == layout.cells else values[[battery]]


def _in_last(worth: float, steps: int) -> FloatArray:
    found = np.zeros(steps)
    found[-1] = worth
    return found
