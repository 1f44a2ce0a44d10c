"""Features of many series at once, in units of each series' own level, so that one model serves them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.ahead import Ahead
from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.features import calendar, mean_known
from gridops.engine.forecasting.histories import At, Histories
from gridops.engine.forecasting.levels import DAYS_BACK, Levels, found

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Float32Array = npt.NDArray[np.float32]
BoolArray = npt.NDArray[np.bool_]
Columns = dict[str, npt.NDArray[Any]]
DAYS_SEEN = DAYS_BACK + 10  # of history before an issue that its features look at
_WEEK = 7
_PER_ROW = ("values", "base", "unit", "group", "is_plant", "is_solar", "has_ahead")
_LEAST_LIGHT, _MOST_LIGHT = 0.05, 4.0  # times the usual one
_DARK_W_M2 = 5.0
_NIGHT = 1e-4  # of the rated power
_FADES_H = (1.0, 6.0, 24.0)
_CALENDAR = ("hour", "weekday", "weekend", "year_sin", "year_cos", "holiday", "after_holiday", "before_holiday")
LEVEL_NAMES = (
    "clock_1",
    "clock_2",
    "clock_3",
    "weekday_1",
    "weekday_2",
    "clock_mean",
    "weekday_mean",
    "last",
    "day_level",
)


@dataclass(frozen=True)
class Scene:
    """A window of the panel from the clock's position `first` on, with what is known ahead from the same position on.
    `place`, `group`, `rated`: per series."""

    clock: Clock
    first: int
    past: Histories
    ahead: Ahead
    place: IntArray
    group: IntArray
    rated: FloatArray
    solar: BoolArray
    sun: str


@dataclass(frozen=True)
class PanelRows:
    """`values`: rows x names, float32, in units. `base`: what the recent past at the same clock says, in units. `unit`:
    kW. `has_ahead`: whether what is known ahead is known. `is_plant`: measured in its rated power, base 0. `is_solar`:
    a plant whose base is its usual course in the light that is forecast; without one of both it is night."""

    values: Float32Array
    names: tuple[str, ...]
    ahead: tuple[int, ...]  # numbers of the columns that are known ahead
    base: FloatArray
    unit: FloatArray
    group: IntArray
    is_plant: BoolArray
    is_solar: BoolArray
    has_ahead: BoolArray

    @property
    def is_night(self) -> BoolArray:
        return self.is_solar & (self.base <= _NIGHT)

    def chosen(self, rows: npt.NDArray) -> "PanelRows":
        some: dict[str, Any] = {name: getattr(self, name)[rows] for name in _PER_ROW}
        return replace(self, **some)

    @classmethod
    def joined(cls, parts: Sequence["PanelRows"]) -> "PanelRows":
        found: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _PER_ROW}
        return replace(parts[0], **found)


def made(scene: Scene, at: At, place: IntArray | None = None, days_ahead: IntArray | int = 0) -> PanelRows:
    """Rows in the order of `at`, flattened. `place`: per row, where it is not that of its series. `days_ahead`: see
    `Panel`."""
    clock, past = scene.clock, scene.past
    rated = scene.rated[at.series]
    levels = found(past, at, clock.day, rated)
    is_plant = np.isfinite(rated)
    nearest = np.maximum(-((at.issue - 1 - at.step) // clock.day), 1)
    weeks = -(-nearest // _WEEK)
    same_clock = np.stack([_back(scene, at, nearest + k, levels, k) for k in range(_WEEK)])
    ages = [_WEEK * (weeks + k) for k in range(4)]
    same_weekday = np.stack([_back(scene, at, age, levels, age - nearest) for age in ages])
    course = mean_known(np.stack([mean_known(same_clock), mean_known(same_weekday)]))
    course = np.where(np.isfinite(course), course, past.values.mean(at, 28 * clock.day))
    place = scene.place[at.series] if place is None else place
    weather = dict(scene.ahead.columns(at, nearest, place, days_ahead))
    is_solar = scene.solar[at.series]
    course = np.where(is_solar, course * _light(scene.sun, weather), course) if is_solar.any() else course
    base = np.where(is_plant & ~is_solar, 0.0, course)
    columns: Columns = _level_columns(past, at, clock.day, same_clock, same_weekday)
    columns = {name: (value - base) / levels.unit for name, value in columns.items()}
    lead_h = np.asarray((at.step - at.issue) * (clock.step_s / 3600.0), np.float64)
    columns |= _drift(scene, at, levels, lead_h) | _calendar(clock, at.step + scene.first)
    columns |= {"lead_h": lead_h, "course": course / levels.size, "rough": levels.rough}
    columns |= {"clock_spread": np.sqrt(mean_known((same_clock - mean_known(same_clock)) ** 2)) / levels.unit}
    columns |= {"size": np.log(levels.size), "group": scene.group[at.series]}
    return _matrix(
        scene,
        at,
        columns=columns | weather,
        weather=tuple(weather),
        base=base / levels.unit,
        levels=levels,
        is_plant=is_plant,
        is_solar=is_solar,
    )


def _light(sun: str, weather: Mapping[str, npt.NDArray]) -> FloatArray | float:
    """How many times the usual light is forecast; 1 where that is not known."""
    if sun not in weather:
        return 1.0
    now = np.asarray(weather[sun], np.float64)
    usual = now - weather[f"{sun}_off"]
    times = np.clip((now + _DARK_W_M2) / (usual + _DARK_W_M2), _LEAST_LIGHT, _MOST_LIGHT)
    return np.where(np.isfinite(times), times, 1.0)


def _back(scene: Scene, at: At, days: IntArray, levels: Levels, age: int | IntArray) -> FloatArray:
    """At the same clock so many days before, brought to the level of today. `age`: days that lie between its day and
    the day before the issue."""
    index = scene.clock.before(at.step + scene.first, days) - scene.first
    return levels.adjusted(scene.past.at(at, index), age)


def _level_columns(past: Histories, at: At, day: int, same_clock: FloatArray, same_weekday: FloatArray) -> Columns:
    values = [*same_clock[:3], *same_weekday[:2], mean_known(same_clock), mean_known(same_weekday)]
    return dict(zip(LEVEL_NAMES, [*values, past.last(at)[0], past.values.mean(at, day)], strict=True))


def _drift(scene: Scene, at: At, levels: Levels, lead_h: FloatArray) -> Columns:
    """How the newest values stand to the usual course of their own hours, and how that fades with the lead."""
    past, day = scene.past, scene.clock.day
    hours = max(day // 8, 1)
    now = past.last(at)[0] - _usual(scene, at, 1, levels)
    lately = past.values.mean(at, hours) - _usual(scene, at, hours, levels)
    today = past.values.mean(at, day) - _usual(scene, at, day, levels)
    month = past.values.mean(at, 7 * day) - past.values.mean(at, 28 * day)
    columns = {"now_off": now, "hours_off": lately, "day_off": today, "week_off": month}
    columns = {name: value / levels.unit for name, value in columns.items()}
    for fade in _FADES_H:
        columns[f"now_off_{fade:g}h"] = columns["now_off"] * np.exp(-lead_h / fade)
    columns["age_h"] = past.last(at)[1] * (scene.clock.step_s / 3600.0)
    return columns


def _usual(scene: Scene, at: At, steps: int, levels: Levels) -> FloatArray:
    """Mean of the same hours one day, one week and two weeks before, at the level of today."""
    past, day = scene.past.values, scene.clock.day
    found = [levels.adjusted(past.mean(at, steps, back * day), back) for back in (1, 7, 14)]
    return mean_known(np.stack([mean_known(np.stack(found[:2])), mean_known(np.stack(found[1:]))]))


def _calendar(clock: Clock, step: IntArray) -> Columns:
    columns = calendar(clock, step)
    return {name: columns[name] for name in _CALENDAR}


def _matrix(
    scene: Scene,
    at: At,
    *,
    columns: Mapping[str, npt.NDArray],
    weather: tuple[str, ...],
    base: FloatArray,
    levels: Levels,
    is_plant: BoolArray,
    is_solar: BoolArray,
) -> PanelRows:
    shape = np.broadcast_shapes(at.shape, base.shape)
    values = np.empty((*shape, len(columns)), np.float32)
    for number, column in enumerate(columns.values()):
        values[..., number] = column

    def flat(array: npt.NDArray) -> npt.NDArray:
        return np.broadcast_to(array, shape).ravel()

    known = [np.isfinite(columns[name]) for name in scene.ahead.names]
    has_ahead = np.all([np.broadcast_to(one, shape) for one in known], axis=0) if known else np.ones(shape, np.bool_)
    return PanelRows(
        values.reshape(-1, len(columns)),
        tuple(columns),
        tuple(number for number, name in enumerate(columns) if name in weather),
        flat(base),
        flat(levels.unit),
        flat(scene.group[at.series]),
        flat(is_plant),
        flat(is_solar),
        has_ahead.ravel(),
    )
