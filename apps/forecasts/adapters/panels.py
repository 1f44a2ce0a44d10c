"""Rows of series and their history as the engine's panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np

from apps.forecasts.adapters.arrays import DAY, Float32Array, FloatArray, IntArray, midnight, steps_between
from apps.forecasts.choices import Quantity
from apps.forecasts.models import LEVELS, STEP_S, STEPS_A_DAY, Series
from apps.weather.choices import Variable
from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.many import FIRST, Effort, Panel

__all__ = ["FIRST_EFFORT", "FULL_EFFORT", "Ahead", "Effort", "History", "Panel", "panel_of"]

ENGINE_VERSION = "forecasting 1"
LEVEL_ARRAY: FloatArray = np.array(LEVELS)
FULL_EFFORT = Effort()
FIRST_EFFORT = FIRST
ROOM_DAYS = 9  # of the clock beyond the history: a week ahead, and the local days around its end


@dataclass(frozen=True)
class History:
    """Series x quarter hours from midnight UTC of `first`; nothing at `until` and later is known."""

    series: Sequence[Series]
    first: date
    until: datetime
    values: Float32Array

    @property
    def at(self) -> int:
        """The first step that is not known."""
        return steps_between(midnight(self.first), self.until)

    @property
    def keys(self) -> list[int]:
        return [one.pk for one in self.series]

    def day(self, step: int) -> date:
        return self.first + DAY * (step // STEPS_A_DAY)


@dataclass(frozen=True)
class Ahead:
    """What is known ahead: places x steps of the clock x columns; and the place of each series, -1 for none."""

    names: tuple[str, ...] = ()
    values: Float32Array = field(default_factory=lambda: np.empty((0, 0, 0), np.float32))
    place: IntArray | None = None
    told: Mapping[str, object] = field(default_factory=dict)  # where it is from, for the record
    later: Float32Array = field(default_factory=lambda: np.empty((0, 0, 0, 0), np.float32))  # see the engine's panel
    gate: int = 0


def clock_of(first: date, days: int, zone: ZoneInfo, holidays: frozenset[date]) -> Clock:
    return Clock(int(midnight(first).timestamp()), STEP_S, days * STEPS_A_DAY, zone, holidays)


def panel_of(history: History, clock: Clock, ahead: Ahead, groups: Sequence[str]) -> Panel:
    """`groups`: the numbers that the names of kinds have; a kind that is not among them gets one behind them."""
    number = {name: position for position, name in enumerate(groups)}
    rated = [np.nan if one.rated_kw is None else one.rated_kw for one in history.series]
    count = len(history.series)
    return Panel(
        clock=clock,
        target=history.values[:, : history.at],
        group=np.array([number.setdefault(one.group, len(number)) for one in history.series], np.int64),
        place=np.full(count, -1, np.int64) if ahead.place is None else ahead.place,
        ahead=ahead.values if ahead.names else np.empty((0, 0, 0), np.float32),
        ahead_names=ahead.names,
        rated_kw=np.array(rated, np.float64),
        is_solar=np.array([one.quantity == Quantity.PV for one in history.series], np.bool_),
        later=ahead.later,
        gate=ahead.gate,
        sun=Variable.GHI_W_M2 if Variable.GHI_W_M2 in ahead.names else "",
    )
