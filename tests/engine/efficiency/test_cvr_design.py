"""Days by lot: balanced, repeatable, and as many as the answer asks for."""

import math

import numpy as np
import pytest
from scipy import stats

from gridops.engine.efficiency.cvr_design import (
    MOST_DAYS,
    days_needed,
    half_width_after,
    randomised_days,
    redrawn,
    steps_possible,
)
from gridops.engine.efficiency.cvr_guard import GuardState, judged

WEEKEND = np.arange(56) % 7 >= 5
UNKNOWN = np.full(56, np.nan)


def test_of_every_pair_one_day_is_reduced_and_pairs_are_of_one_kind() -> None:
    for seed in range(20):
        design = randomised_days(WEEKEND, UNKNOWN, np.random.default_rng(seed))
        for block in np.unique(design.block):
            days = np.flatnonzero(design.block == block)
            assert len(days) == 2
            assert design.reduced[days].sum() == 1
            assert len(set(WEEKEND[days])) == 1
            assert days.max() - days.min() < 14
    assert design.reduced.sum() == 28


def test_days_foreseen_to_be_alike_are_paired() -> None:
    warm = UNKNOWN.copy()
    weekdays = np.flatnonzero(~WEEKEND[:14])
    warm[weekdays] = [20, 1, 19, 2, 10, 11, 30, 29, 5, 6]
    design = randomised_days(WEEKEND, warm, np.random.default_rng(3))
    pairs = {tuple(sorted(warm[weekdays][design.block[weekdays] == one])) for one in design.block[weekdays]}
    assert pairs == {(1, 2), (5, 6), (10, 11), (19, 20), (29, 30)}


def test_the_same_seed_draws_the_same_days_and_each_day_is_reduced_half_of_the_time() -> None:
    one, same = (randomised_days(WEEKEND, UNKNOWN, np.random.default_rng(7)) for _ in range(2))
    assert (one.reduced == same.reduced).all()
    share = redrawn(one, 4000, np.random.default_rng(1)).mean(axis=0)
    assert np.abs(share - 0.5).max() < 4 * 0.5 / math.sqrt(4000)


def test_the_number_of_days_follows_from_the_variance_of_a_difference_of_means() -> None:
    days = days_needed(0.01, 0.03, 0.1)
    assert half_width_after(days, 0.01, -math.log(0.97)) <= 0.1 < half_width_after(days - 2, 0.01, -math.log(0.97))
    by_hand = stats.t.ppf(0.95, days - 2) * 0.01 * math.sqrt(2 / (days / 2)) / -math.log(0.97)
    assert half_width_after(days, 0.01, -math.log(0.97)) == pytest.approx(by_hand * math.sqrt(2) / math.sqrt(2))
    assert days_needed(0.02, 0.03, 0.1) == pytest.approx(4 * days, rel=0.1)
    assert days_needed(0.01, 0.0, 0.1) == MOST_DAYS


def test_planned_half_widths_come_true_in_draws() -> None:
    rng, sd, change, days = np.random.default_rng(5), 0.01, 0.03, 60
    factors = []
    for _ in range(3000):
        reduced = rng.permutation(days) < days // 2
        energy = rng.normal(0, sd, days) - 0.7 * change * reduced
        factors.append((energy[reduced].mean() - energy[~reduced].mean()) / -change)
    spread = np.quantile(np.abs(np.array(factors) - 0.7), 0.9)
    assert spread == pytest.approx(half_width_after(days, sd, change), rel=0.08)


def test_as_deep_as_the_lowest_voltages_of_the_past_allow() -> None:
    lowest = np.full(1000, 0.96)
    lowest[:5] = 0.90  # less than one in a hundred
    assert steps_possible(lowest, 0.0125, 0.92) == 3
    lowest[:50] = 0.93
    assert steps_possible(lowest, 0.0125, 0.92) == 0
    assert steps_possible(np.full(10, np.nan), 0.0125, 0.92) == 0


@pytest.mark.parametrize(
    ("voltages", "state", "at"),
    [
        ([0.97, 0.95, 0.96], GuardState.SAFE, 1),
        ([0.97, 0.935, 0.96], GuardState.NEAR, 1),
        ([0.97, 0.929, np.nan], GuardState.HIT, 1),
        ([np.nan, 0.929, np.nan], GuardState.HIT, 1),
        ([np.nan, 0.97, np.nan], GuardState.BLIND, 1),
        ([np.nan, np.nan, np.nan], GuardState.BLIND, -1),
        ([], GuardState.BLIND, -1),
    ],
)
def test_the_lowest_bellwether_decides_and_silence_is_no_safety(
    voltages: list[float], state: GuardState, at: int
) -> None:
    found = judged(np.array(voltages, float), limit_pu=0.92, margin_pu=0.01, step_pu=0.0125)
    assert (found.state, found.at) == (state, at)
