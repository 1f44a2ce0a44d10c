"""A linear forecast of the distance from the recent past, with the spread of its own errors by time of day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import Rows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BLOCKS = 8  # of three hours
_HOURS = 24
_FOLDS = 5


@dataclass(frozen=True)
class Linear:
    """`weights`: of the standardised columns. `errors`: blocks of the day x levels, in the unit of the target."""

    mean: FloatArray
    spread: FloatArray
    weights: FloatArray
    errors: FloatArray

    def forecast(self, rows: Rows) -> FloatArray:
        """Rows x levels, in the unit of the target."""
        design = _design(rows, self.mean, self.spread)
        middle = rows.base + np.einsum("ij,j->i", design, self.weights)  # unlike @, a row's bits are its own
        return np.asarray(middle[:, None] + self.errors[_block(rows)])


def fit_linear(rows: Rows, target: FloatArray, levels: FloatArray, *, penalty: float = 30.0) -> Linear:
    """Ridge regression with the quantiles of errors at rows that were left out, in runs, of the fit."""
    deviation = target - rows.base
    inputs = _inputs(rows)
    mean = np.nanmean(np.where(np.isfinite(inputs), inputs, np.nan), axis=0)
    mean = np.where(np.isfinite(mean), mean, 0.0)
    spread = np.sqrt(np.nanmean((np.where(np.isfinite(inputs), inputs, mean) - mean) ** 2, axis=0))
    design = _design(rows, mean, spread)
    fold = np.minimum(np.arange(len(target)) * _FOLDS // max(len(target), 1), _FOLDS - 1)
    whole, moment = design.T @ design, design.T @ deviation
    left_out = np.empty(len(target))
    for number in range(_FOLDS):
        out = fold == number
        part = design[out]
        weights = _solve(whole - part.T @ part, moment - part.T @ deviation[out], penalty)
        left_out[out] = deviation[out] - part @ weights
    return Linear(mean, spread, _solve(whole, moment, penalty), _errors(left_out, _block(rows), levels))


def _solve(square: FloatArray, moment: FloatArray, penalty: float) -> FloatArray:
    return np.asarray(np.linalg.solve(square + penalty * np.eye(len(square)), moment))


def _errors(left_out: FloatArray, block: IntArray, levels: FloatArray) -> FloatArray:
    everywhere = np.quantile(left_out, levels)
    found = np.tile(everywhere, (BLOCKS, 1))
    for number in range(BLOCKS):
        of_block = left_out[block == number]
        if len(of_block) >= 10 * len(levels):
            found[number] = np.quantile(of_block, levels)
    return found


def _block(rows: Rows) -> IntArray:
    hour = rows.values[:, rows.names.index("hour")]
    return np.minimum((hour * BLOCKS / _HOURS).astype(np.int64), BLOCKS - 1)


def _inputs(rows: Rows) -> FloatArray:
    return rows.values - np.where(rows.moves, rows.base[:, None], 0.0)


def _design(rows: Rows, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Standard columns, squares, columns by block of the day, and a dummy of every hour of work days and free days."""
    inputs = _inputs(rows)
    standard = np.where(np.isfinite(inputs), (inputs - mean) / np.maximum(spread, 1e-12), 0.0)
    standard = np.clip(np.where(spread > 1e-12, standard, 0.0), -4, 4)
    block = _block(rows)
    in_block = (block[:, None] == np.arange(BLOCKS)).astype(float)
    slots = rows.values[:, rows.names.index("hour")].astype(np.int64)
    free = rows.values[:, rows.names.index("weekend")] + rows.values[:, rows.names.index("holiday")] > 0
    slot = (slots[:, None] + _HOURS * free[:, None] == np.arange(2 * _HOURS)).astype(float)
    interactions = (standard[:, :, None] * in_block[:, None, :]).reshape(len(block), -1)
    return np.column_stack([np.ones(len(block)), slot, standard, standard**2, 0.5 * interactions])
