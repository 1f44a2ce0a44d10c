"""One linear forecast for many series: ridge over pooled rows in units, with the spread of its own errors.

It forecasts the distance from the usual course. Its errors are measured in each series' own roughness, by lead and time
of day, at rows of series and days that the fit had left out.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.panel_rows import Float32Array, PanelRows

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BLOCKS = 8  # of three hours
_HOURS = 24
_LEADS_H = (1.0, 6.0, 30.0)
_FOLDS = 4
_CLIP = 6.0


@dataclass(frozen=True)
class Between:
    """Rows that lie between two places: how far towards the second, so that nothing jumps where one ends."""

    first: IntArray
    second: IntArray
    share: Float32Array

    def of(self, values: FloatArray) -> FloatArray:
        return self.mixed(values[self.first], values[self.second])

    def mixed(self, first: npt.NDArray, second: npt.NDArray) -> FloatArray:
        share = self.share.reshape(-1, *(1,) * (first.ndim - 1))
        return np.asarray(first + share * (second - first))


@dataclass(frozen=True)
class PanelLinear:
    """Of the standardised columns (`mean`, `spread`): `weights` for those with, `dry` for those without what is known
    ahead; each: hours (of work days, of free days), columns, squares, columns by block of the day. `errors`: leads x
    blocks x levels, in roughness."""

    names: tuple[str, ...]
    mean: FloatArray
    spread: FloatArray
    weights: FloatArray
    dry: FloatArray
    errors: FloatArray

    def median(self, rows: PanelRows) -> FloatArray:
        """The distance from the base, in units; rows."""
        standard, hours, blocks = self._inputs(rows.values)
        found = _applied(self.weights, standard, hours, blocks)
        if rows.has_ahead.all():
            return found
        return np.where(rows.has_ahead, found, _applied(self.dry, standard, hours, blocks))

    def parts(self, rows: PanelRows) -> FloatArray:
        """What each column gives to the median: rows x columns and the slot as the last; the sum is the median."""
        standard, hours, blocks = self._inputs(rows.values)
        count = len(self.mean)
        found = []
        for weights in (self.weights, self.dry):
            one, square, by_block = _split(weights, count)
            given = standard * (one + 0.5 * blocks.of(by_block)) + standard**2 * square
            found.append(np.column_stack([given, hours.of(weights)]))
        return np.where(rows.has_ahead[:, None], *found)

    def forecast(self, rows: PanelRows) -> FloatArray:
        """Rows x levels, in units from the base."""
        _, blocks = _places(rows.values, self.names)
        lead = _lead(rows)
        errors = blocks.mixed(self.errors[lead, blocks.first], self.errors[lead, blocks.second])
        return self.median(rows)[:, None] + _stray(rows)[:, None] * errors

    def _inputs(self, values: Float32Array) -> tuple[Float32Array, Between, Between]:
        return _standard(values, self.mean, self.spread), *_places(values, self.names)

    def document(self) -> dict[str, Any]:
        return {name: _listed(value) for name, value in asdict(self).items()}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "PanelLinear":
        arrays = {name: np.asarray(value) for name, value in document.items() if name != "names"}
        return cls(names=tuple(document["names"]), **arrays)


def fit_panel_linear(
    rows: PanelRows, goal: FloatArray, fold: IntArray, levels: FloatArray, *, penalty: float = 30.0
) -> PanelLinear:
    """`goal`: distance from the base, in units. `fold`: per row, of what is left out together, 0 to 3."""
    mean, spread = _moments(rows.values)
    empty = PanelLinear(rows.names, mean, spread, np.zeros(0), np.zeros(0), np.zeros((0, 0, 0)))
    standard, hours, blocks = empty._inputs(rows.values)
    design = _design(standard, hours, blocks)
    goal = np.clip(goal, *np.quantile(goal, [0.001, 0.999])) if len(goal) else goal
    whole, moment = _products(design, goal)
    left_out = np.empty(len(goal))
    for number in range(_FOLDS):
        out = fold == number
        square, part = _products(design[out], goal[out])
        left_out[out] = goal[out] - design[out] @ _solved(whole - square, moment - part, penalty)
    nearest = np.where(blocks.share < 0.5, blocks.first, blocks.second)
    errors = _errors(left_out / _stray(rows), _lead(rows), nearest, levels)
    kept = _without(len(mean), rows.ahead)
    return PanelLinear(
        rows.names, mean, spread, _solved(whole, moment, penalty), _solved(whole, moment, penalty, kept), errors
    )


def _products(design: Float32Array, goal: FloatArray) -> tuple[FloatArray, FloatArray]:
    return (design.T @ design).astype(np.float64), (design.T @ goal.astype(np.float32)).astype(np.float64)


def _solved(
    square: FloatArray, moment: FloatArray, penalty: float, kept: npt.NDArray[np.bool_] | None = None
) -> FloatArray:
    chosen = np.ones(len(moment), np.bool_) if kept is None else kept
    found = np.zeros(len(moment))
    part = square[np.ix_(chosen, chosen)] + penalty * np.eye(int(chosen.sum()))
    found[chosen] = np.linalg.solve(part, moment[chosen])
    return found


def _without(columns: int, ahead: Sequence[int]) -> npt.NDArray[np.bool_]:
    kept = np.ones(columns, np.bool_)
    kept[list(ahead)] = False
    return np.concatenate([np.ones(2 * _HOURS, np.bool_), kept, kept, np.tile(kept, BLOCKS)])


def _moments(values: Float32Array) -> tuple[FloatArray, FloatArray]:
    known = np.isfinite(values)
    count = np.maximum(known.sum(axis=0), 1)
    filled = np.where(known, values, 0.0)
    mean = filled.sum(axis=0, dtype=np.float64) / count
    apart = np.where(known, values - mean.astype(np.float32), 0.0)
    return mean, np.sqrt((apart**2).sum(axis=0, dtype=np.float64) / count)


def _standard(values: Float32Array, mean: FloatArray, spread: FloatArray) -> Float32Array:
    usable = spread > 1e-9
    factor = np.where(usable, 1 / np.where(usable, spread, 1.0), 0.0).astype(np.float32)
    standard = (values - mean.astype(np.float32)) * factor
    np.clip(standard, -_CLIP, _CLIP, out=standard)
    return np.where(np.isfinite(standard), standard, np.float32(0.0))


def _places(values: Float32Array, names: Sequence[str]) -> tuple[Between, Between]:
    """Hours of work days and free days, and blocks of the day."""
    hour = values[:, names.index("hour")]
    free = values[:, names.index("weekend")] + values[:, names.index("holiday")] > 0
    hours, blocks = _between(hour, _HOURS), _between(hour * (BLOCKS / _HOURS), BLOCKS)
    return Between(hours.first + _HOURS * free, hours.second + _HOURS * free, hours.share), blocks


def _between(place: Float32Array, count: int) -> Between:
    """Middles of parts of the day, the last followed by the first."""
    shifted = place - np.float32(0.5)
    first = np.floor(shifted).astype(np.int64)
    return Between(first % count, (first + 1) % count, (shifted - first).astype(np.float32))


def _column(rows: PanelRows, name: str) -> FloatArray:
    return rows.values[:, rows.names.index(name)].astype(np.float64)


def _stray(rows: PanelRows) -> FloatArray:
    """What errors are measured in, in units: a plant's unit tells nothing of its roughness, a load's does."""
    return np.where(rows.is_plant, _column(rows, "rough"), 1.0)


def _lead(rows: PanelRows) -> IntArray:
    return np.searchsorted(np.array(_LEADS_H), _column(rows, "lead_h"), side="right")


def _design(standard: Float32Array, hours: Between, blocks: Between) -> Float32Array:
    rows, columns = standard.shape
    design = np.zeros((rows, 2 * _HOURS + (2 + BLOCKS) * columns), np.float32)
    row = np.arange(rows)
    design[row, hours.first], design[row, hours.second] = 1 - hours.share, hours.share
    inner = design[:, 2 * _HOURS :].reshape(rows, 2 + BLOCKS, columns)
    inner[:, 0], inner[:, 1] = standard, standard**2
    inner[row, 2 + blocks.first] = 0.5 * standard * (1 - blocks.share)[:, None]
    inner[row, 2 + blocks.second] = 0.5 * standard * blocks.share[:, None]
    return design


def _split(weights: FloatArray, columns: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    inner = weights[2 * _HOURS :].reshape(2 + BLOCKS, columns)
    return inner[0], inner[1], inner[2:]


def _applied(weights: FloatArray, standard: Float32Array, hours: Between, blocks: Between) -> FloatArray:
    one, square, by_block = _split(weights.astype(np.float32), standard.shape[1])
    of_blocks = standard @ (one + 0.5 * by_block).T
    row = np.arange(len(standard))
    found = blocks.mixed(of_blocks[row, blocks.first], of_blocks[row, blocks.second]) + (standard**2) @ square
    return np.asarray(found + hours.of(weights), np.float64)


def _errors(relative: FloatArray, lead: IntArray, block: IntArray, levels: FloatArray) -> FloatArray:
    found = np.tile(np.quantile(relative, levels), (len(_LEADS_H) + 1, BLOCKS, 1))
    for row in range(len(_LEADS_H) + 1):
        for column in range(BLOCKS):
            some = relative[(lead == row) & (block == column)]
            if len(some) >= 20 * len(levels):
                found[row, column] = np.quantile(some, levels)
    return found


def _listed(value: object) -> object:
    return value.tolist() if isinstance(value, np.ndarray) else value
