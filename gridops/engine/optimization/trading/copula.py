"""Prices and volumes that go together: a Gaussian copula with the rank correlation that their past errors had.

Where much wind was not foreseen, prices fall below what was: who draws volumes apart from prices counts too much for
what is sold on such days. Each alone keeps its own distribution. Source: R. B. Nelsen, An Introduction to Copulas
(Springer 2006), 5.1.2; the relation between rank correlation and that of the normal scores is Pearson's of 1907.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import rankdata

from gridops.engine.network.model import FloatArray

SHRUNK_BY = 96.0  # pairs: as much weight as no correlation at all has
LEAST_PAIRS = 192  # below it nothing is said


@dataclass(frozen=True, slots=True)
class Together:
    """rank: Spearman's correlation of the errors, drawn towards none by how few pairs there are."""

    rank: float
    pairs: int

    @property
    def normal(self) -> float:
        """Correlation of the normal scores whose ranks go together so."""
        return float(2 * np.sin(np.pi * self.rank / 6))


APART = Together(0.0, 0)


def going_together(price: FloatArray, volume: FloatArray) -> Together:
    """From errors at the same times, any shape; nan where either is not known. None below LEAST_PAIRS pairs."""
    known = np.isfinite(price) & np.isfinite(volume)
    pairs = int(known.sum())
    if pairs < LEAST_PAIRS:
        return Together(0.0, pairs)
    first, second = (rankdata(each[known]) - (pairs + 1) / 2 for each in (price, volume))
    size = float(np.sqrt((first @ first) * (second @ second)))
    if size == 0.0:
        return Together(0.0, pairs)
    return Together(float(first @ second) / size * pairs / (pairs + SHRUNK_BY), pairs)


def ranks_beside(price: FloatArray, own: FloatArray, together: Together) -> FloatArray:
    """(n S, T) ranks of volumes beside S courses of prices (S, T), each of them n times in a row.

    own: (n S, T) ranks of the volumes as they would be alone. Each step's ranks stay uniform, and go with those of the
    prices as `together` says.
    """
    count = len(price)
    place = np.argsort(np.argsort(price, axis=0, kind="stable"), axis=0, kind="stable")
    of_price = np.repeat(ndtri((place + 0.5) / count), len(own) // count, axis=0)
    rho = together.normal
    return np.asarray(ndtr(rho * of_price + np.sqrt(1 - rho**2) * ndtri(np.clip(own, 1e-12, 1 - 1e-12))))
