"""What the prices of a day may be: the forecast with the errors of past days, whole days at a time."""

import numpy as np

from gridops.engine.network.model import FloatArray

WINDOW = 90  # days whose errors are remembered
LEAST_DAYS = 10
_WEEK, _MEMORY, _LEAST_OF_USUAL, _TINY = 7, 0.9, 0.2, 1e-9


def scenarios(
    forecast: FloatArray, actual: FloatArray, number: int, count: int, generator: np.random.Generator
) -> FloatArray:
    """(count, S) prices of day `number`: its forecast plus errors of days before it, drawn with return.

    forecast, actual: (D, S); only days before `number` are looked at. An error is kept whole, so that hours keep going
    together as they did. Raises ValueError with fewer than ten days to draw from.
    """
    errors = _errors(forecast, actual, number)
    return np.asarray(forecast[number] + errors[generator.integers(0, len(errors), count)])


def bands(forecast: FloatArray, actual: FloatArray, number: int, levels: FloatArray) -> FloatArray:
    """(S, levels) quantiles of day `number`, ascending. Raises as `scenarios`.

    Of the errors of days before it, in units of what was usual when they were made: those of the same hour and the ones
    beside it. The usual error is a mean that forgets, so that bands widen in restless weeks. Levels are moved outward
    by what a sample of so few days misses: quantile (n + 1) level of n errors, as in conformal prediction.
    """
    errors = _errors(forecast, actual, number)
    usual, now = _usual(np.abs(errors).mean(axis=1))
    relative = errors / usual[:, None]
    count, slots = relative.shape
    moved = np.clip((levels * (count + 1) - 1) / (count - 1), 0.0, 1.0)
    beside = max(slots // 24, 1)
    spread = [
        np.quantile(relative[:, max(slot - beside, 0) : slot + beside + 1], moved, axis=None) for slot in range(slots)
    ]
    return np.asarray(forecast[number][:, None] + now * np.array(spread))


def _usual(sizes: FloatArray) -> tuple[FloatArray, float]:
    """Before each day, and after the last."""
    floor = _LEAST_OF_USUAL * float(sizes.mean()) + _TINY
    usual, told = np.empty(len(sizes)), float(sizes[:_WEEK].mean())
    for number, size in enumerate(sizes):
        usual[number] = told
        told = _MEMORY * told + (1 - _MEMORY) * float(size)
    return np.maximum(usual, floor), max(told, floor)


def _errors(forecast: FloatArray, actual: FloatArray, number: int) -> FloatArray:
    past = (actual - forecast)[:number]
    past = past[np.isfinite(past).all(axis=1)][-WINDOW:]
    if len(past) < LEAST_DAYS:
        raise ValueError(f"day {number}: {len(past)} days before it have a forecast; {LEAST_DAYS} are needed.")
    return past
