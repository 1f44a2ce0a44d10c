"""Kinds of arrays, and the quarter hours since 1970 that they count in."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from apps.forecasts.models import STEP_S, STEPS_A_DAY

Float32Array = npt.NDArray[np.float32]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DAY = timedelta(days=1)


def floored(at: datetime) -> datetime:
    """The begin of its quarter hour."""
    return datetime.fromtimestamp(int(at.timestamp()) // STEP_S * STEP_S, UTC)


def midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC)


def steps_between(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds()) // STEP_S


def days_of(steps: int) -> int:
    return -(-steps // STEPS_A_DAY)
