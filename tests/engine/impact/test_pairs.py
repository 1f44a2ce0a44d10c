"""Paired intervals against scipy's own bootstrap, and against what is known of normal differences."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from gridops.engine.impact.pairs import paired


def lots() -> tuple[np.ndarray, np.ndarray]:
    draws = np.random.default_rng(7)
    base = draws.lognormal(3.0, 0.6, 30)
    return base, base * 0.8 + draws.normal(0.0, 1.0, 30)


def test_the_interval_is_that_of_another_bootstrap():
    base, other = lots()
    ours = paired(base, other, np.random.default_rng(1), draws=20_000)
    theirs = bootstrap((other - base,), np.mean, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2))
    width = theirs.confidence_interval.high - theirs.confidence_interval.low
    assert ours.difference_low == pytest.approx(theirs.confidence_interval.low, abs=0.04 * width)
    assert ours.difference_high == pytest.approx(theirs.confidence_interval.high, abs=0.04 * width)


def test_the_interval_of_the_change_is_that_of_another_bootstrap():
    base, other = lots()
    ours = paired(base, other, np.random.default_rng(1), draws=20_000)

    def change(base: np.ndarray, other: np.ndarray, axis: int) -> np.ndarray:
        return other.sum(axis=axis) / base.sum(axis=axis) - 1

    theirs = bootstrap(
        (base, other), change, paired=True, n_resamples=20_000, method="BCa", rng=np.random.default_rng(2)
    ).confidence_interval
    assert ours.change == pytest.approx(change(base, other, 0))
    assert ours.change_low == pytest.approx(theirs.low, abs=0.04 * (theirs.high - theirs.low))
    assert ours.change_high == pytest.approx(theirs.high, abs=0.04 * (theirs.high - theirs.low))


def test_of_normal_differences_it_holds_the_mean_about_as_often_as_it_says():
    draws, held, times = np.random.default_rng(3), 0, 300
    for _ in range(times):
        pair = paired(np.zeros(30), draws.normal(1.0, 1.0, 30), draws, draws=500)
        held += pair.difference_low <= 1.0 <= pair.difference_high
    assert 0.90 <= held / times <= 0.985


def test_pairing_cancels_what_the_tapes_have_in_common():
    base, _ = lots()
    pair = paired(base, base - 1.0, np.random.default_rng(1))
    assert (pair.difference_low, pair.difference_high) == pytest.approx((-1.0, -1.0))
    assert pair.is_lower
    assert base.std() > 5  # unpaired, one kWh would drown in it


def test_equal_arms_differ_by_nothing_at_all():
    base, _ = lots()
    pair = paired(base, base.copy(), np.random.default_rng(1))
    assert (pair.difference, pair.difference_low, pair.difference_high, pair.change) == (0, 0, 0, 0)
    assert not pair.is_lower
    assert not pair.is_higher


def test_a_tape_that_one_arm_does_not_know_is_left_out():
    pair = paired(np.array([1.0, np.nan, 3.0]), np.array([2.0, 2.0, 2.0]), np.random.default_rng(1))
    assert pair.tapes == 2
    assert (pair.lower_on, pair.higher_on) == (1, 1)


def test_one_tape_gives_a_difference_and_no_interval():
    pair = paired(np.array([4.0]), np.array([3.0]), np.random.default_rng(1))
    assert pair.difference == -1
    assert np.isnan(pair.difference_low)
    assert not pair.is_lower


def test_a_share_of_nothing_is_not_known():
    pair = paired(np.zeros(3), np.ones(3), np.random.default_rng(1))
    assert np.isnan(pair.change)
    assert pair.is_higher


def test_where_the_base_earns_money_earning_more_is_lower():
    assert paired(np.array([-10.0, -10.0]), np.array([-12.0, -12.0]), np.random.default_rng(1)).change == pytest.approx(
        -0.2
    )


def test_nothing_known_is_told_as_such():
    assert paired(np.array([np.nan]), np.array([1.0]), np.random.default_rng(1)).tapes == 0
