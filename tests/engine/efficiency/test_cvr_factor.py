"""The factor: equal to plain algebra where that can be done, near the truth where that is known."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.efficiency.cvr_design import randomised_days
from gridops.engine.efficiency.cvr_factor import estimated
from gridops.engine.efficiency.cvr_model import Hours, fitted, usable
from tests.studies.cvr import experiment

FACTOR, DEPTH = 0.8, 0.03


def hours(days: int = 60, *, noise: float = 0.004, factor: float = FACTOR, seed: int = 1) -> tuple[Hours, np.ndarray]:
    """Energy follows the voltage by a power; more load also pulls the voltage down."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(days, dtype=np.int32), 24)
    hour = np.tile(np.arange(24, dtype=np.int32), days)
    weekend = day % 7 >= 5
    coins = randomised_days(np.arange(days) % 7 >= 5, np.full(days, np.nan), rng).reduced
    warm = 10 + 8 * np.sin(day / 20) + 3 * np.sin(hour / 4) + rng.normal(0, 1, len(day))
    level = 6 + 0.2 * np.sin(hour / 3) + 0.05 * weekend + 0.02 * np.maximum(15 - warm, 0)
    level = level + rng.normal(0, noise, days)[day] + rng.normal(0, 0.02, len(day))
    voltage = 1.0 - DEPTH * coins[day] - 0.08 * (level - 6.0)
    energy = np.exp(level + factor * np.log(voltage))
    return Hours(energy, voltage, coins[day], day, hour, weekend, warm), coins


def test_the_estimate_is_that_of_two_stage_least_squares_by_plain_algebra() -> None:
    rows, _ = hours()
    found = estimated(rows, washout_h=0)
    fit = fitted(rows, washout_h=0)
    expected = np.exp(np.log(rows.energy_kwh) - fit.log_energy / fit.root_weight)  # what controls explain
    weight = expected / expected.mean()
    kinds = np.eye(48)[rows.hour + 24 * rows.weekend]
    knots = np.maximum(1 - np.abs(rows.day[:, None] - np.arange(0, 59 + 28, 28)) / 28, 0)
    mean = np.array([rows.temperature_c[rows.day == d].mean() for d in range(60)])[rows.day]
    bends = [np.maximum(b - t, 0) for t in (rows.temperature_c, mean) for b in (5, 15)]
    bends += [np.maximum(t - b, 0) for t in (rows.temperature_c, mean) for b in (20, 26)]
    z = rows.assigned.astype(float)
    instruments = np.column_stack([z, kinds, knots, *bends]) * np.sqrt(weight)[:, None]
    regressors = np.column_stack([np.log(rows.voltage_pu), kinds, knots, *bends]) * np.sqrt(weight)[:, None]
    first = instruments @ np.linalg.lstsq(instruments, regressors, rcond=None)[0]
    beta = np.linalg.lstsq(first, np.log(rows.energy_kwh) * np.sqrt(weight), rcond=None)[0]
    assert found.factor.value == pytest.approx(beta[0], abs=0.002), "but for weights, which differ in the last digits"


def test_the_coin_finds_the_factor_where_the_voltage_itself_misleads() -> None:
    errors, plain = [], []
    for seed in range(40):
        found = estimated(hours(seed=seed)[0])
        errors.append(found.factor.value - FACTOR)
        plain.append(found.plain_factor - FACTOR)
    assert abs(np.mean(errors)) < 0.02
    assert np.mean(plain) < -0.08, "load pulls the voltage down, which looks like a smaller factor"


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = [(f := estimated(hours(40, seed=seed)[0]).factor).low <= FACTOR <= f.high for seed in range(60)]
    assert 0.8 <= np.mean(held) <= 0.99


def test_days_that_went_back_weaken_and_do_not_bend_the_factor() -> None:
    rows, coins = hours(80, seed=4)
    gone = np.isin(rows.day, np.flatnonzero(coins)[::3])
    voltage = np.where(gone, rows.voltage_pu + DEPTH, rows.voltage_pu)
    energy = rows.energy_kwh * (voltage / rows.voltage_pu) ** FACTOR
    whole, broken = estimated(rows), estimated(replace(rows, energy_kwh=energy, voltage_pu=voltage))
    assert broken.factor.value == pytest.approx(FACTOR, abs=3 * broken.standard_error)
    assert broken.standard_error > whole.standard_error
    assert abs(broken.voltage_percent) < abs(whole.voltage_percent)


def test_what_was_saved_is_what_reduced_days_would_have_taken_more() -> None:
    rows, coins = hours(noise=0.0005, seed=2)
    found = estimated(rows)
    without = rows.energy_kwh * ((rows.voltage_pu + DEPTH) / rows.voltage_pu) ** FACTOR
    saved = (without - rows.energy_kwh)[coins[rows.day]].sum()
    assert found.saved_kwh.value == pytest.approx(saved, rel=0.05)
    assert found.saved_kwh.low <= saved <= found.saved_kwh.high


def test_without_an_effect_the_coins_say_so_as_often_as_they_should() -> None:
    seen = []
    for seed in range(30):
        rows, coins = hours(32, factor=0.0, seed=seed)
        design = randomised_days(np.arange(32) % 7 >= 5, np.full(32, np.nan), np.random.default_rng(seed))
        numbers = np.arange(32, dtype=np.int32)
        generator = np.random.default_rng(seed)
        told = replace(design, reduced=coins)
        found = estimated(rows, design=told, design_days=numbers, generator=generator)
        seen.append(found.p_value < 0.1)
    assert np.mean(seen) <= 0.27


def test_hours_after_a_change_and_unknown_ones_do_not_count() -> None:
    rows, coins = hours(20)
    energy = rows.energy_kwh.copy()
    energy[100] = np.nan
    kept = usable(replace(rows, energy_kwh=energy), washout_h=3)
    changed = np.flatnonzero(np.diff(np.concatenate([[0], coins])))
    assert 100 not in kept
    assert not set(kept) & {24 * int(day) + hour for day in changed for hour in range(3)}
    assert len(kept) == 480 - 3 * len(changed) - (100 % 24 >= 3 or 100 // 24 not in changed)


@pytest.mark.parametrize(("cut", "words"), [(8, "at least 6"), (0, "at least 6")])
def test_too_few_days_are_told_and_not_stretched(cut: int, words: str) -> None:
    rows, _ = hours(20)
    keep = rows.day < cut
    few = Hours(
        *(getattr(rows, name)[keep] for name in ("energy_kwh", "voltage_pu", "assigned", "day", "hour", "weekend")),
        rows.temperature_c[keep],
    )
    found = estimated(few)
    assert words in found.reason
    assert np.isnan(found.factor.value)


def test_a_voltage_that_did_not_move_gives_no_factor() -> None:
    rows, coins = hours(40)
    back = rows.voltage_pu + DEPTH * coins[rows.day]
    found = estimated(replace(rows, voltage_pu=back))
    assert "too little" in found.reason
    assert np.isnan(found.factor.value)


def test_without_weather_and_with_another_feeder_it_is_found_as_well() -> None:
    rows, _ = hours(60, noise=0.02, seed=6)
    shared = np.exp(np.log(rows.energy_kwh) - FACTOR * np.log(rows.voltage_pu))
    blind = replace(rows, temperature_c=np.full(len(rows.day), np.nan))
    helped = estimated(replace(blind, reference_kwh=shared))
    assert helped.factor.value == pytest.approx(FACTOR, abs=0.02)
    assert helped.standard_error < estimated(blind).standard_error / 3


def test_feeders_whose_truth_is_known() -> None:
    """The study is longer: docs/studies/cvr.md."""
    for number in (0, 1):
        outcome = experiment(7, number)
        assert not outcome.found.reason
        assert abs(outcome.error) < 0.1
