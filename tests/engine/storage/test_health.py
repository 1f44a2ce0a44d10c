"""Capacity and resistance from operation: near the truth, unbiased where both sides err, with a sigma that holds."""

import numpy as np
import pytest

from gridops.engine.storage.health import (
    Capacity,
    begin_capacity,
    begin_resistance,
    capacity_estimate,
    resistance_estimate,
    with_pair,
    with_step,
)

RACKS, SOC_SIGMA, CHARGE_SIGMA = 300, 0.03, 0.006


def new(fading: float = 1.0) -> Capacity:
    sigmas = {"soc_sigma": SOC_SIGMA, "charge_sigma": CHARGE_SIGMA}
    return begin_capacity(np.ones(RACKS), np.full(RACKS, 0.15), **sigmas, fading=fading)


def after(capacity: Capacity, truth: np.ndarray, pairs: int, rng: np.random.Generator) -> Capacity:
    for _ in range(pairs):
        x = rng.uniform(0.05, 0.3, RACKS) * rng.choice([-1, 1], RACKS)
        seen_x, seen_y = x + rng.normal(0, SOC_SIGMA, RACKS), truth * x + rng.normal(0, CHARGE_SIGMA, RACKS)
        soc_sigma, charge_sigma = np.full(RACKS, SOC_SIGMA), np.full(RACKS, CHARGE_SIGMA)
        capacity = with_pair(capacity, seen_x, seen_y, soc_sigma=soc_sigma, charge_sigma=charge_sigma)
    return capacity


class TestCapacity:
    def test_is_unbiased_although_the_soc_errs(self) -> None:
        rng = np.random.default_rng(1)
        truth = np.full(RACKS, 0.85)
        capacity = after(new(), truth, 100, rng)
        plain = capacity.sums[:, 1] / capacity.sums[:, 0] / capacity.scale  # ordinary least squares
        found = capacity_estimate(capacity)
        assert abs(found.value.mean() - 0.85) < 0.003
        assert plain.mean() < 0.84
        assert np.sqrt(np.mean((found.value - truth) ** 2)) < 0.02

    def test_its_sigma_holds(self) -> None:
        rng = np.random.default_rng(2)
        truth = rng.uniform(0.75, 1.0, RACKS)
        found = capacity_estimate(after(new(), truth, 40, rng))
        score = (found.value - truth) / found.sigma
        assert 0.75 < score.std() < 1.25

    def test_before_any_pair_it_is_what_was_said(self) -> None:
        found = capacity_estimate(new())
        assert found.value == pytest.approx(1.0)
        assert found.sigma == pytest.approx(0.15)

    def test_sigma_shrinks_with_pairs_and_missing_ones_change_nothing(self) -> None:
        rng = np.random.default_rng(3)
        once = after(new(), np.full(RACKS, 0.9), 5, rng)
        nothing = np.full(RACKS, np.nan)
        same = with_pair(once, nothing, nothing, soc_sigma=nothing, charge_sigma=nothing)
        assert capacity_estimate(once).sigma.max() < 0.15
        assert (same.sums == once.sums).all()

    def test_fading_memory_follows_a_fade(self) -> None:
        rng = np.random.default_rng(4)
        fresh = after(new(0.98), np.full(RACKS, 1.0), 150, rng)
        aged = capacity_estimate(after(fresh, np.full(RACKS, 0.8), 150, rng))
        assert aged.value.mean() == pytest.approx(0.81, abs=0.01)

    def test_sigmas_must_be_above_zero(self) -> None:
        with pytest.raises(ValueError, match="above 0"):
            begin_capacity(np.ones(1), np.ones(1), soc_sigma=0.0, charge_sigma=0.1)


class TestResistance:
    def test_comes_to_the_truth_with_a_sigma_that_holds(self) -> None:
        rng, truth = np.random.default_rng(5), np.linspace(0.04, 0.08, RACKS)
        resistance = begin_resistance(RACKS, fading=1.0)
        for _ in range(50):
            step = rng.normal(0, 0.4, RACKS)
            seen = -truth * step + rng.normal(0, 0.002, RACKS) - rng.normal(0, 0.002, RACKS)
            resistance = with_step(resistance, step, seen, voltage_sigma=0.002)
        found = resistance_estimate(resistance, new_v=0.04)
        score = (found.value - truth / 0.04) / found.sigma
        assert 0.85 < score.std() < 1.15
        assert found.sigma.max() < 0.05

    def test_small_steps_and_gaps_say_nothing(self) -> None:
        steps = np.array([0.01, np.nan, 0.5])
        found = resistance_estimate(
            with_step(begin_resistance(3), steps, np.array([-0.1, -0.1, -0.02]), voltage_sigma=0.002), new_v=0.04
        )
        assert np.isnan(found.value[:2]).all()
        assert found.value[2] == pytest.approx(1.0)
