"""Conditions watched on solved states, by the engine's thresholds on their excess over the limit."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from gridops.engine.timeseries.thresholds import Thresholds, ThresholdState, evaluate

__all__ = ["ThresholdState", "Watch", "advance", "starting"]


@dataclass(frozen=True, slots=True)
class Watch:
    deadband: npt.NDArray[np.float64]
    on_delay_s: npt.NDArray[np.float64]
    off_delay_s: npt.NDArray[np.float64]

    def thresholds(self) -> Thresholds:
        count = len(self.deadband)
        return Thresholds(
            limit=np.zeros(count),
            is_high=np.ones(count, bool),
            deadband=self.deadband,
            on_delay_us=(self.on_delay_s * 1e6).astype(np.int64),
            off_delay_us=(self.off_delay_s * 1e6).astype(np.int64),
        )


def starting(active: npt.NDArray[np.bool_]) -> ThresholdState:
    return ThresholdState(active, np.zeros(len(active), np.int64))


def advance(
    watch: Watch, state: ThresholdState, excess: npt.NDArray[np.float64], as_of: datetime
) -> tuple[ThresholdState, list[int], list[int]]:
    """The new state, and which became active and inactive. Excess nan is unknown: it changes nothing."""
    count = len(excess)
    at_us = (as_of - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    result = evaluate(
        watch.thresholds(),
        state,
        which=np.arange(count),
        value=excess,
        at_us=np.full(count, at_us),
        usable=np.isfinite(excess),
    )
    return result.state, result.raised.tolist(), result.cleared.tolist()
