"""Bands without steps that are no news."""

import numpy as np
import pytest

from gridops.engine.forecasting.edges import evened
from tests.engine.forecasting.panels import LEVELS

DAY = 96
SPREAD = np.array([-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0])


def said(course: np.ndarray, width: np.ndarray) -> np.ndarray:
    """One member, one series."""
    return np.asarray((course[:, None] + width[:, None] * SPREAD)[None, None], np.float32)


def steps(found: np.ndarray) -> np.ndarray:
    """The largest of each level."""
    return np.asarray(np.abs(np.diff(found[0, 0], axis=0)).max(axis=0))


def test_a_band_that_widens_at_once_goes_there_within_hours_and_its_median_stays() -> None:
    course = np.full(2 * DAY, 100.0)
    width = np.where(np.arange(2 * DAY) < 120, 5.0, 10.0)

    found = evened(said(course, width), course[None], LEVELS, DAY)

    assert found[0, 0, :, 3] == pytest.approx(course)
    assert steps(found)[0] < 0.25 * steps(said(course, width))[0]
    assert found[0, 0, [0, -1], 0] == pytest.approx([85.0, 70.0])
    assert (np.diff(found, axis=-1) >= 0).all()


def test_where_another_day_becomes_the_newest_known_the_two_meet_in_the_middle() -> None:
    course = np.where(np.arange(2 * DAY) < DAY, 100.0, 160.0)

    found = evened(said(course, np.full(2 * DAY, 5.0)), course[None], LEVELS, DAY)

    assert steps(found).max() < 8.0
    assert found[0, 0, [0, -1], 3] == pytest.approx([100.0, 160.0], abs=3.0)


def test_a_step_of_the_usual_course_is_kept() -> None:
    course = np.where(np.arange(2 * DAY) < 40, 100.0, 160.0)

    found = evened(said(course, np.full(2 * DAY, 5.0)), course[None], LEVELS, DAY)

    assert found[0, 0, :, 3] == pytest.approx(course)


def test_what_is_not_known_stays_so_and_what_is_known_stays_known() -> None:
    course = np.full(2 * DAY, 100.0)
    one = said(course, np.full(2 * DAY, 5.0))
    one[0, 0, 50] = np.nan

    found = evened(one, course[None], LEVELS, DAY)

    assert np.isnan(found[0, 0, 50]).all()
    assert np.isfinite(np.delete(found[0, 0], 50, axis=0)).all()
