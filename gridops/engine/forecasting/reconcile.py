"""Forecasts of a hierarchy that add up: feeders to their substation, substations to the system."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.linalg import splu

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
_NO_PARENT = -1
_LEAST_SHARE = 1e-6  # of the largest variance: a series that never errs would take no share at all


@dataclass(frozen=True)
class Hierarchy:
    """`parent`: per series, the series that it adds to, or -1. What a parent has beyond its children is a part of its
    own, `rest` in size: losses, or loads without a series."""

    parent: IntArray

    def __post_init__(self) -> None:
        if (self.parent >= len(self.parent)).any() or (self._depth() < 0).any():
            raise ValueError("parents must be series of the hierarchy, without a circle")

    def _depth(self) -> IntArray:
        depth = np.where(self.parent == _NO_PARENT, 0, -1)
        for _ in range(len(self.parent)):
            found = (depth < 0) & (depth[self.parent] >= 0)
            if not found.any():
                break
            depth[found] = depth[self.parent[found]] + 1
        return depth

    @property
    def has_children(self) -> npt.NDArray[np.bool_]:
        found = np.zeros(len(self.parent), np.bool_)
        found[self.parent[self.parent != _NO_PARENT]] = True
        return found

    def balances(self) -> sparse.csr_matrix:
        """Parents x series: a parent less its children."""
        parents = np.flatnonzero(self.has_children)
        row_of = np.full(len(self.parent), -1)
        row_of[parents] = np.arange(len(parents))
        child = np.flatnonzero(self.parent != _NO_PARENT)
        rows = np.r_[np.arange(len(parents)), row_of[self.parent[child]]]
        columns, values = np.r_[parents, child], np.r_[np.ones(len(parents)), -np.ones(len(child))]
        return sparse.csr_matrix((values, (rows, columns)), (len(parents), len(self.parent)))


def reconciled(
    hierarchy: Hierarchy, forecast: FloatArray, variance: FloatArray, rest: FloatArray | None = None
) -> FloatArray:
    """Point forecasts, series x steps, moved as little as their variances (per series) ask so that the balances hold.

    `rest`: parents x steps, what each parent has beyond its children; 0 if not given. This is the generalised least
    squares of Wickramasuriya, Athanasopoulos & Hyndman 2019 with a diagonal covariance, in its constraint form.
    """
    balances = hierarchy.balances()
    if not balances.shape[0]:
        return forecast
    weight = np.maximum(variance, _LEAST_SHARE * max(float(variance.max(initial=0.0)), 1e-12))
    spread = sparse.diags(weight)
    gap = balances @ forecast - (0.0 if rest is None else rest)
    solved = splu(sparse.csc_matrix(balances @ spread @ balances.T)).solve(np.asarray(gap))
    return np.asarray(forecast - spread @ (balances.T @ solved))


def moved_quantiles(quantiles: FloatArray, median: FloatArray, reconciled_median: FloatArray) -> FloatArray:
    """Bands go along with their median: series x steps x levels."""
    return np.asarray(quantiles + (reconciled_median - median)[..., None])
