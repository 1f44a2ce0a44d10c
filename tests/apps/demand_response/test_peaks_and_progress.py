"""Hours that stand out in a course, and what is still to be had of a stage from what has been told."""

import numpy as np
import pytest

from apps.demand_response.adapters.peaks import dear_block, peak_block
from apps.demand_response.selectors.progress import Told, stage_outlook
from apps.dispatch.models import CallStage

LEVELS = (0.1, 0.5, 0.9)


def course(middle: list[float], spread: float = 10.0) -> np.ndarray:
    return np.array(middle)[:, None] + spread * np.array([-1.0, 0.0, 1.0])


def test_a_peak_is_the_hours_around_the_highest_that_pass_the_threshold() -> None:
    found = peak_block(course([80, 96, 100, 97, 80, 99, 80]), LEVELS, 95.0)
    assert found is not None and (found.first, found.behind, found.excess) == (1, 4, 5.0)
    assert 0.5 < found.probability < 0.9


def test_what_only_a_high_course_passes_is_a_peak_with_its_small_probability() -> None:
    found = peak_block(course([80, 92, 80]), LEVELS, 95.0)
    assert found is not None and found.probability < 0.5
    assert peak_block(course([80, 82, 80]), LEVELS, 95.0) is None


def test_unknown_hours_are_no_peak() -> None:
    assert peak_block(course([80, float("nan"), 100]), LEVELS, 95.0) is None
    assert dear_block(np.full(5, np.nan)) is None


def test_dear_hours_stand_above_the_mean_and_a_flat_price_has_none() -> None:
    price = np.array([50.0] * 18 + [120.0, 130.0])
    found = dear_block(price)
    assert found is not None and (found.first, found.behind) == (18, 20)
    assert found.excess == pytest.approx(125.0 - price.mean())
    assert dear_block(np.full(8, 40.0)) is None


def test_who_has_not_told_is_unknown_and_only_what_is_certain_is_missing() -> None:
    stage = CallStage(expected_kw_p50=100.0, customers=10)
    told = [Told(40.0, 60.0, 40.0)]
    found = stage_outlook(stage, told, {"asked": 10, "opted_out": 1})
    assert (found["expected_kw"], found["unknown_kw"], found["opted_out_kw"]) == (20.0, 50.0, 10.0)
    assert (found["shortfall_kw"], found["shortfall_at_worst_kw"]) == (30.0, 80.0)


def test_before_anybody_tells_nothing_is_certain() -> None:
    found = stage_outlook(CallStage(expected_kw_p50=100.0, customers=10), [], {"asked": 10, "opted_out": 0})
    assert (found["ratio"], found["shortfall_kw"], found["shortfall_at_worst_kw"]) == (None, 0.0, 100.0)
