"""Forecasts of the next hours beside what was just measured."""

import numpy as np
import pytest

from gridops.engine.forecasting.metrics import pinball
from gridops.engine.forecasting.nearby import followed

DAY, LEVELS = 96, np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
NORMAL = np.array([-1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645])


def wandering(series: int, days: int, memory_steps: float, seed: int = 3) -> np.ndarray:
    """A daily course of 100 kW with a first-order autoregressive deviation of 10 kW."""
    generator = np.random.default_rng(seed)
    keep = np.exp(-1 / memory_steps)
    deviation = np.zeros((series, days * DAY))
    for step in range(1, days * DAY):
        deviation[:, step] = keep * deviation[:, step - 1] + np.sqrt(1 - keep**2) * generator.standard_normal(series)
    return 100 + 50 * np.sin(2 * np.pi * np.arange(days * DAY) / DAY) + 10 * deviation


def from_afar(at: int, horizon: int, series: int) -> np.ndarray:
    """The course and the whole spread: all that is known without the newest values."""
    course = 100 + 50 * np.sin(2 * np.pi * (at + np.arange(horizon)) / DAY)
    return np.tile(course[None, :, None] + 10 * NORMAL, (series, 1, 1)).astype(np.float32)


def drawn(target: np.ndarray, at: int) -> tuple[np.ndarray, np.ndarray]:
    far = from_afar(at, 2 * DAY, len(target))
    return far, followed(target[:, :at], far, at=at, levels=LEVELS, day=DAY)


def test_the_next_hours_are_told_better_with_the_newest_value_and_the_next_day_no_worse() -> None:
    target = wandering(40, 40, memory_steps=24)
    far, near = zip(*(drawn(target, at) for at in range(30 * DAY, 38 * DAY, 37)), strict=True)
    actual = np.stack([target[:, at : at + 2 * DAY] for at in range(30 * DAY, 38 * DAY, 37)])

    def loss(found: tuple[np.ndarray, ...], leads: slice) -> float:
        stacked = np.stack(found)[:, :, leads]
        return float(np.mean(pinball(actual[:, :, leads].ravel(), stacked.reshape(-1, len(LEVELS)), LEVELS)))

    assert loss(near, slice(0, 4)) < 0.6 * loss(far, slice(0, 4))
    assert loss(near, slice(4, 16)) < loss(far, slice(4, 16))
    np.testing.assert_array_equal(np.stack(near)[:, :, 16:], np.stack(far)[:, :, 16:])
    inside = (actual >= np.stack(near)[..., 1]) & (actual <= np.stack(near)[..., 5])
    assert inside[:, :, :16].mean() == pytest.approx(0.8, abs=0.08)


def test_levels_do_not_cross_and_nothing_after_the_issue_is_looked_at() -> None:
    target, at = wandering(5, 30, memory_steps=24), 28 * DAY
    other = target.copy()
    other[:, at:] = 1e6
    far, near = drawn(target, at)
    assert (np.diff(near, axis=2) >= 0).all()
    np.testing.assert_array_equal(
        followed(target, far, at=at, levels=LEVELS, day=DAY), followed(other, far, at=at, levels=LEVELS, day=DAY)
    )


def test_an_old_value_an_unknown_forecast_and_a_past_of_hours_change_nothing() -> None:
    target, at = wandering(3, 30, memory_steps=24), 28 * DAY
    target[0, at - 6 : at] = np.nan
    far = from_afar(at, DAY, 3)
    far[1] = np.nan
    near = followed(target[:, :at], far, at=at, levels=LEVELS, day=DAY)
    np.testing.assert_array_equal(near[:2], far[:2])
    assert (near[2] != far[2]).any()
    brief = target[:, : DAY // 2]
    np.testing.assert_array_equal(followed(brief, far, at=DAY // 2, levels=LEVELS, day=DAY), far)
