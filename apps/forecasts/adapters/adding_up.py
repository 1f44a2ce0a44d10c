"""Forecasts of parents and children that add up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from apps.forecasts.adapters.arrays import Float32Array, FloatArray
from apps.forecasts.adapters.learning import limited
from apps.forecasts.adapters.panels import LEVEL_ARRAY, History
from apps.forecasts.choices import Subject
from apps.forecasts.models import STEPS_A_DAY, Series
from gridops.engine.forecasting.reconcile import Hierarchy, moved_quantiles, reconciled

_MEDIAN = int(np.flatnonzero(np.isclose(LEVEL_ARRAY, 0.5))[0])
_LOW, _HIGH = (int(np.flatnonzero(np.isclose(LEVEL_ARRAY, level))[0]) for level in (0.1, 0.9))
_REST_DAYS = 28
Balance = tuple[int, list[tuple[int, float]]]  # a row, and the rows with their signs that it is the sum of


@dataclass(frozen=True)
class Sums(Hierarchy):
    """Any balances: a parent less its children and less what else belongs to it, with its sign."""

    matrix: sparse.csr_matrix

    def balances(self) -> sparse.csr_matrix:
        return self.matrix


def sums_of(series: Sequence[Series]) -> Sums:
    """A station equals its transformers, and what hangs below it where that is whole: each is a balance. So is what a
    series is worked out from: the system's load is its net load and its metered plants."""
    row_of = {one.pk: row for row, one in enumerate(series)}
    by_key = {(one.subject_mrid, one.quantity): row for row, one in enumerate(series)}
    parts: dict[tuple[int, bool], list[tuple[int, float]]] = {}
    for row, one in enumerate(series):
        if one.parent_id in row_of and one.quantity == series[row_of[one.parent_id]].quantity:
            parts.setdefault((row_of[one.parent_id], one.subject == Subject.TRANSFORMER), []).append((row, 1.0))
    balances: list[Balance] = []
    for (parent, are_transformers), members in parts.items():
        whole = series[parent]
        measures = are_transformers and whole.subject == Subject.SUBSTATION
        if measures and len(members) != len(whole.source.get("terms", [])):
            continue
        if measures:
            balances.append((parent, members))
        elif whole.is_whole:
            besides = [
                (by_key[mrid, quantity], sign)
                for mrid, quantity, sign in whole.source.get("with", [])
                if (mrid, quantity) in by_key
            ]
            balances.append((parent, members + besides))
    return Sums(np.full(len(series), -1), _matrix([*balances, *_worked_out(series, by_key)], len(series)))


def _worked_out(series: Sequence[Series], by_key: Mapping[tuple[str, str], int]) -> list[Balance]:
    found = []
    for row, one in enumerate(series):
        keys = [(mrid, quantity) for mrid, quantity in one.source.get("sum", [])]
        if keys and all(key in by_key for key in keys):
            found.append((row, [(by_key[key], 1.0) for key in keys]))
    return found


def _matrix(balances: Sequence[Balance], size: int) -> sparse.csr_matrix:
    rows, columns, values = [], [], []
    for number, (parent, members) in enumerate(balances):
        rows += [number] * (1 + len(members))
        columns += [parent, *(row for row, _ in members)]
        values += [1.0, *(-sign for _, sign in members)]
    return sparse.csr_matrix((values, (rows, columns)), (len(balances), size))


def usual_rest(sums: Sums, history: History, steps: int) -> FloatArray:
    """Balances x steps ahead: what parents had beyond their children at the same time of day; 0 where not known."""
    begin = max(history.at - _REST_DAYS * STEPS_A_DAY, 0)
    past = history.values[:, begin : history.at].astype(np.float64)
    known = np.isfinite(past)
    touched = abs(sums.matrix) @ (~known).astype(float)
    rest = np.where(touched > 0, np.nan, sums.matrix @ np.where(known, past, 0.0))
    slot = np.arange(begin, history.at) % STEPS_A_DAY
    usual = np.stack([_mean(rest[:, slot == number]) for number in range(STEPS_A_DAY)], axis=1)
    return np.asarray(usual[:, (history.at + np.arange(steps)) % STEPS_A_DAY])


def _mean(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    return np.asarray(np.where(known, values, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def added_up(history: History, quantiles: Float32Array, rated_kw: FloatArray) -> Float32Array:
    """Medians are moved as little as their bands ask, and the bands with them. Plants stay within their limits: what
    that takes from a sum the others bear. A balance with a refused series is left out."""
    sums = sums_of(history.series)
    refused = np.asarray(~np.isfinite(quantiles).all(axis=(1, 2)))
    usable = np.flatnonzero(np.asarray(abs(sums.matrix) @ refused.astype(float)).ravel() == 0)
    sums = Sums(sums.parent, sums.matrix[usable])
    if not len(usable):
        return quantiles
    rest = usual_rest(sums, history, quantiles.shape[1])
    filled = np.where(refused[:, None, None], 0.0, quantiles).astype(np.float64)
    variance = (((filled[..., _HIGH] - filled[..., _LOW]) / 2.56) ** 2).mean(axis=1)
    is_plant = np.isfinite(rated_kw) & np.asarray([one.subject == Subject.PLANT for one in history.series])
    for fixed in (np.zeros(len(variance), bool), is_plant):
        median = filled[..., _MEDIAN]
        found = reconciled(sums, median, np.where(fixed, 0.0, variance), rest)
        filled = limited(
            moved_quantiles(filled, median, found).astype(np.float32), np.where(is_plant, rated_kw, np.nan)
        ).astype(np.float64)
    return np.where(refused[:, None, None], np.nan, filled).astype(np.float32)
