"""Courses of series whose forecasts are honest by their making: the usual course, and how a series strays from it."""

from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

from apps.forecasts.choices import Quantity
from apps.forecasts.models import LEVELS, Series

DAY = 96
MEMORY = 0.97  # of a deviation, from one quarter hour to the next
_Z = np.array([NormalDist().inv_cdf(level) for level in LEVELS])


@dataclass
class Course:
    """What a series usually is, and how it strays."""

    series: Series
    size_kw: float
    seed: int
    first: int  # step of the first value
    steps: int
    usual: np.ndarray = field(init=False)
    astray: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        at = self.first + np.arange(self.steps)
        hour, day = (at % DAY) / 4, at // DAY
        rng = np.random.default_rng(self.seed)
        daily = rng.normal(0, 0.04, int(day.max() - day.min()) + 1)[day - day.min()]
        self.usual = self.size_kw * SHAPES[self.series.quantity](hour, (day + 3) % 7, daily)
        self.astray = np.empty(self.steps)
        self.astray[0] = 0.0
        for n, shock in enumerate(rng.normal(0, 1, self.steps - 1), start=1):
            self.astray[n] = MEMORY * self.astray[n - 1] + np.sqrt(1 - MEMORY**2) * shock
        self.noise = 0.06 * self.size_kw * (0.3 + 0.7 * self.usual / self.size_kw)

    @property
    def values(self) -> np.ndarray:
        found = self.usual + self.noise * self.astray
        return np.maximum(found, 0.0) if self.series.quantity in (Quantity.PV, Quantity.WIND) else found

    def said(self, at: int, steps: int, narrow: float = 1.0) -> np.ndarray:
        """Steps x levels, from what is known at the step."""
        begin = at - self.first
        ahead = np.arange(1, steps + 1)
        usual, noise = self.usual[begin : begin + steps], self.noise[begin : begin + steps]
        left = MEMORY**ahead * self.astray[begin - 1]
        spread = np.sqrt(1 - MEMORY ** (2 * ahead))
        said = usual[:, None] + noise[:, None] * (left[:, None] + narrow * spread[:, None] * _Z)
        return np.maximum(said, 0.0) if self.series.quantity in (Quantity.PV, Quantity.WIND) else said


def _load(hour: np.ndarray, weekday: np.ndarray, daily: np.ndarray) -> np.ndarray:
    course = 0.45 + 0.2 * np.exp(-(((hour - 8.5) / 2.2) ** 2)) + 0.38 * np.exp(-(((hour - 18.5) / 3.0) ** 2))
    return (course + 0.12 * ((hour > 6) & (hour < 22))) * np.where(weekday >= 5, 0.82, 1.0) * (1 + daily)


def _sun(hour: np.ndarray, weekday: np.ndarray, daily: np.ndarray) -> np.ndarray:
    return (
        np.maximum(np.sin((hour - 6.5) / 10 * np.pi), 0.0) * (hour > 6.5) * (hour < 16.5) * (0.5 + 6 * daily).clip(0.1)
    )


def _wind(hour: np.ndarray, weekday: np.ndarray, daily: np.ndarray) -> np.ndarray:
    return (0.4 + 5 * daily + 0.08 * np.cos(hour / 24 * 2 * np.pi)).clip(0.02, 1)


def _net(hour: np.ndarray, weekday: np.ndarray, daily: np.ndarray) -> np.ndarray:
    return _load(hour, weekday, daily) - 0.25 * _sun(hour, weekday, np.zeros_like(daily))


SHAPES = {Quantity.LOAD: _load, Quantity.NET_LOAD: _net, Quantity.PV: _sun, Quantity.WIND: _wind}
