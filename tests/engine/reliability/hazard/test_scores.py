import numpy as np
import pytest

from gridops.engine.reliability.hazard.scores import (
    area_under_curve,
    brier,
    log_loss,
    reliability,
    skill,
    skill_interval,
)


def test_scores_of_four_forecasts_worked_out_by_hand() -> None:
    said, came = np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False])
    assert brier(said, came) == pytest.approx((0.01 + 0.64 + 0.49 + 0.01) / 4)
    assert area_under_curve(said, came) == pytest.approx(3 / 4)
    assert log_loss(said, came) == pytest.approx(-np.mean(np.log([0.9, 0.2, 0.3, 0.9])))


def test_the_reliability_diagram_sums_up_each_bin() -> None:
    said = np.array([0.12, 0.18, 0.95, 1.0])
    found = reliability(said, np.array([False, True, True, True]))
    assert found.count.tolist() == [0, 2, 0, 0, 0, 0, 0, 0, 0, 2]
    assert found.forecast[1] == pytest.approx(0.15)
    assert found.observed[1] == pytest.approx(0.5)
    assert found.error == pytest.approx((0.35 * 2 + 0.025 * 2) / 4)


def test_ties_count_half_and_one_outcome_alone_has_no_order() -> None:
    assert area_under_curve(np.full(4, 0.3), np.array([True, False, True, False])) == 0.5
    assert np.isnan(area_under_curve(np.array([0.1, 0.2]), np.array([True, True])))


def test_skill_is_none_against_a_perfect_reference() -> None:
    assert skill(0.05, 0.1) == pytest.approx(0.5)
    assert np.isnan(skill(0.05, 0.0))


def test_rows_of_one_storm_widen_the_interval_of_the_skill() -> None:
    rng = np.random.default_rng(3)
    event = np.repeat(np.arange(8), 100)
    luck = rng.normal(0, 0.05, 8)[event]
    reference = np.full(800, 0.2)
    score = 0.1 + luck
    together = skill_interval(score, reference, event, np.random.default_rng(1))
    alone = skill_interval(score, reference, np.arange(800), np.random.default_rng(1))
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])
    assert all(np.isnan(skill_interval(score, reference, np.zeros(800, np.int64), rng)))
