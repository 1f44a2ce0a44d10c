"""Weights of the models by what each earned lately, never fixed."""

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.metrics import interval_weights

FloatArray = npt.NDArray[np.float64]
EVENNESS = 0.3  # what is shared evenly among the good: the best of the past is not that of the future
_GOOD, _USABLE = 1.1, 1.5  # loss of a good model, and of one that may weigh at all, of the best one's
_PORTIONS = (0.3, 0.1, 0.05)
_GAIN = 1e-12


def fit_weights(
    actual: FloatArray,
    forecasts: Sequence[FloatArray],
    levels: FloatArray,
    importance: FloatArray | None = None,
    *,
    evenness: float = EVENNESS,
) -> FloatArray:
    """Non-negative weights, sum 1, of least CRPS over rows with known values, found by moving ever smaller portions.

    `forecasts`: one of rows x levels a model; `importance`: of the rows; `evenness`: what the good share alike. Without
    rows all weigh the same.
    """
    even = np.full(len(forecasts), 1 / len(forecasts))
    stacked = np.stack(forecasts)
    known = np.isfinite(actual) & np.isfinite(stacked).all(axis=(0, 2))
    if not known.any():
        return even
    share = np.ones(len(actual)) if importance is None else importance
    loss = _Loss(actual[known], stacked[:, known], levels, share[known])
    alone = np.array([loss.of(one) for one in np.eye(len(forecasts))])
    good = alone <= _GOOD * alone.min()
    usable = alone <= _USABLE * alone.min()
    best = usable / usable.sum()
    least = loss.of(best)
    for portion in _PORTIONS:
        best, least = _moved(loss, best, least, portion, np.flatnonzero(usable))
    return np.asarray((1 - evenness) * best + evenness * good / good.sum())


def mixed(forecasts: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
    """The weighted mean of quantiles (Vincent averaging), rows x levels, sorted."""
    return np.sort(np.tensordot(weights, np.stack(forecasts), 1), axis=1)


class _Loss:
    def __init__(self, actual: FloatArray, stacked: FloatArray, levels: FloatArray, share: FloatArray) -> None:
        self._actual, self._stacked, self._levels = actual, stacked, levels
        self._share, self._weight = share / share.sum(), interval_weights(levels)

    def of(self, weights: FloatArray) -> float:
        error = self._actual[:, None] - np.tensordot(weights, self._stacked, 1)
        pinball = np.maximum(self._levels * error, (self._levels - 1) * error)
        return float(self._share @ pinball @ self._weight)


def _moved(
    loss: _Loss, best: FloatArray, least: float, portion: float, among: npt.NDArray[np.int64]
) -> tuple[FloatArray, float]:
    """Portions go from one model to another as long as that helps."""
    helped = True
    while helped:
        helped = False
        for taker, giver in permutations(among, 2):
            tried = best.copy()
            given = min(portion, best[giver])
            tried[taker] += given
            tried[giver] -= given
            if (found := loss.of(tried)) < least - _GAIN:
                best, least, helped = tried, found, True
    return best, least
