"""A linear forecast of the distance from the recent past, with the spread of its own errors by time of day."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import Rows, sampled

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BLOCKS = 8  # of three hours
_HOURS = 24
_FOLDS = 5
_ROWS_LOOKED_AT = 5000
_MOST_COLUMNS = 250  # of many more, those that go most with the target
_MOST_CELLS = 40_000_000  # of the design, 8 bytes each; of rows beyond, some are taken


@dataclass(frozen=True)
class Linear:
    """`columns`: positions of those of the rows that are heard. `weights`: of the standardised columns.

    `errors`: blocks of the day x levels, in the unit of the target.
    """

    columns: IntArray
    mean: FloatArray
    spread: FloatArray
    weights: FloatArray
    errors: FloatArray

    def forecast(self, rows: Rows) -> FloatArray:
        """Rows x levels, in the unit of the target."""
        design = _design(rows, self.columns, self.mean, self.spread)
        middle = rows.base + np.einsum("ij,j->i", design, self.weights)  # unlike @, a row's bits are its own
        return np.asarray(middle[:, None] + self.errors[_block(rows)])


def fit_linear(rows: Rows, target: FloatArray, levels: FloatArray, *, penalty: float = 30.0) -> Linear:
    """Ridge regression with the quantiles of errors at rows that were left out, in runs, of the fit."""
    columns = _heard(rows, target)
    kept = sampled(len(target), max(_MOST_CELLS // _width(len(columns)), 1))
    rows, target = rows.some(kept), target[kept]
    deviation = target - rows.base
    inputs = _inputs(rows, columns)
    mean = np.nanmean(np.where(np.isfinite(inputs), inputs, np.nan), axis=0)
    mean = np.where(np.isfinite(mean), mean, 0.0)
    spread = np.sqrt(np.nanmean((np.where(np.isfinite(inputs), inputs, mean) - mean) ** 2, axis=0))
    design = _design(rows, columns, mean, spread)
    fold = np.minimum(np.arange(len(target)) * _FOLDS // max(len(target), 1), _FOLDS - 1)
    whole, moment = design.T @ design, design.T @ deviation
    left_out = np.empty(len(target))
    for number in range(_FOLDS):
        out = fold == number
        part = design[out]
        weights = _solve(whole - part.T @ part, moment - part.T @ deviation[out], penalty)
        left_out[out] = deviation[out] - part @ weights
    return Linear(columns, mean, spread, _solve(whole, moment, penalty), _errors(left_out, _block(rows), levels))


def _heard(rows: Rows, target: FloatArray) -> IntArray:
    everything = np.arange(len(rows.names))
    if len(everything) <= _MOST_COLUMNS:
        return everything
    some = sampled(len(target), _ROWS_LOOKED_AT)
    inputs, deviation = _inputs(rows.some(some), everything), (target - rows.base)[some]
    centred = np.nan_to_num(inputs - np.where(np.isfinite(inputs), inputs, 0.0).mean(axis=0))
    size = np.sqrt((centred**2).sum(axis=0))
    agreement = np.abs(centred.T @ (deviation - deviation.mean())) / np.maximum(size, 1e-12)
    return np.sort(np.argsort(-agreement, kind="stable")[:_MOST_COLUMNS])


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


def _inputs(rows: Rows, columns: IntArray) -> FloatArray:
    return rows.values[:, columns] - np.where(rows.moves[columns], rows.base[:, None], 0.0)


def _width(columns: int) -> int:
    """Of the design."""
    return 1 + 2 * _HOURS + columns * (2 + BLOCKS)


def _design(rows: Rows, columns: IntArray, mean: FloatArray, spread: FloatArray) -> FloatArray:
    """Standard columns, squares, columns by block of the day, and a dummy of every hour of work days and free days."""
    inputs = _inputs(rows, columns)
    standard = np.where(np.isfinite(inputs), (inputs - mean) / np.maximum(spread, 1e-12), 0.0)
    standard = np.clip(np.where(spread > 1e-12, standard, 0.0), -4, 4)
    block = _block(rows)
    in_block = (block[:, None] == np.arange(BLOCKS)).astype(float)
    slots = rows.values[:, rows.names.index("hour")].astype(np.int64)
    free = rows.values[:, rows.names.index("weekend")] + rows.values[:, rows.names.index("holiday")] > 0
    slot = (slots[:, None] + _HOURS * free[:, None] == np.arange(2 * _HOURS)).astype(float)
    interactions = (standard[:, :, None] * in_block[:, None, :]).reshape(len(block), -1)
    return np.column_stack([np.ones(len(block)), slot, standard, standard**2, 0.5 * interactions])
