"""Sums of forecasts against closed forms of normal ones."""

import numpy as np
import pytest
from scipy.special import ndtri

from gridops.engine.optimization.portfolio.reserve import Need, held, need, ramps
from gridops.engine.optimization.portfolio.uncertainty import Dependence, dependence, paths, scores, summed

LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])


def normal(mean: float, sigma: float, steps: int) -> np.ndarray:
    return np.tile(mean + sigma * ndtri(LEVELS), (steps, 1))


def test_the_sum_of_normal_forecasts_has_the_variance_of_the_formula() -> None:
    said = np.stack([normal(100, 10, 48), normal(50, 20, 48)])
    known = Dependence(np.array([[1.0, 0.5], [0.5, 1.0]]), np.zeros(2), 1000)
    drawn = paths(said, LEVELS, np.array([1.0, -1.0]), known, count=2000, generator=np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(50.0, abs=1e-9)  # scores come in pairs of opposite sign
    assert drawn.std() == pytest.approx((10**2 + 20**2 - 2 * 0.5 * 10 * 20) ** 0.5, rel=0.01)


def test_reserve_of_a_normal_sum_is_that_of_the_formula() -> None:
    drawn = paths(
        normal(0, 30, 20)[None], LEVELS, np.ones(1), Dependence(np.eye(1), np.zeros(1), 0), count=20_000,
        generator=np.random.default_rng(2),
    )  # fmt: skip
    told = need(drawn, np.zeros(20), level=0.95)
    assert told.up_kw.mean() == pytest.approx(1.959964 * 30, rel=0.02)
    assert told.down_kw.mean() == pytest.approx(1.959964 * 30, rel=0.02)


def test_ramps_follow_from_the_memory_of_errors() -> None:
    memory, sigma = 0.96, 25.0
    known = Dependence(np.eye(1), np.array([memory]), 0)
    drawn = paths(
        normal(0, sigma, 40)[None], LEVELS, np.ones(1), known, count=20_000, generator=np.random.default_rng(3)
    )
    found = ramps(drawn, (1, 4, 50), level=0.95)
    for row, span in enumerate((1, 4)):
        spread = sigma * (2 * (1 - memory**span)) ** 0.5
        assert np.nanmean(found[row, 0]) == pytest.approx(1.644854 * spread, rel=0.03)
    assert np.isnan(found[0, :, -1]).all()
    assert np.isnan(found[2]).all()  # longer than what is foreseen


def test_a_certain_ramp_is_told_as_it_is() -> None:
    drawn = np.tile(10.0 * np.arange(8), (4, 1))
    found = ramps(drawn, (2,), level=0.95)
    assert found[0, 0, :6].tolist() == [20.0] * 6
    assert found[0, 1, :6].tolist() == [0.0] * 6


def test_scores_undo_quantiles_and_leave_out_what_was_certain() -> None:
    said = normal(200, 15, 3)
    said[2] = 0.0  # the sun at night
    assert scores(np.array([200.0, 215.0, 0.0]), said, LEVELS)[:2] == pytest.approx([0.0, 1.0])
    assert np.isnan(scores(np.array([0.0, 0.0, 0.0]), said, LEVELS)[2])


def test_dependence_is_learned_and_without_a_past_there_is_none() -> None:
    rng = np.random.default_rng(4)
    z = np.empty((2, 30, 192))
    factor = np.linalg.cholesky(np.array([[1.0, 0.6], [0.6, 1.0]]))
    fresh = np.einsum("ij,jmt->imt", factor, rng.standard_normal((2, 30, 192)))
    z[:, :, 0] = fresh[:, :, 0]
    for step in range(1, 192):
        z[:, :, step] = 0.9 * z[:, :, step - 1] + (1 - 0.81) ** 0.5 * fresh[:, :, step]
    known = dependence(z)
    assert known.correlation[0, 1] == pytest.approx(0.6, abs=0.08)
    assert known.memory == pytest.approx([0.9, 0.9], abs=0.03)
    blank = dependence(np.full((2, 0, 192), np.nan))
    assert np.array_equal(blank.correlation.round(9), np.eye(2))
    assert (blank.pairs, blank.memory.tolist()) == (0, [0.98, 0.98])


def test_one_component_without_a_past_does_not_hide_the_others() -> None:
    z = np.random.default_rng(6).standard_normal((1, 20, 96))
    known = dependence(np.concatenate([z, z, np.full_like(z, np.nan)]))
    assert known.correlation[0, 1] > 0.9
    assert abs(known.correlation[0, 2]) < 1e-6


def test_many_correlated_components_always_make_a_matrix_that_can_be_drawn_from() -> None:
    rng = np.random.default_rng(7)
    z = rng.standard_normal((12, 4, 20))
    z[rng.random(z.shape) < 0.4] = np.nan
    np.linalg.cholesky(dependence(z).correlation)


def test_the_band_of_a_sum_lies_between_independent_and_together() -> None:
    said = np.stack([normal(50, 10, 4)] * 9)
    drawn = {}
    for name, rho in (("apart", 0.0), ("half", 0.5), ("together", 0.999)):
        known = Dependence(np.full((9, 9), rho) + (1 - rho) * np.eye(9), np.zeros(9), 0)
        band = summed(said, LEVELS, known, count=4000, generator=np.random.default_rng(8))
        drawn[name] = float((band[:, -1] - band[:, 0]).mean())
    assert drawn["apart"] == pytest.approx(2 * 1.644854 * 30, rel=0.05)
    assert drawn["together"] == pytest.approx(2 * 1.644854 * 90, rel=0.05)
    assert drawn["apart"] < drawn["half"] < drawn["together"]


def test_the_same_seed_gives_the_same_paths() -> None:
    known = Dependence(np.eye(1), np.array([0.9]), 0)
    one, two = (
        paths(normal(0, 1, 8)[None], LEVELS, np.ones(1), known, count=70, generator=np.random.default_rng(9))
        for _ in range(2)
    )
    assert np.array_equal(one, two)


def test_how_a_need_held_is_counted_where_both_are_known() -> None:
    told = held(np.array([12.0, -3.0, np.nan, 30.0]), np.zeros(4), Need(np.full(4, 10.0), np.full(4, 5.0)))
    assert (told.steps, told.within, told.above, told.below) == (3, 1, 2, 0)


@pytest.mark.parametrize("level", [0.5, 1.0, 0.2])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        need(np.zeros((2, 2)), np.zeros(2), level=level)
