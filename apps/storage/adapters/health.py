"""A night's look at how racks did: rests far apart in charge tell capacity, steps of current tell resistance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from apps.storage.adapters.charge import CURVES, RESISTANCE_V, STEP_S, Heard, rated_ah
from apps.storage.choices import Chemistry
from gridops.engine.storage.arrays import FloatArray
from gridops.engine.storage.cells import Curve
from gridops.engine.storage.health import (
    Capacity,
    Resistance,
    begin_capacity,
    begin_resistance,
    capacity_estimate,
    resistance_estimate,
    with_pair,
    with_step,
)

REST_C, REST_STEPS = 0.02, 120  # twenty minutes of nearly no current
LEAST_MOVED = 0.15  # of the capacity, between two rests
VOLTAGE_V, COUNTING = 0.004, 0.01  # sigma of a voltage at rest, and of what is counted
FIRST_SIGMA, TYPICAL_SOC, TYPICAL_CHARGE, FADING = 0.1, 0.02, 0.01, 0.995
STEP_V = 0.003
NEAR = 1e-3  # of the charge, to either side, for the slope of a curve


@dataclass(frozen=True, slots=True)
class Health:
    """Against when new."""

    capacity: float
    capacity_sigma: float
    resistance: float | None
    resistance_sigma: float | None
    pairs: int
    steps: int
    sums: dict[str, list[float]]


def estimated(
    heard: Sequence[Heard],
    biases: Sequence[float],
    before: Sequence[Mapping[str, list[float]]],
    *,
    start_s: float,
    steps: int,
) -> list[Health]:
    """biases: of the current sensors, in C. before: the sums of the night before, empty for none."""
    grid = np.asarray(start_s + STEP_S * np.arange(1, steps + 1), np.float64)
    return [_of_rack(*one, grid) for one in zip(heard, biases, before, strict=True)]


def _of_rack(heard: Heard, bias_c: float, before: Mapping[str, list[float]], grid: FloatArray) -> Health:
    current = heard.course("dc_current_a").on(grid) / rated_ah(heard.rack) - bias_c
    voltage = heard.course("cell_voltage_v").on(grid)
    curve = CURVES[Chemistry(heard.rack.plant.chemistry)]
    capacity, pairs = _capacity(_begun_capacity(before), current, voltage, curve)
    resistance, steps = _resistance(_begun_resistance(before), current, voltage)
    size, drop = capacity_estimate(capacity), resistance_estimate(resistance, new_v=RESISTANCE_V)
    is_seen = bool(np.isfinite(drop.value[0]))
    return Health(
        capacity=float(size.value[0]),
        capacity_sigma=float(size.sigma[0]),
        resistance=float(drop.value[0]) if is_seen else None,
        resistance_sigma=float(drop.sigma[0]) if is_seen else None,
        pairs=pairs,
        steps=steps,
        sums={
            "capacity": capacity.sums[0].tolist(),
            "resistance": [float(resistance.squared[0]), float(resistance.products[0])],
        },
    )


def _begun_capacity(before: Mapping[str, list[float]]) -> Capacity:
    begun = begin_capacity(
        np.ones(1), np.full(1, FIRST_SIGMA), soc_sigma=TYPICAL_SOC, charge_sigma=TYPICAL_CHARGE, fading=FADING
    )
    return Capacity(np.array([before["capacity"]]), begun.scale, begun.fading) if before else begun


def _begun_resistance(before: Mapping[str, list[float]]) -> Resistance:
    begun = begin_resistance(1)
    if not before:
        return begun
    squared, products = (np.array([value]) for value in before["resistance"])
    return Resistance(squared, products, begun.fading)


def _capacity(capacity: Capacity, current: FloatArray, voltage: FloatArray, curve: Curve) -> tuple[Capacity, int]:
    """Between the ends of two rests nothing may be missing of the current."""
    charged = -np.nancumsum(current) * STEP_S / 3600.0
    missing = np.cumsum(np.isnan(current))
    last, pairs = None, 0
    for at in _rests(current, voltage):
        if last is not None and missing[at] == missing[last] and abs(charged[at] - charged[last]) >= LEAST_MOVED:
            moved = charged[at] - charged[last]
            (soc, sigma), (soc_before, sigma_before) = (_at_rest(curve, float(voltage[one])) for one in (at, last))
            capacity = with_pair(
                capacity,
                np.array([soc - soc_before]),
                np.array([moved]),
                soc_sigma=np.array([np.hypot(sigma, sigma_before)]),
                charge_sigma=np.array([COUNTING * abs(moved) + 1e-3]),
            )
            pairs, last = pairs + 1, at
        elif last is None or missing[at] != missing[last]:
            last = at
    return capacity, pairs


def _rests(current: FloatArray, voltage: FloatArray) -> list[int]:
    """The last instant of every rest that was long enough."""
    still = (np.abs(np.nan_to_num(current, nan=np.inf)) <= REST_C) & np.isfinite(voltage)
    edges = np.flatnonzero(np.diff(np.r_[False, still, False].astype(np.int8)))
    return [int(end) - 1 for begin, end in edges.reshape(-1, 2) if end - begin >= REST_STEPS]


def _at_rest(curve: Curve, volts: float) -> tuple[float, float]:
    """SoC and its sigma: where the curve is flat, a voltage says little."""
    grid = np.linspace(0, 1, len(curve.voltage_v))
    soc = float(np.interp(volts, curve.voltage_v, grid))
    above, below = curve.at(np.array([min(soc + NEAR, 1.0), max(soc - NEAR, 0.0)]))
    slope = (above - below) / (min(soc + NEAR, 1.0) - max(soc - NEAR, 0.0))
    return soc, float(min(VOLTAGE_V / slope, 0.5))


def _resistance(resistance: Resistance, current: FloatArray, voltage: FloatArray) -> tuple[Resistance, int]:
    stepped, moved = np.diff(current), np.diff(voltage)
    useful = np.flatnonzero((np.abs(stepped) >= 0.05) & np.isfinite(moved))
    for at in useful:
        resistance = with_step(resistance, stepped[at : at + 1], moved[at : at + 1], voltage_sigma=STEP_V)
    return resistance, len(useful)
