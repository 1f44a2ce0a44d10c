"""Which rows are learned from, and the window of the past that a forecast looks at."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.ahead import Ahead
from gridops.engine.forecasting.histories import At, Histories
from gridops.engine.forecasting.many import Effort, Panel, Progress
from gridops.engine.forecasting.panel_rows import DAYS_SEEN, PanelRows, Scene, made

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
SERIES_AT_ONCE = 250
_WITHOUT_AHEAD = 0.15  # of the rows: so that the model knows how to go on without
_SHORT_PAST = 0.1
_FOLDS = 4
_YEAR_DAYS = 330
_SEASON = ("year_sin", "year_cos")


def chunks(count: int) -> Iterator[slice]:
    """Series by the few hundred, so that memory stays bounded whatever their number."""
    for begin in range(0, count, SERIES_AT_ONCE):
        yield slice(begin, min(begin + SERIES_AT_ONCE, count))


def ahead_of(panel: Panel, names: tuple[str, ...], issue: int, horizon: int) -> Ahead:
    """What is known ahead at `issue`, of those columns, for the whole panel; of a past as it was known then.

    Raises ValueError where the clock ends before the horizon does.
    """
    if issue + horizon > panel.clock.size or issue < 1:
        raise ValueError(f"a forecast of steps {issue} to {issue + horizon} does not fit on {panel.clock.size} steps")
    first = _first(panel, issue)
    end = min(issue + horizon + max(3600 // panel.clock.step_s, 1), panel.clock.size)
    return Ahead(panel.clock, first, _as_known(panel, names, issue, slice(first, end)), names)


def _as_known(panel: Panel, names: tuple[str, ...], issue: int, window: slice) -> npt.NDArray:
    known = _columns(panel, names)[:, window]
    if not len(panel.later):
        return known
    step = np.arange(window.start, window.stop)
    days = np.where(step >= issue, panel.days_ahead(issue, step), 0)
    known = known.copy()
    for back in np.unique(days[days > 0]):
        known[:, days == back] = _of(panel, names, panel.later[back - 1])[:, window][:, days == back]
    return known


def _first(panel: Panel, issue: int) -> int:
    return max(issue - DAYS_SEEN * panel.clock.day, 0)


def windowed(panel: Panel, ahead: Ahead, issue: int) -> Scene:
    """What a forecast at `issue` may look at: the target before it and what is known ahead."""
    first = _first(panel, issue)
    return Scene(
        panel.clock,
        first,
        Histories(_padded(panel.target[:, first:issue], issue - first), 7 * panel.clock.day),
        ahead,
        panel.place,
        panel.group,
        panel.rated,
        panel.solar,
        panel.sun,
    )


def _padded(values: npt.NDArray, size: int) -> npt.NDArray:
    """Where the history ends before the issue, what lies between is unknown."""
    missing = size - values.shape[1]
    return values if missing <= 0 else np.pad(values, ((0, 0), (0, missing)), constant_values=np.nan)


def _columns(panel: Panel, names: tuple[str, ...]) -> npt.NDArray:
    """Of `ahead`, in the order of `names`; unknown where the panel lacks one."""
    return _of(panel, names, panel.ahead)


def _of(panel: Panel, names: tuple[str, ...], ahead: npt.NDArray) -> npt.NDArray:
    if panel.ahead_names == names and ahead.size:
        return ahead
    places = len(ahead) if ahead.size else 1
    found = np.full((places, panel.clock.size, len(names)), np.nan, np.float32)
    for number, name in enumerate(names):
        if name in panel.ahead_names and ahead.size:
            found[:, :, number] = ahead[:, :, panel.ahead_names.index(name)]
    return found


def sampled(
    panel: Panel, *, until: int, horizon: int, effort: Effort, progress: Progress
) -> tuple[PanelRows, FloatArray, IntArray]:
    """Rows with their goal (distance from the base, in units) and the fold of their days, drawn evenly over days; half
    of them with leads that favour the next hours. A kind of many series gets more of them than one of few, but not as
    many times more: what is rare has rows to be learned from."""
    panel = panel if effort.by_lead else replace(panel, later=panel.later[:0])
    generator = np.random.default_rng(effort.seed)
    until = min(until, panel.target.shape[1])
    begin = max(until - effort.days * panel.clock.day, 0)
    parts: list[tuple[PanelRows, FloatArray, IntArray]] = []
    weight = _weights(panel)
    window, names = slice(begin, until), panel.ahead_names
    known = Ahead(panel.clock, begin, _columns(panel, names)[:, window], names, panel.later[:, :, window])
    for chunk in chunks(len(panel)):
        progress("reading histories", chunk.start, len(panel))
        share = int(effort.most_rows * weight[chunk].sum() / weight.sum())
        some = panel.part(chunk)
        drawn = _drawn(some.target[:, begin:until], weight[chunk], max(share, 1), panel.clock.day, generator)
        at = _issued(drawn, horizon, panel.clock.day, generator)
        parts.append(_of_chunk(some, known, at, begin=begin, until=until, generator=generator))
    progress("reading histories", len(panel), len(panel))
    joined = _joined(parts)
    if until - begin < _YEAR_DAYS * panel.clock.day:
        _forget_season(joined[0])
    return joined


def _forget_season(rows: PanelRows) -> None:
    """From less than a year the season and a trend cannot be told apart: it is as if the date were not known."""
    for name in _SEASON:
        rows.values[:, rows.names.index(name)] = np.nan


def _weights(panel: Panel) -> FloatArray:
    """Per series: a kind counts as the square root of its number. Half of what is drawn of solar plants is night."""
    _, kind, count = np.unique(panel.group, return_inverse=True, return_counts=True)
    return np.where(panel.solar, 2.0, 1.0) / np.sqrt(count[kind])


def _of_chunk(
    panel: Panel, ahead: Ahead, at: At, *, begin: int, until: int, generator: np.random.Generator
) -> tuple[PanelRows, FloatArray, IntArray]:
    target, day = panel.target[:, begin:until], panel.clock.day
    scene = Scene(
        panel.clock,
        begin,
        Histories(target, 7 * day),
        ahead,
        panel.place,
        panel.group,
        panel.rated,
        panel.solar,
        panel.sun,
    )
    place = np.where(generator.random(len(at.series)) < _WITHOUT_AHEAD, -1, panel.place[at.series])
    made_rows = made(scene, at, place, panel.days_ahead(at.issue + begin, at.step + begin))
    actual = target[at.series, at.step] / made_rows.unit - made_rows.base
    usable = np.isfinite(actual) & ~made_rows.is_night  # of the nights there is nothing to learn
    fold = (at.step // (7 * day) + at.series) % _FOLDS
    return made_rows.chosen(usable), actual[usable].astype(np.float64), fold[usable]


def _drawn(
    target: npt.NDArray, weight: FloatArray, rows: int, day: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """Series, and steps of them with a known value."""
    size = target.shape[1]
    known = np.isfinite(target)
    tries = min(4 * rows, 8 * int(known.sum()))
    series, step = _chosen(weight, tries, generator), generator.integers(min(day, size - 1), size, tries)
    usable = np.flatnonzero(known[series, step])[:rows]
    return series[usable], step[usable]


def _issued(drawn: tuple[IntArray, IntArray], horizon: int, day: int, generator: np.random.Generator) -> At:
    """With issues before them; a tenth as if the series had begun only days ago."""
    series, step = drawn
    lead = _leads(horizon, len(step), generator)
    issue = np.maximum(step - lead, 1)
    short = generator.random(len(step)) < _SHORT_PAST
    since = np.where(short, issue - generator.integers(2 * day, 16 * day, len(step)), 0)
    return At(series, issue, step, np.maximum(since, 0))


def _chosen(weight: FloatArray, count: int, generator: np.random.Generator) -> IntArray:
    """As often as their weights say."""
    upto = np.cumsum(weight)
    found = np.searchsorted(upto / upto[-1], generator.random(count), side="right")
    return np.minimum(found, len(weight) - 1)


def _leads(horizon: int, count: int, generator: np.random.Generator) -> IntArray:
    even = generator.integers(0, horizon, count)
    soon = np.exp(generator.random(count) * np.log(horizon)).astype(np.int64)
    return np.where(generator.random(count) < 0.5, even, np.minimum(soon, horizon - 1))


def _joined(parts: list[tuple[PanelRows, FloatArray, IntArray]]) -> tuple[PanelRows, FloatArray, IntArray]:
    rows = [part[0] for part in parts]
    return PanelRows.joined(rows), np.concatenate([p[1] for p in parts]), np.concatenate([p[2] for p in parts])
