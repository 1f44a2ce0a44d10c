"""What is wrong with histories, as the engine names it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from apps.forecasts.adapters.arrays import midnight
from apps.forecasts.adapters.panels import History
from apps.forecasts.choices import Quantity
from apps.forecasts.models import STEP_S
from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.quality import Fault as FaultKind
from gridops.engine.forecasting.quality import examined

_STEP = timedelta(seconds=STEP_S)
# Sun and wind differ from day to day as they like: of plants only these are faults.
_OF_PLANTS = frozenset({FaultKind.GAP, FaultKind.FLAT, FaultKind.SIGN})
_GENERATION = frozenset({Quantity.PV, Quantity.WIND})


@dataclass(frozen=True, slots=True)
class Fault:
    series: int
    fault: str
    begins_at: datetime
    ends_at: datetime
    size: float


class _Clocks:
    """Of histories that begin on the same day one serves all: what it works out of the calendar is dear."""

    def __init__(self, whole: Clock) -> None:
        self._whole = whole
        self._known: dict[int, Clock] = {}

    def of(self, begin: int, size: int) -> Clock:
        whole = self._whole
        if begin not in self._known:
            start_s = whole.start_s + begin * STEP_S
            self._known[begin] = Clock(start_s, STEP_S, size, whole.zone, whole.holidays)
        return self._known[begin]


def faults_of(history: History, clock: Clock) -> Iterator[Fault]:
    """Of every series, from its first known value on: what was before it began is no gap."""
    start, clocks = midnight(history.first), _Clocks(clock)
    for series, row in zip(history.series, history.values[:, : history.at].astype(np.float64), strict=True):
        known = np.flatnonzero(np.isfinite(row))
        if not len(known):
            continue
        begin = int(known[0]) // clock.day * clock.day  # whole days stay whole days
        for one in examined(clocks.of(begin, len(row) - begin), row[begin:].copy()):
            if series.quantity in _GENERATION and one.fault not in _OF_PLANTS:
                continue
            first = begin + max(one.begin, int(known[0]) - begin)
            yield Fault(
                series.pk, one.fault.value, start + _STEP * first, start + _STEP * (begin + one.end), float(one.size)
            )
