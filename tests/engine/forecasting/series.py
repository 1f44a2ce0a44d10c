"""Series whose truth is known."""

from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.forecasting import Clock, Record

HOUR_S = 3600
DAY = 24
MONDAY_S = 1_704_067_200  # 2024-01-01 00:00 UTC


def load(days: int, *, seed: int = 1, noise: float = 3.0, zone: str = "UTC", room_days: int = 3) -> Record:
    """A day's and a week's rhythm with noise, kW, hourly."""
    clock = Clock(MONDAY_S, HOUR_S, (days + room_days) * DAY, ZoneInfo(zone))
    hour, weekday = clock.second_of_day / HOUR_S, clock.weekday
    shape = 100 + 30 * np.sin((hour - 9) * np.pi / 12) - 15 * (weekday >= 5)
    target = shape[: days * DAY] + np.random.default_rng(seed).normal(0, noise, days * DAY)
    return Record(clock, target)


def mornings(record: Record, horizon: int) -> np.ndarray:
    """Issues at six."""
    ends = len(record.target) - horizon
    return np.flatnonzero(record.clock.second_of_day[: ends + 1] == 6 * HOUR_S)
