"""What plants could give, told by plants like them and by forecasts."""

import numpy as np
import pytest

from gridops.engine.optimization.portfolio.available import (
    Estimate,
    alike,
    joined,
    likeness,
    peers,
    standing_still,
    told_by_peers,
    told_by_quantiles,
    widened,
)
from gridops.engine.optimization.portfolio.curtailment import curtailed_kw

RATED = np.array([100.0, 200.0, 400.0])


def others(count: int) -> np.ndarray:
    return ~np.eye(count, dtype=bool)


def test_peers_leave_the_plant_itself_and_those_that_are_held_back_out() -> None:
    per_rating = np.array([[0.2], [0.4], [0.6], [0.0]])
    is_free = np.array([[True], [True], [True], [False]])
    assert peers(per_rating, is_free, others(4)).ravel() == pytest.approx([0.5, 0.4, 0.3, 0.4])
    two = peers(per_rating[:2], is_free[:2], others(2))
    assert np.isnan(two).all()  # one other tells nothing


def test_a_plant_that_gives_a_fixed_share_of_its_peers_is_told_exactly() -> None:
    sun = np.abs(np.sin(np.linspace(0, 30, 300)))
    per_rating = np.stack([0.8 * sun, sun, sun, sun])
    free = np.ones_like(per_rating, bool)
    found = likeness(per_rating, peers(per_rating, free, others(4)), free)
    assert found.slope[0] == pytest.approx(0.8)
    assert found.spread[0] == pytest.approx(0.0, abs=1e-9)
    told = told_by_peers(np.array([[0.5], [0.5], [0.5], [0.5]]), found, np.full(4, 100.0))
    assert told.kw[0, 0] == pytest.approx(40.0)
    assert told.sigma_kw[0, 0] == pytest.approx(0.5)  # never more certain than half a per cent of the rating


def test_the_plants_that_went_most_like_one_are_its_peers() -> None:
    rng = np.random.default_rng(2)
    north, south = rng.random(400), rng.random(400)
    per_rating = np.stack([north, 0.5 * north, 0.9 * north, south, 0.7 * south, south])
    per_rating += 0.01 * rng.standard_normal(per_rating.shape)
    per_rating[:, :100] = np.nan
    found = alike(per_rating, np.ones_like(per_rating, bool), most=2)
    assert found.sum(axis=1).tolist() == [2] * 6
    assert not found[:3, 3:].any()
    assert not found[3:, :3].any()
    assert not found.diagonal().any()


def test_a_plant_that_stands_still_among_others_tells_nothing_of_the_weather() -> None:
    given = np.array([[0.5, 0.01, np.nan], [0.6, 0.0, np.nan], [0.0, 0.02, np.nan]])
    assert standing_still(given).tolist() == [[False] * 3, [False] * 3, [True, False, False]]


def test_a_plant_alone_has_no_peers() -> None:
    assert not alike(np.ones((1, 50)), np.ones((1, 50), bool)).any()


def test_too_short_a_past_tells_nothing() -> None:
    short = np.full((4, 10), 0.5)
    free = np.ones_like(short, bool)
    assert np.isnan(likeness(short, peers(short, free, others(4)), free).slope).all()


def test_a_normal_forecast_has_its_own_sigma() -> None:
    levels = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
    z = np.array([-1.644854, -1.281552, 0.0, 1.281552, 1.644854])
    told = told_by_quantiles((50.0 + 8.0 * z)[None, None, :], levels, np.array([100.0]))
    assert told.kw[0, 0] == pytest.approx(50.0)
    assert told.sigma_kw[0, 0] == pytest.approx(8.0, rel=1e-5)


def test_estimates_are_weighted_by_their_certainty_and_stay_within_the_rating() -> None:
    one = Estimate(np.array([[10.0], [190.0], [np.nan]]), np.array([[1.0], [5.0], [1.0]]))
    other = Estimate(np.array([[20.0], [230.0], [np.nan]]), np.array([[2.0], [5.0], [np.nan]]))
    found = joined([one, other], RATED)
    assert found.kw[0, 0] == pytest.approx((10 + 20 / 4) / (1 + 1 / 4))
    assert found.sigma_kw[0, 0] == pytest.approx((1 + 1 / 4) ** -0.5)
    assert found.kw[1, 0] == 200.0
    assert np.isnan(found.kw[2, 0])


def test_sigmas_grow_when_free_plants_stray_further_than_they_say_and_never_shrink() -> None:
    rng = np.random.default_rng(3)
    told = Estimate(np.full((200, 8), 50.0), np.full((200, 8), 1.0))
    free = np.ones((200, 8), bool)
    produced = 50.0 + 3.0 * rng.standard_normal((200, 8))
    produced[:60] = 0.0  # curtailed, and nobody knows
    assert 2.0 < widened(told, produced, free).sigma_kw[0, 0] < 7.0
    assert widened(told, 50.0 + 0.2 * rng.standard_normal((200, 8)), free).sigma_kw[0, 0] == 1.0
    assert widened(told, produced, np.zeros_like(free)).sigma_kw[0, 0] == 1.0  # all are held back: nothing is learned


def test_what_lies_within_the_uncertainty_is_not_curtailed() -> None:
    available, sigma = np.array([[80.0, 80.0, 80.0, np.nan]]), np.full((1, 4), 5.0)
    produced = np.array([[66.0, 58.0, 70.0, 10.0]])
    nothing_known = curtailed_kw(available, sigma, produced, np.array([100.0]), np.zeros((1, 4), bool))
    assert nothing_known[0, :3].tolist() == [0.0, 22.0, 0.0]
    assert np.isnan(nothing_known[0, 3])
    explained = curtailed_kw(available, sigma, produced, np.array([100.0]), np.ones((1, 4), bool))
    assert explained[0, :3].tolist() == [14.0, 22.0, 10.0]


def test_false_alarms_are_as_rare_as_four_sigma() -> None:
    rng = np.random.default_rng(5)
    produced = np.full((1, 40_000), 60.0)
    found = curtailed_kw(
        produced + 4 * rng.standard_normal(produced.shape),
        np.full(produced.shape, 4.0),
        produced,
        np.array([100.0]),
        np.zeros(produced.shape, bool),
    )
    assert (found > 0).mean() < 0.0003
