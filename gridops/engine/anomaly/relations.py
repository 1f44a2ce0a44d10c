"""What meters say of each other: power and current, voltages of neighbours, a feeder's head and what hangs on it.

Each meter is foretold by a few others. Which ones is found in clean data and may be helped by who knows the network;
the factors are least squares. The exact law of a current needs no learning.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.anomaly.arrays import FloatArray, IntArray

RIDGE = 0.02
CLIPPED_AT = 8.0  # spreads, of what is learnt from
COUNTS = 0.05  # a factor of less is not missed
HEARD_TO = 60.0  # spreads, of what a teller says: a plant that stops tells its line


@dataclass(frozen=True, slots=True)
class Relations:
    """Row m foretells meter m."""

    teller: IntArray  # (M, K) positions of the meters that tell
    factor: FloatArray  # (M, K)


@dataclass(frozen=True, slots=True)
class CurrentLaw:
    """Positions of ammeters, each with the meters of power and voltage at the same end; voltage in kV, power in kW."""

    current: IntArray
    active: IntArray
    reactive: IntArray
    voltage: IntArray


def fit_relations(rest: FloatArray, *, tellers: int, near: dict[int, list[int]] | None = None) -> Relations:
    """Foretell each meter from those that moved most with it.

    rest: (T, M) of clean data, nan where unknown, without what all share. near: by meter, others that physics ties to
    it: they tell in any case, as far as there is room. The ridge keeps tellers that say the same from fighting.
    """
    clean = np.clip(np.nan_to_num(rest), -CLIPPED_AT, CLIPPED_AT)
    meters = clean.shape[1]
    count = min(tellers, max(meters - 1, 1))
    covariance = clean.T @ clean / max(len(clean), 1)
    spread = np.sqrt(np.maximum(np.diag(covariance), 1e-12))
    alike = np.abs(covariance / np.outer(spread, spread))
    np.fill_diagonal(alike, -1.0)
    for meter, others in (near or {}).items():
        alike[meter, others[:count]] += 1.0
    chosen = np.argpartition(-alike, count - 1, axis=1)[:, :count]
    inside = covariance[chosen[:, :, None], chosen[:, None, :]]
    ridge = RIDGE * np.einsum("mkk->mk", inside) + 1e-9
    inside = inside + np.eye(count) * ridge[:, :, None]
    beside = np.take_along_axis(covariance, chosen, axis=1)
    factor = np.linalg.solve(inside, beside[:, :, None])[:, :, 0]
    return Relations(np.asarray(chosen, np.int64), np.asarray(factor))


def unforetold(relations: Relations, rest: FloatArray) -> FloatArray:
    """What the tellers did not foretell: (T, M), nan where the meter or a teller that counts is unknown."""
    unknown = np.isnan(rest)
    known = np.clip(np.nan_to_num(rest), -HEARD_TO, HEARD_TO)
    told = np.empty_like(rest)
    for meter, (tellers, factor) in enumerate(zip(relations.teller, relations.factor, strict=True)):
        told[:, meter] = known[:, tellers] @ factor
        missed = unknown[:, tellers[np.abs(factor) > COUNTS]]
        told[missed.any(axis=1), meter] = np.nan
    return np.asarray(rest - told)


def current_error(law: CurrentLaw, values: FloatArray) -> FloatArray:
    """Current read less what power and voltage say, in A: (T, ammeters). Positive: the ammeter reads more."""
    voltage = np.where(values[:, law.voltage] > 0, values[:, law.voltage], np.nan)
    apparent = np.hypot(values[:, law.active], values[:, law.reactive])
    return np.asarray(values[:, law.current] - apparent / (np.sqrt(3.0) * voltage))
