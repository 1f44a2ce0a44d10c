"""Members of the price forecast: ridge regressions of all slots at once, days that were alike, and boosted trees.

Each learns from rows of days before `until` only. Prices are seen through asinh of their distance from the median in
units of their spread, which tames spikes and bears prices below zero. Source: J. Lago et al., Applied Energy 293 (2021)
116983 (lasso on the day before); B. Uniejewski and R. Weron, Efficient forecasting of electricity spot prices with
expert and LASSO models, Energies 11 (2018) 2039 (the transformation).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve

from gridops.engine.forecasting.boosting import lgb
from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.trading.days import Index
from gridops.engine.optimization.trading.price_rows import PriceRows
from gridops.engine.optimization.trading.repeating import WEEK

_MAD = 1.4826  # of a normal distribution's standard deviation
_OF_DEVIATION = 0.3  # at least this of the standard deviation, where most prices are the same
_SCALE_DAYS = 91
_LEAST_SPREAD = 0.2  # of columns of the calendar: a holiday is rare, but no wonder
_SATURDAY = 5
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Asinh:
    """Prices to numbers of size one and back."""

    middle: float
    spread: float

    @classmethod
    def of(cls, prices: FloatArray) -> "Asinh":
        middle = float(np.median(prices))
        spread = _MAD * float(np.median(np.abs(prices - middle)))
        return cls(middle, max(spread, _OF_DEVIATION * float(np.std(prices)), _TINY))

    def forth(self, prices: FloatArray) -> FloatArray:
        return np.arcsinh((prices - self.middle) / self.spread)

    def back(self, values: FloatArray) -> FloatArray:
        return np.asarray(self.middle + self.spread * np.sinh(np.clip(values, -8.0, 8.0)))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Of a ridge regression. `half_life_days`: at which a day counts half; `window_days`: how far it looks back."""

    penalty: float
    half_life_days: float = np.inf
    window_days: int = 1456


RECIPES = (Recipe(100.0), Recipe(30.0, half_life_days=120.0), Recipe(100.0, window_days=182))


def ridge_forecast(rows: PriceRows, price: FloatArray, learned: Index, wanted: Index, *, recipe: Recipe) -> FloatArray:
    """(wanted, S) from the rows of days `learned`; price: (D, S)."""
    learned = learned[-recipe.window_days :]
    scale = Asinh.of(price[learned[-_SCALE_DAYS:]])
    weight = 0.5 ** ((learned[-1] - learned) / recipe.half_life_days)
    others = [Asinh.of(column[learned]) for column in rows.ahead]
    design, ahead = (_design(rows, scale, others, of) for of in (learned, wanted))
    share = weight / weight.sum()
    mean = share @ design
    spread = np.sqrt(share @ (design - mean) ** 2) + _TINY
    calendar = rows.calendar.shape[1]
    spread[-calendar:] = np.maximum(spread[-calendar:], _LEAST_SPREAD)
    standard = (design - mean) / spread
    goal = scale.forth(price[learned])
    level = share @ goal
    heavy = standard * weight[:, None]
    square = heavy.T @ standard + recipe.penalty * np.eye(standard.shape[1])
    found = solve(square, heavy.T @ (goal - level), assume_a="pos")
    return scale.back(level + np.clip((ahead - mean) / spread, -6.0, 6.0) @ found)


def _design(rows: PriceRows, scale: Asinh, others: Sequence[Asinh], of: Index) -> FloatArray:
    ahead = [one.forth(column[of]) for one, column in zip(others, rows.ahead, strict=True)]
    return np.column_stack([scale.forth(rows.prices[of]), *ahead, rows.calendar[of]])


def pooled_forecast(rows: PriceRows, price: FloatArray, learned: Index, wanted: Index) -> FloatArray:
    """(wanted, S): one weight for all slots of the last known prices, of their means and of each column known ahead."""
    design, ahead = _pooled(rows, learned), _pooled(rows, wanted)
    scale = np.sqrt(np.mean(design**2, axis=0)) + _TINY
    standard = design / scale
    square = standard.T @ standard + len(standard) * _TINY * np.eye(standard.shape[1])
    found = solve(square, standard.T @ price[learned].ravel(), assume_a="pos")
    return np.asarray((ahead / scale @ found).reshape(len(wanted), -1))


def _pooled(rows: PriceRows, of: Index) -> FloatArray:
    slots = rows.mean.shape[1]
    wide = [np.repeat(column[of], slots // column.shape[1], axis=1) for column in rows.ahead]
    columns = [rows.yesterday[of], rows.mean[of], rows.alike[of], *wide]
    return np.column_stack([np.ones(len(of) * slots), *(each.ravel() for each in columns)])


_NEIGHBOURS = 25
_OTHER_KIND, _OTHER_GROUP, _OF_SEASON, _OF_LEVEL = 0.15, 0.8, 0.3, 0.3  # beside a squared distance of shapes of 1
_NEAR = 0.05


def alike_forecast(rows: PriceRows, price: FloatArray, learned: Index, wanted: Index) -> FloatArray:
    """(wanted, S): how prices went on from days like the last known one, on its level."""
    before, now = rows.yesterday[learned], rows.yesterday[wanted]
    spread = np.std(before[-_SCALE_DAYS:]) + _TINY
    level_before, level_now = before.mean(axis=1), now.mean(axis=1)
    shapes_before, shapes_now = before - level_before[:, None], now - level_now[:, None]
    found = np.empty(now.shape)
    for number, day in enumerate(wanted):
        kind, other = rows.kind[day], rows.kind[learned]
        same_group = (other < _SATURDAY) == (kind < _SATURDAY)
        distance = np.mean((shapes_before - shapes_now[number]) ** 2, axis=1) / spread**2
        distance += _OF_LEVEL * ((level_before - level_now[number]) / spread) ** 2
        distance += np.where(other == kind, 0.0, np.where(same_group, _OTHER_KIND, _OTHER_GROUP))
        distance += _OF_SEASON * (1 - np.cos(rows.season[learned] - rows.season[day]))
        nearest = np.argsort(distance, kind="stable")[:_NEIGHBOURS]
        weight = 1 / (distance[nearest] + _NEAR)
        after = price[learned[nearest]] - level_before[nearest, None]
        found[number] = level_now[number] + weight @ after / weight.sum()
    return found


_TREES = 200
_PARAMETERS = {
    "learning_rate": 0.05,
    "num_leaves": 16,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbosity": -1,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "seed": 1,
}
_OBJECTIVES = ("regression_l1", "regression")


def trees_forecast(rows: PriceRows, price: FloatArray, learned: Index, wanted: Index) -> FloatArray:
    """(wanted, S): boosted trees over all slots together, of distances from the mean of seven days."""
    goal = (price[learned] - _base(rows, learned)).ravel()
    data = lgb.Dataset(_slots(rows, learned), goal, free_raw_data=False, params={"verbosity": -1})
    boosters = [lgb.train({**_PARAMETERS, "objective": each}, data, _TREES) for each in _OBJECTIVES]
    inputs = _slots(rows, wanted)
    found = np.mean([each.predict(inputs, num_threads=1) for each in boosters], axis=0)
    return np.asarray(found.reshape(len(wanted), -1) + _base(rows, wanted))


def _base(rows: PriceRows, of: Index) -> FloatArray:
    return np.asarray(rows.mean[of].mean(axis=1, keepdims=True))


def _slots(rows: PriceRows, of: Index) -> FloatArray:
    """A row for each slot of each day."""
    slots = rows.mean.shape[1]
    base = _base(rows, of)
    by_slot = [rows.yesterday[of] - base, rows.mean[of] - base, rows.alike[of] - base]
    by_slot += [np.repeat(column[of], slots // column.shape[1], axis=1) for column in rows.ahead]
    yesterday = rows.yesterday[of] - base
    levels = [yesterday.mean(axis=1), yesterday.min(axis=1), yesterday.max(axis=1), yesterday.std(axis=1)]
    levels += [yesterday[:, -1], yesterday[:, -slots // 4 :].mean(axis=1), rows.kind[of]]
    by_day = np.column_stack([*levels, rows.calendar[of][:, WEEK:]])
    hour = np.tile(np.arange(slots), len(of))
    return np.column_stack([hour, *(each.ravel() for each in by_slot), np.repeat(by_day, slots, axis=0)])
