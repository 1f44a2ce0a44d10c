"""Quantiles in a third of the room: what comes back."""

import numpy as np
import pytest

from apps.forecasts.adapters.packed import packed_quantiles, unpacked_quantiles

LEVELS = 7
RNG = np.random.default_rng(8)
CASES = {
    "a course": 800 * np.sin(np.arange(192) / 15)[:, None] + np.sort(RNG.normal(0, 40, (192, LEVELS))),
    "wild, of both signs": np.sort(RNG.choice([-1e5, 1e5], (50, LEVELS))),
    "tiny": np.sort(RNG.normal(0, 1e-30, (5, LEVELS))),
    "huge": np.sort(RNG.normal(0, 1e12, (5, LEVELS))),
    "all alike": np.full((192, LEVELS), 3.7),
    "nothing": np.zeros((192, LEVELS)),
    "one step": np.sort(RNG.normal(0, 9, (1, LEVELS))),
}


@pytest.mark.parametrize("values", CASES.values(), ids=CASES)
def test_quantiles_come_back_within_a_part_of_the_largest_do_not_cross_and_do_not_outgrow_it(
    values: np.ndarray,
) -> None:
    back = unpacked_quantiles(packed_quantiles(values.astype(np.float32)), levels=LEVELS)
    largest = np.abs(values.astype(np.float32)).max()
    assert back.shape == values.shape
    assert np.abs(back - values).max() <= 2e-5 * largest
    assert (np.diff(back, axis=1) >= 0).all()
    assert np.abs(back).max() <= largest


def test_a_refused_series_comes_back_unknown() -> None:
    content = packed_quantiles(np.full((672, LEVELS), np.nan, np.float32))
    assert np.isnan(unpacked_quantiles(content, levels=LEVELS)).all()
    assert len(content) < 100


def test_a_course_takes_less_than_half_the_room_of_its_floats() -> None:
    course = CASES["a course"]
    assert len(packed_quantiles(course)) < 0.5 * 4 * course.size
