"""Sums of what is only known by quantiles: seeded paths that keep each forecast's bands, and how errors go together.

The dependence is a Gaussian copula: quantiles become standard scores, scores are drawn with the correlation that past
errors had between the components and from step to step (Pinson et al., Wind Energy 12, 2009, 51-62).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

FloatArray = npt.NDArray[np.float64]

SHRUNK_BY = 96.0  # pairs of scores: as much weight as no correlation at all has
MOST_MEMORY = 0.9995
AT_ONCE = 64  # paths


@dataclass(frozen=True, slots=True)
class Dependence:
    """correlation: (C, C) of the components' scores within a step; memory: (C,), of a score with that a step before;
    pairs: scores that those two components share which share fewest."""

    correlation: FloatArray
    memory: FloatArray
    pairs: int


def scores(values: FloatArray, quantiles: FloatArray, levels: FloatArray) -> FloatArray:
    """Standard scores of what came, under what was forecast. values: (...,), quantiles: (..., L) ascending.

    Between levels on the straight line of scores, beyond the outer ones on with their slope, at most 3.5; nan where
    either is not known, and where the forecast leaves nothing open, as of the sun at night.
    """
    z = ndtri(levels)
    flat, given = values.reshape(-1), quantiles.reshape(-1, len(levels))
    width = given[:, -1] - given[:, 0]
    is_open = np.isfinite(flat) & np.isfinite(width) & (width > 1e-6 * np.maximum(np.abs(given[:, -1]), 1e-3))
    place = np.clip((given < flat[:, None]).sum(axis=1), 1, len(levels) - 1)
    row = np.arange(len(flat))
    low, high = given[row, place - 1], given[row, place]
    slope = np.maximum(high - low, 1e-9 * np.maximum(np.abs(width), 1e-9))
    found = z[place - 1] + (flat - low) / slope * (z[place] - z[place - 1])
    return np.where(is_open, np.clip(found, -3.5, 3.5), np.nan).reshape(values.shape)


def dependence(z: FloatArray) -> Dependence:
    """From the scores of past issues, (C, M, T): components, issues, steps of each.

    Correlations are drawn towards none by how few pairs there are: without a past the components are independent. The
    memory is that from one step to the next; without a past it is 0.98, an hour's memory of 0.92.
    """
    count = z.shape[0]
    flat = z.reshape(count, -1)
    known = np.isfinite(flat).astype(np.float64)
    own = np.maximum(known.sum(axis=1, keepdims=True), 1.0)
    values = np.where(known > 0, flat, 0.0)
    centred = np.where(known > 0, values - values.sum(axis=1, keepdims=True) / own, 0.0)
    spread = np.maximum(np.sqrt((centred**2).sum(axis=1, keepdims=True) / own), 1e-9)
    centred /= spread
    both = known @ known.T
    found = np.clip(centred @ centred.T / np.maximum(both, 1.0), -1.0, 1.0) * both / (both + SHRUNK_BY)
    np.fill_diagonal(found, 1.0)
    return Dependence(_definite(found), np.array([_memory(one) for one in z]), int(both.min()))


def _memory(z: FloatArray) -> float:
    """Of issues x steps."""
    first, second = z[:, :-1].ravel(), z[:, 1:].ravel()
    known = np.isfinite(first) & np.isfinite(second)
    if known.sum() < SHRUNK_BY:
        return 0.98
    product, size = (first * second)[known].sum(), 0.5 * (first**2 + second**2)[known].sum()
    return float(np.clip(product / max(size, 1e-9), 0.0, MOST_MEMORY))


def _definite(matrix: FloatArray) -> FloatArray:
    """The nearest by its eigenvalues, with ones on the diagonal."""
    values, vectors = np.linalg.eigh(matrix)
    fixed = (vectors * np.maximum(values, 1e-6)) @ vectors.T
    scale = np.sqrt(np.diag(fixed))
    return np.asarray(fixed / np.outer(scale, scale))


def paths(
    quantiles: FloatArray,
    levels: FloatArray,
    sign: FloatArray,
    known: Dependence,
    *,
    count: int,
    generator: np.random.Generator,
) -> FloatArray:
    """(count, T): seeded courses of the sum over components, each times its sign.

    quantiles: (C, T, L) ascending; levels: (L,); sign: (C,). Each component alone keeps its quantiles. Scores come in
    pairs of opposite sign, so that the median of a symmetric sum is met at once.
    """
    components, steps, _ = quantiles.shape
    total = np.zeros((count, steps))
    factor = np.asarray(np.linalg.cholesky(known.correlation), np.float64)
    for begin in range(0, count, AT_ONCE):
        size = min(AT_ONCE, count - begin)
        z = _drawn((size, steps), factor, known.memory, generator)
        for one in range(components):
            total[begin : begin + size] += sign[one] * at_scores(quantiles[one], levels, z[:, one])
    return total


def _drawn(
    shape: tuple[int, int], factor: FloatArray, memory: FloatArray, generator: np.random.Generator
) -> FloatArray:
    """(paths, C, steps)."""
    size, steps = shape
    half = generator.standard_normal((-(-size // 2), steps, len(memory))) @ factor.T
    fresh = np.concatenate([half, -half])[:size].transpose(0, 2, 1).copy()
    new = np.sqrt(1 - memory**2)
    for step in range(1, steps):
        fresh[:, :, step] = memory * fresh[:, :, step - 1] + new * fresh[:, :, step]
    return np.asarray(fresh)


def at_scores(quantiles: FloatArray, levels: FloatArray, z: FloatArray) -> FloatArray:
    """Values of forecasts, (T, L), at standard scores, (S, T): on the straight line between levels, beyond the outer
    ones on with their slope. Of a normal forecast this is exact."""
    grid = ndtri(levels)
    place = np.clip(np.searchsorted(grid, z), 1, len(levels) - 1)
    column = np.arange(quantiles.shape[0])
    low, high = quantiles[column, place - 1], quantiles[column, place]
    part = (z - grid[place - 1]) / (grid[place] - grid[place - 1])
    return np.asarray(low + part * (high - low))


def summed(
    quantiles: FloatArray,
    levels: FloatArray,
    known: Dependence,
    *,
    count: int,
    generator: np.random.Generator,
    lowest: float = 0.0,
    highest: float = np.inf,
) -> FloatArray:
    """(T, L): quantiles of the sum of components, which never leaves [lowest, highest]. Takes what `paths` takes."""
    drawn = paths(quantiles, levels, np.ones(len(quantiles)), known, count=count, generator=generator)
    return np.quantile(np.clip(drawn, lowest, highest), levels, axis=0).T
