"""What may be given on a day: courses drawn from quantiles, each course whole, so that hours go together.

Source of the reordering: M. Clark et al., The Schaake shuffle, Journal of Hydrometeorology 5 (2004) 243.
"""

import numpy as np
from scipy.special import ndtr

from gridops.engine.network.model import FloatArray

MEMORY_H = 6.0  # over which errors of sun and wind stay alike


def ranks(*, steps: int, step_h: float, count: int, generator: np.random.Generator) -> FloatArray:
    """(count, T) between 0 and 1, each uniform, of neighbouring steps alike: normal, with the memory of MEMORY_H."""
    kept = float(np.exp(-step_h / MEMORY_H))
    news = generator.standard_normal((count, steps))
    found = np.empty((count, steps))
    found[:, 0] = news[:, 0]
    for step in range(1, steps):
        found[:, step] = kept * found[:, step - 1] + np.sqrt(1 - kept**2) * news[:, step]
    return np.asarray(ndtr(found))


def drawn(quantiles: FloatArray, levels: FloatArray, at: FloatArray) -> FloatArray:
    """(S, T) values at the ranks `at`, (S, T), of (T, L) quantiles at ascending levels between 0 and 1.

    Straight between levels; beyond the outermost as far again as between the last two. Raises ValueError for quantiles
    that fall or are not finite.
    """
    if not np.isfinite(quantiles).all() or (np.diff(quantiles, axis=1) < 0).any():
        raise ValueError("quantiles: each step needs finite values that rise with the level.")
    if len(levels) == 1:
        return np.broadcast_to(quantiles[:, 0], at.shape).copy()
    low, high = 2 * quantiles[:, :1] - quantiles[:, 1:2], 2 * quantiles[:, -1:] - quantiles[:, -2:-1]
    wide = np.concatenate([low, quantiles, high], axis=1)
    edges = np.concatenate([[0.0], levels, [1.0]])
    return np.column_stack([np.interp(at[:, step], edges, wide[step]) for step in range(len(wide))])


def reordered(template: FloatArray, quantiles: FloatArray, levels: FloatArray) -> FloatArray:
    """(S, T): at each step as the quantiles say, going together as the courses of the template (S, T) do."""
    place = np.argsort(np.argsort(template, axis=0, kind="stable"), axis=0, kind="stable")
    return drawn(quantiles, levels, (place + 0.5) / len(template))
