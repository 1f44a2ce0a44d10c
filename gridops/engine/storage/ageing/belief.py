"""How far a plant's own ageing is believed to differ from the model of its cell, before and after capacity tests.

Three logarithms multiply the damage of the model: of calendar ageing, of cycle ageing, and of the pack on both.

Before any test: the loss of either kind has a spread of 30 % (one sigma), as far as published models of cells of one
chemistry lie apart on one duty (BLAST-Lite 1.1.1, ten years of one cycle a day: losses of 0.112 and 0.141 for two LFP
cells, 0.136, 0.218 and 0.260 for NMC and NCA). Packs live 20 to 30 % shorter than cells (BLAST-Lite's own caution).

With tests: the most probable multipliers given the prior and the measured capacities (maximum a posteriori) with the
curvature there as their covariance (Laplace). Residuals larger than the tests' own sigma widen that sigma.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from gridops.engine.storage.ageing.model import AgeingModel, Damage
from gridops.engine.storage.arrays import FloatArray

LOSS_SPREAD = 0.3
PACK_LIFE, PACK_SPREAD = 0.75, 0.04  # of the cell's life; relative sigma: about the range of 0.7 to 0.8
TEST_SIGMA = 0.01  # of the rated capacity
SIGMA_WEIGHT = 4.0  # tests' worth of trust in the sigma that they are said to have
MOST_WIDENINGS = 5


@dataclass(frozen=True, slots=True)
class Belief:
    """Of one battery: a normal distribution of the logarithms (calendar, cycle, pack), and the sigma of a capacity."""

    mean: FloatArray  # (3,)
    covariance: FloatArray  # (3, 3)
    test_sigma: float
    tests: int


@dataclass(frozen=True, slots=True)
class CapacityTests:
    """n measured capacities of one battery, as fractions of that when new, with the model's damage at each."""

    capacity: FloatArray  # (n,)
    damage: Damage  # (n,)
    sigma: float = TEST_SIGMA


def prior(model: AgeingModel) -> Belief:
    """What is believed of a battery without tests."""
    spread = [LOSS_SPREAD / exponent for exponent in model.exponents]
    variance = np.square([*spread, PACK_SPREAD])
    return Belief(np.array([0.0, 0.0, -np.log(PACK_LIFE)]), np.diag(variance), TEST_SIGMA, 0)


def multiplied(damage: Damage, logarithms: FloatArray) -> Damage:
    """Damage of a battery with these logarithms (..., 3); shapes broadcast."""
    calendar, cycle, pack = (logarithms[..., part] for part in range(3))
    return damage.scaled(np.exp(calendar + pack), np.exp(cycle + pack))


def fit(model: AgeingModel, tests: CapacityTests) -> Belief:
    """Belief after the tests; without any it is the prior. Errors: ValueError for a capacity or sigma of nonsense."""
    before = prior(model)
    if not len(tests.capacity):
        return before
    if not ((tests.capacity > 0) & (tests.capacity < 1.5)).all() or tests.sigma <= 0:
        raise ValueError("A capacity is a fraction of that when new, above 0 and below 1.5, with a sigma above 0.")
    root = np.sqrt(np.diag(before.covariance))

    def misfit(sigma: float) -> Callable[[FloatArray], FloatArray]:
        def of(logarithms: FloatArray) -> FloatArray:
            lost = model.loss(multiplied(tests.damage, logarithms)).total
            return np.asarray(np.r_[(tests.capacity - 1 + lost) / sigma, (logarithms - before.mean) / root])

        return of

    sigma, start = tests.sigma, before.mean
    for _ in range(MOST_WIDENINGS):
        found = least_squares(misfit(sigma), start, method="lm")
        start, widened = found.x, _sigma(tests.sigma, found.fun[:-3] * sigma)
        if widened <= 1.01 * sigma:
            break
        sigma = widened
    covariance = np.linalg.inv(found.jac.T @ found.jac)
    return Belief(found.x, covariance, sigma, len(tests.capacity))


def _sigma(told: float, residuals: FloatArray) -> float:
    """The sigma that tests show, never less than they are told to have."""
    variance = (SIGMA_WEIGHT * told**2 + (residuals**2).sum()) / (SIGMA_WEIGHT + len(residuals))
    return float(max(told, np.sqrt(variance)))
