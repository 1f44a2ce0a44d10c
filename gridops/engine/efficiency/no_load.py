"""No-load losses of a part's transformers, from meters on both of its sides, with the records as what is known before.

What enters a part and leaves it through meters differs by the no-load losses, which stand day and night, by the load
losses, and by errors of the meters that go with what passes through them. Over many hours of changing load these come
apart: a Bayesian linear regression (Gelman et al., Bayesian Data Analysis, 3rd ed., 14.8) whose prior is the name-plate
and the meters' class, so that a part that says little keeps its records.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray

RECORDS = 0.05  # standard deviation of recorded no-load losses: IEC 60076-1 lets a unit be 15 % above
METERS = 0.005  # of a meter's constant error, class 0.5
LOAD_LOSSES = 0.06  # of recorded load losses, and of loads inside the hour
HOURLY = 0.003  # of what passes in an hour, where the rest is not larger
LEAST_HOURS = 14 * 24
OUTLIER = 4.0  # standard deviations
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class NoLoad:
    """factor: by which recorded no-load losses are multiplied, with its standard deviation; of so many hours."""

    factor: float
    sigma: float
    hours: int


def no_load_of(
    *, fed_kwh: FloatArray, left_kwh: FloatArray, no_load_kwh: FloatArray, load_loss_kwh: FloatArray
) -> NoLoad:
    """All (hours,). fed_kwh, left_kwh: read where energy enters and where it leaves; no_load_kwh, load_loss_kwh: as
    recorded. Hours with nan are left out; with too few of them the factor is 1.

    What passes is taken as the mean of both readings: the chance of an hour, which is in their difference too, is then
    as often above as below and feigns no constant error.
    """
    columns = np.column_stack([no_load_kwh, load_loss_kwh, 0.5 * (fed_kwh + left_kwh)])
    used = np.isfinite(columns).all(axis=1)
    if used.sum() < LEAST_HOURS or not (no_load_kwh[used] > 0).any():
        return NoLoad(1.0, RECORDS, 0)
    x, y = columns[used], (fed_kwh - left_kwh)[used]
    noise = np.maximum(HOURLY * np.abs(x[:, 2]), 1e-6)
    kept = np.ones(len(y), np.bool_)
    for _ in range(ROUNDS):
        found, covariance = _posterior(x[kept] / noise[kept, None], y[kept] / noise[kept])
        rest = (y - x @ found) / noise
        # Of the middle, so that false readings do not widen it; a normal one has 1.4826 of its median.
        scale = max(1.4826 * float(np.median(np.abs(rest))), 1e-3)
        kept, noise = np.abs(rest) <= OUTLIER * scale, noise * scale
    return NoLoad(float(found[0]), float(np.sqrt(covariance[0, 0])), int(kept.sum()))


def _posterior(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of rows of unit noise: factors of both losses, and the difference of the meters' constant errors."""
    before, spread = np.array([1.0, 1.0, 0.0]), np.array([RECORDS, LOAD_LOSSES, np.sqrt(2.0) * METERS])
    covariance = np.linalg.inv(x.T @ x + np.diag(1.0 / spread**2))
    return np.asarray(covariance @ (x.T @ y + before / spread**2)), np.asarray(covariance)
