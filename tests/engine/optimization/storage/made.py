"""Prices of a day, and the schedule that there must be."""

import numpy as np

from gridops.engine.optimization.storage.plan import Planned, Schedule

HOURS = 24


def prices(seed: int, low: float = 0.02) -> np.ndarray:
    chance = np.random.default_rng(seed)
    return low + 0.05 * (1 + np.sin(np.arange(HOURS) / 3 + chance.random() * 6)) + 0.01 * chance.normal(size=HOURS)


def schedule(planned: Planned) -> Schedule:
    assert planned.schedule is not None, planned.reason
    return planned.schedule
