import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gridops.engine.timeseries.regrid import Course, regrid

HOURLY = {"starts_s": 0.0, "step_s": 3600.0}
QUARTERS = {"to_starts_s": 0.0, "to_step_s": 900.0}
VALUES = arrays.arrays(np.float64, st.integers(1, 30), elements=st.floats(0, 1000))


@given(VALUES)
def test_a_mean_keeps_its_sum_and_never_becomes_negative(values: np.ndarray) -> None:
    fine = regrid(values, **HOURLY, **QUARTERS, steps=4 * len(values), course=Course.MEAN)
    assert fine.reshape(-1, 4).mean(axis=1) == pytest.approx(values, abs=1e-6)
    assert (fine >= -1e-6).all()


@given(VALUES)
def test_a_sum_keeps_its_total(values: np.ndarray) -> None:
    fine = regrid(values, **HOURLY, **QUARTERS, steps=4 * len(values), course=Course.SUM)
    assert fine.sum() == pytest.approx(values.sum(), abs=1e-6)


def test_an_instant_is_linear_between_its_values_and_stands_after_the_last() -> None:
    fine = regrid(np.array([0.0, 4.0]), **HOURLY, **QUARTERS, steps=9, course=Course.INSTANT)
    assert fine[:8] == pytest.approx([0.5, 1.5, 2.5, 3.5, 4, 4, 4, 4])
    assert np.isnan(fine[8])


def test_to_a_coarser_grid_it_is_the_mean() -> None:
    fine = np.arange(8.0)
    coarse = {"starts_s": 0.0, "step_s": 900.0, "to_starts_s": 0.0, "to_step_s": 3600.0, "steps": 2}
    assert regrid(fine, **coarse, course=Course.MEAN) == pytest.approx([1.5, 5.5])
    assert regrid(fine, **coarse, course=Course.SUM) == pytest.approx([6, 22])


def test_what_is_not_covered_wholly_is_not_known() -> None:
    for course in (Course.INSTANT, Course.MEAN):
        fine = regrid(np.array([1.0, np.nan, 3.0]), **HOURLY, **QUARTERS, steps=12, course=course)
        assert np.isfinite(fine[:4]).all()
        assert np.isnan(fine[4:8]).all()
        assert np.isfinite(fine[8:]).all()
    before = regrid(np.ones(2), **HOURLY, to_starts_s=-450.0, to_step_s=900.0, steps=3, course=Course.MEAN)
    assert np.isnan(before[0])
    assert before[1:] == pytest.approx([1, 1])


def test_from_north_west_to_north_east_the_way_leads_over_north() -> None:
    fine = regrid(np.array([350.0, 10.0]), **HOURLY, **QUARTERS, steps=4, course=Course.DIRECTION)
    assert ((fine > 345) | (fine < 15)).all()


def test_nothing_known_gives_nothing() -> None:
    for course in Course:
        assert np.isnan(regrid(np.zeros(0), **HOURLY, **QUARTERS, steps=3, course=course)).all()


def test_a_step_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        regrid(np.ones(2), starts_s=0, step_s=0, **QUARTERS, steps=1, course=Course.MEAN)
