"""Sums that all meters keep together, on meters whose law is known."""

import numpy as np
import pytest

from gridops.engine.anomaly.balance import Balance, fit_balance, unbalanced

LOADS, NOISE_KW = 30, 1.0


def feeder(size: int, seed: int) -> np.ndarray:
    """Loads that move each as they like, and a head that reads their sum: far more than a few tellers could tell."""
    rng = np.random.default_rng(seed)
    loads = 100 + 30 * rng.standard_normal((size, LOADS))
    head = loads.sum(axis=1, keepdims=True)
    return np.hstack([loads, head]) + NOISE_KW * rng.standard_normal((size, LOADS + 1))


@pytest.fixture(scope="module")
def balance():
    return fit_balance(feeder(4000, 1))


def test_what_is_left_of_a_meter_is_the_noise_of_all_that_tell_of_it(balance) -> None:
    told_kw = left_kw(balance, 0)
    assert told_kw == pytest.approx(NOISE_KW * np.sqrt(LOADS + 1), rel=0.1)
    assert unbalanced(balance, feeder(2000, 2)).std(axis=0) == pytest.approx(np.ones(LOADS + 1), rel=0.1)


def left_kw(balance: Balance, meter: int) -> float:
    return float(balance.left[meter] * balance.spread[meter] / np.sqrt(balance.precision[meter, meter]))


def test_a_forged_meter_stands_out_far_inside_what_it_moves_by(balance) -> None:
    forged = feeder(200, 3)
    forged[:, 4] += 12.0  # less than half of its spread
    mean = unbalanced(balance, forged).mean(axis=0)
    assert np.abs(mean)[4] == pytest.approx(12.0 / left_kw(balance, 4), rel=0.25)
    assert int(np.argmax(np.abs(mean))) in {4, LOADS}, "the meter itself, or the head that it contradicts"


def test_an_honest_change_of_all_loads_leaves_nothing(balance) -> None:
    raised = feeder(200, 4)
    raised[:, :LOADS] += 10.0
    raised[:, LOADS] += 10.0 * LOADS
    assert np.abs(unbalanced(balance, raised).mean(axis=0)).max() < 0.5


def test_without_the_head_its_loads_say_nothing_of_each_other(balance) -> None:
    """What is left of a load is then all that it moves by, and nothing of it is out of the common."""
    values = feeder(500, 5)
    values[100:, LOADS] = np.nan
    left = unbalanced(balance, values)
    assert np.isnan(left[100:, LOADS]).all()
    assert left[100:, :LOADS].std(axis=0) == pytest.approx(np.ones(LOADS), rel=0.35)


def test_a_meter_that_was_never_heard_says_nothing() -> None:
    values = feeder(1000, 6)
    values[:, 7] = np.nan
    balance = fit_balance(values)
    told = unbalanced(balance, values)
    assert np.isnan(told[:, 7]).all()
    others = np.arange(LOADS + 1) != 7
    assert told[:, others].std(axis=0) == pytest.approx(np.ones(LOADS), rel=0.1)
