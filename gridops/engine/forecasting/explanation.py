"""Why a forecast is what it is: what its drivers give, in kW, beside the same hours of last week; and days like it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.features import mean_known
from gridops.engine.forecasting.ladder import combine
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.nearby import followed
from gridops.engine.forecasting.panel import PanelModel
from gridops.engine.forecasting.standing import Standing

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
LAST_WEEK, USUAL = "last week", "usual course"
UNUSUAL, HELD = "last week was unusual", "newest values, limits and sums"
NEWEST = "newest values"
_EPOCH = date(1970, 1, 1)
_DRIVERS = {
    "calendar": ("hour", "weekday", "weekend", "slot"),
    "season": ("year_sin", "year_cos"),
    "holiday": ("holiday", "after_holiday", "before_holiday"),
    "recent level": ("last", "day_level", "now_off", "hours_off", "day_off", "age_h", "lead_h"),
    "trend": ("week_off",),
}
_OF_WEATHER = {
    "heat or cold": ("temp", "celsius", "degree"),
    "sun": ("ghi", "dni", "dhi", "radiation", "sun", "clear", "solar", "pv", "poa", "cloud"),
    "wind": ("wind", "gust"),
    "humidity and rain": ("humid", "rain", "precip", "snow"),
}


@dataclass(frozen=True)
class Drivers:
    """`kw`: drivers x horizon; their sum is the median less `base` (horizon, kW). `against`: what the base is: last
    week's same hours or, where they are not known, the usual course of the series."""

    names: list[str]
    kw: FloatArray
    base: FloatArray
    against: str


def drivers(
    panel: Panel,
    model: PanelModel,
    standing: Standing | None,
    *,
    series: int,
    at: int,
    horizon: int,
    median: FloatArray | None = None,
) -> Drivers | None:
    """Of one series at the issue `at`; None where the model cannot speak of it.

    What a driver gives is what it gives now less what it gave a week before (Shapley values of the boosted median,
    Lundberg et al. 2018, and the terms of the linear one, in their weights). `median`: what was issued, kW, horizon;
    what limits or the sums of a hierarchy moved it by is a driver of its own.
    """
    one = panel.part(slice(series, series + 1))
    now = _given(one, model, standing, at, horizon)
    if now is None:
        return None
    issued = now.median if median is None else np.asarray(median, np.float64)
    back = int(panel.clock.before(np.array([at]), 7)[0])
    last_week = _known(one, panel.clock.before(at + np.arange(horizon), 7), at)
    before = _given(one, model, standing, back, horizon) if back > 0 and np.isfinite(last_week).all() else None
    if before is None:
        given = now.kw | {USUAL: now.kw[USUAL] * 0.0, HELD: issued - now.total}
        given[USUAL] = now.kw[USUAL] - now.course
        return _named(given, now.course, USUAL)
    given = {name: now.kw[name] - before.kw.get(name, 0.0) for name in now.kw}
    given |= {UNUSUAL: before.total - last_week, HELD: issued - now.total}
    return _named(given, last_week, LAST_WEEK)


@dataclass(frozen=True)
class _Given:
    """What each driver gives, kW by step; their `total`; the `median` of what the members say; the usual course."""

    kw: dict[str, FloatArray]
    total: FloatArray
    median: FloatArray
    course: FloatArray


def _given(panel: Panel, model: PanelModel, standing: Standing | None, at: int, horizon: int) -> _Given | None:
    rows = model.rows_of(panel, at, horizon)
    stands = np.isfinite(rows.base) & np.isfinite(rows.unit)
    families = list(model.family_of(rows, stands))
    if not stands.all() or not families:
        return None
    family, middle = families[0][0], int(np.abs(model.levels - 0.5).argmin())
    linear = next(family.linear_of(rows))[0]
    of_linear = np.column_stack([linear.parts(rows), linear.forecast(rows)[:, middle] - linear.median(rows)])
    of_boosted = of_linear
    if family.boosted is not None:
        found = np.asarray(family.boosted.models[middle].predict(rows.values, num_threads=1, pred_contrib=True))
        of_boosted = np.column_stack([found[:, :-1], np.zeros(horizon), found[:, -1]])
    weights = [0.5, 0.5] if standing is None else standing.weights
    parts = (weights[0] * of_boosted + weights[1] * of_linear) * rows.unit[:, None]
    names = [driver_of(name, panel.ahead_names) for name in (*rows.names, "slot", USUAL)]
    course = rows.base * rows.unit
    kw = {name: parts[:, [other == name for other in names]].sum(axis=1) for name in dict.fromkeys(names)}
    kw[USUAL] = kw[USUAL] + course
    blend = combine(model.say(panel, at, horizon), [standing], model.levels)
    near = followed(panel.target, blend, at=at, levels=model.levels, day=panel.clock.day)
    kw[NEWEST] = (near - blend)[0, :, middle].astype(np.float64)
    return _Given(kw, np.sum(list(kw.values()), axis=0), near[0, :, middle].astype(np.float64), course)


def driver_of(column: str, ahead_names: Sequence[str]) -> str:
    """The driver that a feature belongs to, in a person's word."""
    source = max((name for name in ahead_names if column.startswith(name)), key=len, default="")
    for driver, words in _OF_WEATHER.items():
        if source and any(word in source.lower() for word in words):
            return driver
    if source:
        return source.replace("_", " ")
    for driver, columns in _DRIVERS.items():
        if column in columns or column.startswith("now_off"):
            return "recent level" if column.startswith("now_off") else driver
    return USUAL


def _named(given: dict[str, FloatArray], base: FloatArray, against: str) -> Drivers:
    kept = {name: kw for name, kw in given.items() if np.abs(kw).max(initial=0.0) > 0}
    if not kept:
        kept = {HELD: np.zeros_like(base)}
    return Drivers(list(kept), np.stack(list(kept.values())), base, against)


def _known(panel: Panel, index: IntArray, at: int) -> FloatArray:
    """The target of the one series there; nan where it is not known at the issue."""
    usable = (index >= 0) & (index < min(at, panel.target.shape[1]))
    return np.where(usable, panel.target[0, np.where(usable, index, 0)], np.nan).astype(np.float64)


def similar_days(panel: Panel, series: int, at: int, *, count: int = 5) -> list[tuple[date, float]]:
    """The local days before `at` most like the day that is forecast (the one of half a day later), nearest first, with
    their distances: by kind of day, season, what is known ahead, and the level of the day before. Only days whose
    values are known."""
    clock = panel.clock
    day = clock.local_day - clock.local_day[0]
    wanted = int(day[min(at + clock.day // 2, clock.size - 1)])
    days = int(day[-1]) + 1
    known = np.where(np.arange(clock.size) < at, _padded(panel, series), np.nan)
    level, counts = _by_day(known, day, days)
    size = np.nanmean(np.abs(level)) if np.isfinite(level).any() else 1.0
    first = np.array([int((day == number).argmax()) for number in range(days)])
    free = ((clock.weekday >= 5) | clock.is_holiday)[first]
    season = 2 * np.pi * clock.day_of_year[first]
    traits = [3.0 * free, clock.is_holiday[first] * 1.0, np.sin(season), np.cos(season), _standard(_eve(level) / size)]
    traits += [_standard(_by_day(column, day, days)[0]) for column in _columns(panel, series)]
    apart = np.sqrt(np.nansum((np.stack(traits) - np.stack(traits)[:, [wanted]]) ** 2, axis=0))
    usable = np.flatnonzero((counts >= 0.8 * clock.day) & (np.arange(days) < wanted))
    nearest = usable[np.argsort(apart[usable], kind="stable")][:count]
    origin = int(clock.local_day[0])
    return [(_EPOCH + timedelta(days=origin + int(number)), round(float(apart[number]), 4)) for number in nearest]


def _padded(panel: Panel, series: int) -> FloatArray:
    values = np.full(panel.clock.size, np.nan)
    values[: panel.target.shape[1]] = panel.target[series]
    return values


def _columns(panel: Panel, series: int) -> list[FloatArray]:
    place = int(panel.place[series])
    if place < 0 or not panel.ahead.size:
        return []
    return [np.asarray(panel.ahead[place, :, number], np.float64) for number in range(panel.ahead.shape[2])]


def _by_day(values: FloatArray, day: IntArray, days: int) -> tuple[FloatArray, IntArray]:
    known = np.isfinite(values)
    count = np.bincount(day[known], minlength=days)
    total = np.bincount(day[known], values[known], days)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count


def _eve(level: FloatArray) -> FloatArray:
    return np.concatenate([[np.nan], level[:-1]])


def _standard(values: FloatArray) -> FloatArray:
    middle = mean_known(values)
    spread = np.sqrt(mean_known((values - middle) ** 2))
    return np.asarray((values - middle) / spread if spread > 0 else values * 0.0)
