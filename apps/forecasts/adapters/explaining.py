"""The engine's drivers of one forecast, in words that people say."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apps.forecasts.adapters.arrays import FloatArray, midnight
from apps.forecasts.adapters.learning import PanelModel, Standing
from apps.forecasts.adapters.panels import LEVEL_ARRAY, History, Panel
from apps.forecasts.models import STEP_S
from gridops.engine.forecasting.drivers import drivers, nearest_days

# Column ahead: what more of it is called, what less, its unit.
_WEATHER = {
    "temperature_c": ("warmer", "colder", "°C"),
    "ghi_w_m2": ("sunnier", "duller", "W/m²"),
    "wind_speed_100m_m_s": ("windier", "calmer", "m/s"),
}
_NEAREST = 3


@dataclass(frozen=True)
class Driver:
    name: str
    kw: float
    detail: str


@dataclass(frozen=True)
class Similar:
    days_back: int
    apart: float
    starts_at: datetime
    kw: FloatArray


@dataclass(frozen=True)
class Why:
    """About one quarter hour: the mean of the hour and a half around it on either side."""

    base_kw: float
    median_kw: float
    drivers: list[Driver]


def why(
    history: History, panel: Panel, model: PanelModel, standing: Standing | None, *, steps: int, peak: int
) -> Why | None:
    """`peak`: of the steps from the end of the history. None where the week before is not known."""
    found = drivers(panel, model, standing, at=history.at, horizon=steps, levels=LEVEL_ARRAY)
    around = slice(max(peak - 6, 0), peak + 7)
    if not np.isfinite(found.kw[:, around]).all():
        return None
    parts = [
        Driver(**_words(panel, name, history.at, around), kw=float(kw[around].mean()))
        for name, kw in zip(found.names, found.kw, strict=True)
    ]
    return Why(_mean(found.base, around), _mean(found.median, around), parts)


def _mean(values: FloatArray, around: slice) -> float:
    return float(values[around].mean())


def similar(history: History, panel: Panel, course: FloatArray, *, first: int) -> list[Similar]:
    """`course`: expected from the step `first` after the end of the history on."""
    begin = history.at + first
    found = []
    for back, apart in nearest_days(panel, course, first=begin, at=history.at)[:_NEAREST]:
        index = panel.clock.before(begin + np.arange(len(course)), back)
        starts_at = midnight(history.first) + timedelta(seconds=int(index[0]) * STEP_S)
        found.append(Similar(back, apart, starts_at, np.asarray(history.values[0, index], np.float64)))
    return found


def _words(panel: Panel, name: str, at: int, around: slice) -> dict[str, str]:
    """Weather is told by what is different of it."""
    if name not in _WEATHER:
        return {"name": name.replace("_", " "), "detail": ""}
    more, less, unit = _WEATHER[name]
    values = panel.ahead[panel.place[0], :, panel.ahead_names.index(name)]
    step = np.arange(at + around.start, at + around.stop)
    apart = float(np.mean(values[step]) - np.mean(values[panel.clock.before(step, 7)]))
    word = more if apart >= 0 else less
    return {"name": word, "detail": f"{abs(apart):.1f} {unit} {word}" if np.isfinite(apart) else ""}
