"""What a microgrid expects at a step of its past: that step as it is, the rest by its own forecasts."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.optimization.microgrid.forecast import OUTER, QUANTILES, expected, grid_chances, grid_futures
from gridops.engine.optimization.microgrid.plant import Outlook


class Foresight(StrEnum):
    OWN = "own"  # from what was seen so far
    PERFECT = "perfect"  # an oracle, as a yardstick


@dataclass(frozen=True, slots=True)
class Truth:
    """What came, T steps: as an outlook of one scenario; the grid's limits are those of a grid that is there."""

    outlook: Outlook
    grid_there: FloatArray  # (T,) 1 or 0


@dataclass(frozen=True, slots=True)
class Way:
    """How it is dispatched."""

    horizon_steps: int
    day_steps: int
    foresight: Foresight = Foresight.OWN
    tariff_known: bool = False  # prices of the horizon are a contract, not a forecast
    scenarios: bool = False  # P10, P50 and P90 of what the grid and the stores have to give, not the middle alone
    ends: bool = True  # nothing is worth anything after the last step of the series


def ahead(truth: Truth, now: int, way: Way) -> Outlook:
    """What is expected at step `now`, with that step itself as it is."""
    o = truth.outlook
    left = o.steps - now
    steps = min(way.horizon_steps, left) if way.ends else way.horizon_steps
    if way.foresight is Foresight.PERFECT:
        return _cut(truth, now, min(steps, left))
    grid, chance = _grid(truth, now, steps)
    net = _members(truth, now, steps, way)
    load, sun, weight = net
    count = len(weight) * len(chance)
    prices = [_course(each[0], now, steps, way, way.tariff_known) for each in (o.buy, o.sell, o.grid_kg_per_kwh)]
    prices[1] = np.minimum(prices[1], prices[0])
    there = np.repeat(grid, len(weight), axis=0)
    limits = [_level(each[0], now, steps) * there for each in (o.import_kw, o.export_kw)]
    reserve = o.reserve_kwh[np.minimum(np.arange(now, now + steps), o.steps - 1)]
    return Outlook(
        step_h=o.step_h,
        weight=np.outer(chance, weight).ravel(),
        load_kw=np.tile(load, (len(chance), 1, 1)),
        renewable_kw=np.tile(sun, (len(chance), 1, 1)),
        buy=np.tile(prices[0], (count, 1)),
        sell=np.tile(prices[1], (count, 1)),
        import_kw=limits[0],
        export_kw=limits[1],
        grid_kg_per_kwh=np.tile(prices[2], (count, 1)),
        reserve_kwh=reserve,
    )


def _cut(truth: Truth, now: int, steps: int) -> Outlook:
    o, span = truth.outlook, slice(now, now + steps)
    there = truth.grid_there[span]
    return replace(
        o,
        load_kw=o.load_kw[:, :, span],
        renewable_kw=o.renewable_kw[:, :, span],
        buy=o.buy[:, span],
        sell=o.sell[:, span],
        import_kw=_met(o.import_kw[:, span], there),
        export_kw=_met(o.export_kw[:, span], there),
        grid_kg_per_kwh=o.grid_kg_per_kwh[:, span],
        reserve_kwh=o.reserve_kwh[span],
    )


def _met(limit: FloatArray, there: FloatArray) -> FloatArray:
    return np.where(there > 0, limit, 0.0)


def _grid(truth: Truth, now: int, steps: int) -> tuple[FloatArray, FloatArray]:
    """(F, steps) its status and the chances; the present one is as it is."""
    seen = truth.grid_there[: now + 1]
    courses, chance = grid_futures(grid_chances(seen), bool(seen[-1] > 0), steps - 1)
    return np.hstack([np.full((len(courses), 1), seen[-1]), courses]), chance


def _members(truth: Truth, now: int, steps: int, way: Way) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Loads (M, P, steps), renewables (M, R, steps) and weights (M,)."""
    o = truth.outlook
    shares = QUANTILES if way.scenarios else (None,)
    load = np.stack([_series(o.load_kw[0], now, steps, way, share) for share in shares])
    sun = np.stack([_series(o.renewable_kw[0], now, steps, way, share and 1.0 - share) for share in shares])
    return load, sun, np.array(OUTER if way.scenarios else (1.0,))


def _series(rows: FloatArray, now: int, steps: int, way: Way, share: float | None) -> FloatArray:
    found = np.zeros((len(rows), steps))
    for number, row in enumerate(rows):
        found[number] = _forecast(row, now, steps, way, share)
    return found


def _forecast(row: FloatArray, now: int, steps: int, way: Way, share: float | None = None) -> FloatArray:
    seen = row[: now + 1]
    if steps == 1 or not seen.any():
        return np.concatenate([seen[-1:], np.zeros(steps - 1)])
    told = expected(seen, steps - 1, way.day_steps, 24 / way.day_steps, least=0.0)
    value = told.value if share is None else np.maximum(told.quantile(share), 0.0)
    return np.concatenate([seen[-1:], value])


def _course(row: FloatArray, now: int, steps: int, way: Way, known: bool) -> FloatArray:
    """Of a price, which may be below zero."""
    if known:
        return np.asarray(row[np.minimum(np.arange(now, now + steps), len(row) - 1)])
    if steps == 1:
        return row[now : now + 1]
    told = expected(row[: now + 1], steps - 1, way.day_steps, 24 / way.day_steps)
    return np.concatenate([row[now : now + 1], told.value])


def _level(row: FloatArray, now: int, steps: int) -> FloatArray:
    """A limit stays as it is: that of a connection is in its contract."""
    return np.full(steps, row[now])
