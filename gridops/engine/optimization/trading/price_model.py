"""Our forecast of prices: several members, weighed by what they were worth lately, each day from what was known then.

The weights are those of least error of the shape of the day, for a battery earns by differences within a day and not by
its level.
"""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b

import numpy as np

from gridops.engine.forecasting.blend import fit_weights
from gridops.engine.forecasting.boosting import lgb
from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.trading.days import Index, MarketDays
from gridops.engine.optimization.trading.price_members import (
    RECIPES,
    Recipe,
    alike_forecast,
    pooled_forecast,
    ridge_forecast,
    trees_forecast,
)
from gridops.engine.optimization.trading.price_rows import PriceRows, price_rows
from gridops.engine.optimization.trading.repeating import similar_day, week_mean

LEAST_DAYS = 42  # to learn from; before, what was is repeated
_REFIT, _REFIT_RIDGE, _REFIT_TREES = 7, 2, 28  # days
_JUDGED = 90  # days that weights look back
_MEDIAN = np.array([0.5])
_DIGEST = 16  # bytes

# Rows, prices (D, S), days learned from and days wanted, to (wanted, S).
Member = Callable[[PriceRows, FloatArray, Index, Index], FloatArray]
# What members said of blocks of days, by a digest of all that they were told.
Memo = MutableMapping[bytes, FloatArray]


@dataclass(frozen=True)
class PriceForecast:
    """`point`: (D, S); `members`: by name the same; nan where nothing could be said. `weights`: (D, members)."""

    point: FloatArray
    members: dict[str, FloatArray]
    weights: FloatArray


def price_forecast(
    days: MarketDays, known_slots: int, ahead: FloatArray | None = None, memo: Memo | None = None
) -> PriceForecast:
    """Every day forecast from what was known at its decision, the day before.

    known_slots: of the day before. ahead: (columns, D, S), known when the day is planned; prices in any unit. memo: is
    filled, and spares what was worked out before from the very same days; the result is the same with and without.
    """
    rows = price_rows(days, known_slots, np.zeros((0, days.count, days.slots)) if ahead is None else ahead)
    newest = 1 if known_slots == days.slots else 2  # the last day that is wholly known
    repeated = _repeated(days, known_slots)
    members = _members(rows, days, newest, memo)
    names = list(members)
    stacked = np.stack([members[name] for name in names])
    weights = np.full((days.count, len(names)), np.nan)
    known = np.asarray(np.isfinite(stacked).all(axis=(0, 2)))
    begin = int(known.argmax()) if known.any() else 0
    weights[:begin] = 1 / len(names)
    for first in range(begin, days.count, _REFIT):
        weights[first : first + _REFIT] = _weights(stacked, days.by_slot, first - newest)
    point = np.einsum("dm,mds->ds", weights, np.nan_to_num(stacked))
    return PriceForecast(np.where(known[:, None], point, repeated), members, weights)


def _repeated(days: MarketDays, known_slots: int) -> FloatArray:
    """While nothing can be learned."""
    mean, similar = week_mean(days, known_slots), similar_day(days, known_slots)
    return np.where(np.isfinite(mean), mean, similar)


def _members(rows: PriceRows, days: MarketDays, newest: int, memo: Memo | None) -> dict[str, FloatArray]:
    made: dict[str, tuple[Member, int]] = {
        f"ridge {number}": (partial(_ridge, recipe), _REFIT_RIDGE) for number, recipe in enumerate(RECIPES, 1)
    }
    made |= {"days alike": (alike_forecast, 1), "pooled": (pooled_forecast, _REFIT)}
    if lgb is not None:
        made["trees"] = (trees_forecast, _REFIT_TREES)
    if memo is not None:
        told = _digests(rows, days.by_slot)
        made = {name: (_Once(memo, told, name, member), refit) for name, (member, refit) in made.items()}
    return {name: _run(rows, days, newest, refit, member) for name, (member, refit) in made.items()}


@dataclass(frozen=True)
class _Once:
    """A member that remembers. Prices of the wanted days are not looked at, and not in the key."""

    memo: Memo
    told: list[bytes]
    name: str
    member: Member

    def __call__(self, rows: PriceRows, price: FloatArray, learned: Index, wanted: Index) -> FloatArray:
        key = blake2b(self.name.encode(), digest_size=_DIGEST)
        key.update(b"".join(self.told[day] for day in learned) + b"|")
        key.update(b"".join(self.told[day][:_DIGEST] for day in wanted))
        if (found := key.digest()) not in self.memo:
            self.memo[found] = self.member(rows, price, learned, wanted)
        return self.memo[found]


def _digests(rows: PriceRows, price: FloatArray) -> list[bytes]:
    """(D,) of all that the rows say of a day, and then of its prices."""
    parts = [rows.prices, *rows.ahead, rows.calendar, rows.yesterday, rows.mean, rows.alike]
    table = np.column_stack([*parts, rows.kind, rows.season])
    return [_digest(row) + _digest(own) for row, own in zip(table, price, strict=True)]


def _digest(values: FloatArray) -> bytes:
    return blake2b(np.ascontiguousarray(values).tobytes(), digest_size=_DIGEST).digest()


def _ridge(recipe: Recipe, rows: PriceRows, price: FloatArray, learned: Index, wanted: Index) -> FloatArray:
    return ridge_forecast(rows, price, learned, wanted, recipe=recipe)


def _run(rows: PriceRows, days: MarketDays, newest: int, refit: int, member: Member) -> FloatArray:
    """(D, S) in blocks of days that share a fit, made before the first of them is planned."""
    found = np.full((days.count, days.slots), np.nan)
    usable = np.flatnonzero(rows.is_usable)
    for first in range(int(usable[LEAST_DAYS]) if len(usable) > LEAST_DAYS else days.count, days.count, refit):
        learned = usable[days.day[usable] <= days.day[first] - newest]
        wanted = usable[(usable >= first) & (usable < first + refit)]
        if len(learned) >= LEAST_DAYS and len(wanted):
            found[wanted] = member(rows, days.by_slot, learned, wanted)
    return found


def _weights(stacked: FloatArray, price: FloatArray, until: int) -> FloatArray:
    """(members,) of the days up to `until`."""
    past = slice(max(until + 1 - _JUDGED, 0), max(until + 1, 0))
    shapes = stacked[:, past] - stacked[:, past].mean(axis=2, keepdims=True)
    actual = price[past] - price[past].mean(axis=1, keepdims=True)
    return fit_weights(actual.ravel(), [each.reshape(-1, 1) for each in shapes], _MEDIAN)
