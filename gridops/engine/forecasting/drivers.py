"""Why a forecast is what it is: its inputs are put back to those of the week before, one after another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.issuing import issue
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.panel import PanelModel
from gridops.engine.forecasting.standing import Standing

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
USUAL_COURSE, RECENT_LEVEL, HOLIDAYS = "usual course", "recent level", "holidays"
_WEEKS = 4
_KNOWN = 0.9  # of a day's steps, to be compared with


@dataclass(frozen=True)
class Drivers:
    """kW by step. `base`: what was at the same clock a week before. `kw`, drivers x steps, adds up to `median` less
    `base`; nan where the week before is not known. `names`: of the columns ahead, and the constants of this module."""

    base: FloatArray
    median: FloatArray
    names: tuple[str, ...]
    kw: FloatArray


def drivers(
    panel: Panel,
    model: PanelModel,
    standing: Standing | None,
    *,
    at: int,
    horizon: int,
    levels: Sequence[float] | FloatArray,
) -> Drivers:
    """Of a panel of one series, for the steps from `at`, at most a week of them.

    The path goes from last week's values over the mean of four weeks and over what the model says with last week's
    inputs ahead to what it says with today's, restored column by column and the holidays at last: parts that add up,
    each with all before it in place. Raises ValueError for more than one series or a week.
    """
    clock, step = panel.clock, at + np.arange(horizon)
    if len(panel) != 1 or horizon > 7 * clock.day:
        raise ValueError(f"one series and at most a week are explained at once, not {len(panel)} over {horizon} steps")
    then = clock.before(step, 7)
    weeks = np.stack([_values(panel, clock.before(step, 7 * week)) for week in range(1, _WEEKS + 1)])
    known = np.isfinite(weeks).sum(axis=0)
    usual = np.divide(np.nansum(weeks, axis=0), known, out=np.full(horizon, np.nan), where=known > 0)
    now = replace(panel, clock=replace(clock, holidays=frozenset()), ahead=_put_back(panel, step, then))
    said = _median(now, model, standing, step, levels)
    names, parts = [USUAL_COURSE, RECENT_LEVEL], [usual - weeks[0], said - usual]
    for changed, name in _restored(now, panel, step):
        following = _median(changed, model, standing, step, levels)
        names.append(name)
        parts.append(following - said)
        said = following
    return Drivers(weeks[0], said, tuple(names), np.stack(parts))


def nearest_days(panel: Panel, course: FloatArray, *, first: int, at: int, days: int = 70) -> list[tuple[int, float]]:
    """Past days of one series that went most like `course`, the expected values from the step `first` on: (days back,
    root mean square of the difference in parts of the mean size), nearest first. Only steps before `at` count."""
    step = first + np.arange(len(course))
    size = float(np.nanmean(np.abs(course))) if np.isfinite(course).any() else 0.0
    found = []
    for back in range(1, days + 1):
        index = panel.clock.before(step, back)
        values = np.where(index < at, _values(panel, index), np.nan)
        apart = (values - course)[np.isfinite(values) & np.isfinite(course)]
        if size > 0 and len(apart) >= _KNOWN * len(course):
            found.append((back, float(np.sqrt(np.mean(apart**2))) / size))
    return sorted(found, key=lambda one: one[1])


def _values(panel: Panel, index: IntArray) -> FloatArray:
    usable = (index >= 0) & (index < panel.target.shape[1])
    return np.where(usable, panel.target[0, np.where(usable, index, 0)], np.nan).astype(np.float64)


def _put_back(panel: Panel, step: IntArray, then: IntArray) -> npt.NDArray[np.floating]:
    if not panel.ahead_names:
        return panel.ahead
    ahead = panel.ahead.copy()
    ahead[:, step] = panel.ahead[:, np.clip(then, 0, panel.clock.size - 1)]
    return ahead


def _restored(now: Panel, panel: Panel, step: IntArray) -> list[tuple[Panel, str]]:
    found = []
    ahead = now.ahead
    for column, name in enumerate(panel.ahead_names):
        ahead = ahead.copy()
        ahead[:, step, column] = panel.ahead[:, step, column]
        found.append((replace(now, ahead=ahead), name))
    if panel.clock.holidays:
        found.append((panel, HOLIDAYS))
    return found


def _median(
    panel: Panel, model: PanelModel, standing: Standing | None, steps: IntArray, levels: Sequence[float] | FloatArray
) -> FloatArray:
    found = issue(panel, model, [standing], at=int(steps[0]), horizon=len(steps), levels=levels)
    middle = int(np.abs(np.asarray(levels) - 0.5).argmin())
    return np.asarray(found.quantiles[0, :, middle], np.float64)
