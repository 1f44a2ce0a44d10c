"""Many series on one clock, and how much may be spent on learning from them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.histories import AnyFloats

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
Progress = Callable[[str, int, int], None]  # stage, done, total


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that nobody asked for."""
    return


@dataclass(frozen=True)
class Panel:
    """Many series on one clock. Positive is what the word says: load out of the network, generation into it; kW.

    `target`: series x known steps (float32 or float64), nan where unknown; the clock may be longer, to give room for
    the horizon. `group`: per series, which kind it is of; alike series share a number. `place`: per series, its row of
    `ahead`, or -1. `ahead`: places x steps of the clock x columns, as forecast for those steps, nan where unknown.
    `rated_kw`: of plants, whose forecasts stay within 0 and it; nan for others. `is_solar`: which of them the sun
    drives; `sun`: the column ahead that is the irradiance, empty where there is none. `later`: days x `ahead`: what was
    forecast for those steps that many days more before, for a past that is learned from; `ahead` itself is of the day
    before. Forecasts of a day are those that were known at its step `gate`.
    """

    clock: Clock
    target: AnyFloats
    group: IntArray
    place: IntArray
    ahead: AnyFloats = field(default_factory=lambda: np.empty((0, 0, 0)))
    ahead_names: tuple[str, ...] = ()
    rated_kw: FloatArray | None = None
    is_solar: BoolArray | None = None
    sun: str = ""
    later: AnyFloats = field(default_factory=lambda: np.empty((0, 0, 0, 0)))
    gate: int = 0

    def __post_init__(self) -> None:
        count = len(self.target)
        if len(self.group) != count or len(self.place) != count:
            raise ValueError(f"{count} series need as many groups and places: {len(self.group)}, {len(self.place)}")
        if self.target.shape[1] > self.clock.size:
            raise ValueError(f"{self.target.shape[1]} steps do not fit on a clock of {self.clock.size}")
        if self.ahead_names and self.ahead.shape[2] != len(self.ahead_names):
            raise ValueError(f"{self.ahead.shape[2]} columns ahead have {len(self.ahead_names)} names")
        if self.ahead_names and self.ahead.shape[1] != self.clock.size:
            raise ValueError(f"what is known ahead has {self.ahead.shape[1]} steps; the clock has {self.clock.size}")

    def __len__(self) -> int:
        return len(self.target)

    def days_ahead(self, issue: IntArray | int, step: IntArray) -> IntArray:
        """How many of `later` must be passed by so that what is forecast for a step had been known at the issue; 0: it
        is `ahead`."""
        first = self.clock.start_s // self.clock.step_s
        days = (first + step) // self.clock.day - (first + issue - self.gate) // self.clock.day
        return np.asarray(np.clip(days - 1, 0, len(self.later)), np.int64)

    @property
    def rated(self) -> FloatArray:
        """Per series, kW; nan for what is no plant."""
        return np.full(len(self), np.nan) if self.rated_kw is None else np.asarray(self.rated_kw, np.float64)

    @property
    def solar(self) -> BoolArray:
        """Per series: a plant that the sun drives."""
        return np.zeros(len(self), np.bool_) if self.is_solar is None else self.is_solar & np.isfinite(self.rated)

    def part(self, series: slice | IntArray) -> "Panel":
        return replace(
            self,
            target=self.target[series],
            group=self.group[series],
            place=self.place[series],
            rated_kw=None if self.rated_kw is None else self.rated_kw[series],
            is_solar=None if self.is_solar is None else self.is_solar[series],
        )


@dataclass(frozen=True)
class Effort:
    """How much a training may cost. The same panel and effort give the same model.

    `most_rows`: sampled over series and issues. `days`: of history. `by_lead`: from weather as it was forecast from
    each lead; few trees learn less of it than it costs them on the next days.
    """

    most_rows: int = 200_000
    trees: int = 120
    leaves: int = 31
    seed: int = 1
    days: int = 365
    by_lead: bool = True


FIRST = Effort(most_rows=40_000, trees=60, leaves=24, by_lead=False)  # so that a new room has a model within seconds
