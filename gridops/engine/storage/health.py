"""State of health from operation: capacity from pairs of charge moved and SoC gained, resistance from steps of current.

Capacity: both sides of charge = capacity x change of SoC have errors, so that plain least squares would come out low.
The approximate weighted total least squares of G. L. Plett, J. Power Sources 196 (2011) 2319, recursive in six sums and
with fading memory; its merit is a quartic whose minimum is found by Newton's method.

Resistance: a step of the current between two samples makes a step of the voltage; weighted least squares with fading
memory. Both in units of when new, so that 1 means new.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.arrays import FloatArray

NEWTON_STEPS = 12
WIDEST = (0.3, 1.3)  # capacity as a fraction of that when new
LEAST_STEP_C = 0.05


@dataclass(frozen=True, slots=True)
class Capacity:
    """Six sums of each of N racks, (N, 6), with charges scaled so that both errors are of one size."""

    sums: FloatArray
    scale: float  # sigma of a change of SoC over sigma of a charge
    fading: float  # of the memory with each pair, 1 for none


@dataclass(frozen=True, slots=True)
class Estimate:
    """With its sigma; nan where nothing has been seen yet. (N,) each."""

    value: FloatArray
    sigma: FloatArray


def begin_capacity(
    value: FloatArray, sigma: FloatArray, *, soc_sigma: float, charge_sigma: float, fading: float = 0.995
) -> Capacity:
    """Before any pair: capacity (N,) with sigma, as a fraction of that when new.

    soc_sigma: typical of a change of SoC; charge_sigma: typical of a counted charge, as a fraction of the capacity when
    new. Errors: ValueError for a sigma of 0 or less or a fading outside (0, 1].
    """
    if min(soc_sigma, charge_sigma) <= 0 or (np.asarray(sigma) <= 0).any() or not 0 < fading <= 1:
        raise ValueError("The sigmas of a capacity estimate must be above 0, and its fading above 0 and at most 1.")
    scale = soc_sigma / charge_sigma
    start = value * scale  # a pair (1, start) whose merit bends at its minimum as the prior does
    weight = (1 + start**2) / (sigma * scale) ** 2
    of_charge = np.stack([np.ones_like(value), start, start**2], axis=-1) * weight[:, None]
    return Capacity(np.concatenate([of_charge, of_charge], axis=-1), scale, fading)


def with_pair(
    capacity: Capacity, soc_change: FloatArray, charge: FloatArray, *, soc_sigma: FloatArray, charge_sigma: FloatArray
) -> Capacity:
    """One pair more for each rack (N,); nan for none.

    soc_change: gain of SoC between two instants (best at rest); charge: charged since, as a fraction of the capacity
    when new; sigmas of both. The larger the change and the smaller its sigma, the more a pair counts.
    """
    known = np.isfinite(soc_change) & np.isfinite(charge)
    x, y = (np.where(known, side, 0.0) for side in (soc_change, charge * capacity.scale))
    moments = np.stack([x**2, x * y, y**2], axis=-1)
    by_charge = np.where(known, 1 / (charge_sigma * capacity.scale) ** 2, 0.0)[:, None]
    by_soc = np.where(known, 1 / np.square(soc_sigma), 0.0)[:, None]
    kept = np.where(known, capacity.fading, 1.0)[:, None] * capacity.sums
    sums = kept + np.concatenate([moments * by_charge, moments * by_soc], axis=-1)
    return Capacity(sums, capacity.scale, capacity.fading)


def capacity_estimate(capacity: Capacity) -> Estimate:
    """Capacity of N racks as a fraction of that when new."""
    c1, c2, c3, c4, c5, c6 = capacity.sums.T
    guess = c2 / c1
    low, high = (edge * capacity.scale for edge in WIDEST)
    for _ in range(NEWTON_STEPS):
        slope = (((c5 * guess + 2 * c4 - c1 - c6) * guess + 3 * (c2 - c5)) * guess + c1 - 2 * c3 + c6) * guess - c2
        bend = ((4 * c5 * guess + 3 * (2 * c4 - c1 - c6)) * guess + 6 * (c2 - c5)) * guess + c1 - 2 * c3 + c6
        guess = np.clip(guess - slope / np.where(bend > 0, bend, np.inf), low, high)
    curvature = np.maximum(2 * bend / (guess**2 + 1) ** 3, 1e-300)
    return Estimate(guess / capacity.scale, np.sqrt(2 / curvature) / capacity.scale)


@dataclass(frozen=True, slots=True)
class Resistance:
    """Two sums of each of N racks: squared steps of current, and products of steps; both by 1 / variance."""

    squared: FloatArray
    products: FloatArray
    fading: float


def begin_resistance(racks: int, *, fading: float = 0.999) -> Resistance:
    """Before any step."""
    return Resistance(np.zeros(racks), np.zeros(racks), fading)


def with_step(
    resistance: Resistance, current_step: FloatArray, voltage_step: FloatArray, *, voltage_sigma: float
) -> Resistance:
    """One step more for each rack (N,): changes from a sample to the next, in C (discharge positive) and in V.

    Steps below 0.05 C and nan count for nothing. Take steps at like temperatures: resistance doubles in the cold.
    """
    useful = np.isfinite(current_step) & np.isfinite(voltage_step) & (np.abs(current_step) >= LEAST_STEP_C)
    current, voltage = (np.where(useful, step, 0.0) for step in (current_step, voltage_step))
    kept = np.where(useful, resistance.fading, 1.0)
    weight = 1 / (2 * voltage_sigma**2)
    return Resistance(
        squared=kept * resistance.squared + current**2 * weight,
        products=kept * resistance.products - current * voltage * weight,
        fading=resistance.fading,
    )


def resistance_estimate(resistance: Resistance, *, new_v: FloatArray | float) -> Estimate:
    """Resistance of N racks over that when new (new_v: V per C)."""
    seen = resistance.squared > 0
    squared = np.where(seen, resistance.squared, np.nan)
    return Estimate(resistance.products / squared / new_v, 1 / np.sqrt(squared) / new_v)
