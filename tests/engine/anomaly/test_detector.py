"""On meters whose law is known: two feeders whose heads read the sum of their loads, with common weather and noise."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.anomaly.detector import Check, Model, Settings, assess, assess_echo, learn
from gridops.engine.anomaly.habit import deviation, fit_factors, fit_habit, unshared
from gridops.engine.anomaly.relations import CurrentLaw, current_error, fit_relations, unforetold

STEP_MIN, DAYS, JUDGED = 5, 16, 2
A_DAY = 1440 // STEP_MIN
SETTINGS = Settings(slots=96, scans_per_day=A_DAY, stretch_scans=12, echo_least_ago=60, echo_every=10)
NO_LAW = CurrentLaw(*(np.zeros(0, np.int64),) * 4)
LOADS, HEADS = 10, 2


def world(seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Loads of feeder 1, of feeder 2, then the two heads."""
    rng = np.random.default_rng(seed)
    size = DAYS * A_DAY
    scan = np.arange(size)
    day = 100 + 40 * np.sin(2 * np.pi * scan / A_DAY)
    weather = np.repeat(rng.standard_normal(DAYS), A_DAY)
    unrest = 0.03 * day[:, None] * rng.standard_normal((size, LOADS))
    loads = day[:, None] + 5 * weather[:, None] + unrest
    heads = np.stack([loads[:, :5].sum(axis=1), loads[:, 5:].sum(axis=1)], axis=1)
    read = np.hstack([loads, heads]) + rng.standard_normal((size, LOADS + HEADS))
    return np.round(read, 1), scan % A_DAY * 96 // A_DAY


@pytest.fixture(scope="module")
def learnt() -> tuple[Model, np.ndarray, np.ndarray]:
    values, slot = world()
    part = slice((DAYS - JUDGED) * A_DAY)
    return learn(values[part], slot[part], NO_LAW, SETTINGS), values, slot


def judged(learnt: tuple[Model, np.ndarray, np.ndarray], values: np.ndarray | None = None):
    model, clean, slot = learnt
    part = slice((DAYS - JUDGED) * A_DAY, None)
    return assess(model, (clean if values is None else values)[part], slot[part])


def test_clean_days_raise_no_alarm(learnt) -> None:
    assert judged(learnt).alarmed().sum() == 0


def test_a_scaled_meter_is_found_and_named(learnt) -> None:
    forged = learnt[1].copy()
    forged[-60:, 3] *= 1.3
    told = judged(learnt, forged)
    assert told.alarmed()[-60:].any()
    assert not told.alarmed()[:-60].any()
    assert told.meter[Check.HABIT_NOW][-30] == 3


def test_a_head_that_does_not_fit_its_loads_is_found_where_its_habit_is_kept(learnt) -> None:
    forged = learnt[1].copy()
    forged[-80:, -1] += 20.0  # 4 % of the head, less than weather moves it
    told = judged(learnt, forged)
    crossed = [test for test in (Check.OTHERS_NOW, Check.OTHERS_HALF_HOUR) if (told.excess[test][-60:] > 1).any()]
    assert crossed


def test_a_consistent_forgery_passes_what_meters_say_of_each_other_but_not_the_habit(learnt) -> None:
    forged = learnt[1].copy()
    forged[-60:, 7] += 40.0
    forged[-60:, -1] += 40.0  # the head agrees
    told = judged(learnt, forged)
    assert (told.excess[Check.HABIT_NOW][-50:] > 1).any()


def test_a_small_consistent_forgery_evades(learnt) -> None:
    forged = learnt[1].copy()
    forged[-60:, 7] += 1.0
    forged[-60:, -1] += 1.0
    assert judged(learnt, forged).alarmed().sum() == 0


def test_frozen_values_are_found(learnt) -> None:
    forged = learnt[1].copy()
    forged[-40:, 2] = forged[-41, 2]
    told = judged(learnt, forged)
    assert told.excess[Check.STILL][-1] > 1
    assert told.meter[Check.STILL][-1] == 2


def test_a_replay_is_found_by_its_noise(learnt) -> None:
    model, clean, slot = learnt
    forged = clean.copy()
    forged[-40:] = clean[-40 - A_DAY : -A_DAY]
    part = slice(-2 * A_DAY, None)
    honest, _ = assess_echo(model, clean[part], slot[part])
    told, found = assess_echo(model, forged[part], slot[part])
    assert max(honest.values()) <= 1 < max(told.values())
    assert np.median(found.scans_ago) == A_DAY


def test_unknown_readings_alarm_nobody(learnt) -> None:
    holes = learnt[1].copy()
    holes[-100:, 4] = np.nan
    assert judged(learnt, holes).alarmed().sum() == 0


def test_learning_is_repeatable() -> None:
    values, slot = world(2)
    one, other = (learn(values, slot, NO_LAW, SETTINGS) for _ in range(2))
    assert one.lines == other.lines


def test_what_all_share_is_taken_away_but_not_by_a_meters_own_say() -> None:
    rng = np.random.default_rng(5)
    common = rng.standard_normal(2000)
    apart = common[:, None] * np.ones(8) + 0.1 * rng.standard_normal((2000, 8))
    factors = fit_factors(apart, 5)
    assert factors.loading.shape[1] == 1
    assert unshared(factors, apart).std() < 0.2
    moved = apart.copy()
    moved[1000, 0] += 5.0
    assert unshared(factors, moved)[1000, 0] == pytest.approx(unshared(factors, apart)[1000, 0] + 5.0)


def test_habit_is_the_median_of_the_slot() -> None:
    values = np.array([[1.0], [10.0], [3.0], [10.0], [2.0], [10.0]])
    habit = fit_habit(values, np.array([0, 1, 0, 1, 0, 1]), 3)
    assert habit.centre[:2, 0].tolist() == [2.0, 10.0]
    assert habit.centre[2, 0] == np.median(values)  # a slot that was never seen
    assert (habit.scale > 0).all()
    assert deviation(habit, values, np.array([0, 1, 0, 1, 0, 1]))[1, 0] == 0


def test_a_sum_is_foretold_by_its_parts() -> None:
    rng = np.random.default_rng(6)
    parts = rng.standard_normal((3000, 3))
    rest = np.hstack([parts, parts.sum(axis=1, keepdims=True)])
    left = unforetold(fit_relations(rest, tellers=3), rest)
    assert left[:, 3].std() < 0.1
    assert left[:, 3].std() < 0.1 * rest[:, 3].std()


def test_a_current_is_told_by_power_and_voltage() -> None:
    law = CurrentLaw(*(np.array([column]) for column in range(4)))
    p, q, kv = 300.0, 400.0, 10.0
    exact = 500.0 / (3**0.5 * kv)
    values = np.array([[exact, p, q, kv], [exact + 2, p, q, kv], [exact, p, q, 0.0]])
    assert current_error(law, values)[:2, 0].tolist() == pytest.approx([0, 2])
    assert np.isnan(current_error(law, values)[2, 0])


def test_a_smaller_budget_of_false_alarms_draws_higher_lines() -> None:
    values, slot = world(3)
    strict = learn(values, slot, NO_LAW, replace(SETTINGS, alarms_per_day=0.01))
    loose = learn(values, slot, NO_LAW, replace(SETTINGS, alarms_per_day=1.0))
    assert all(strict.lines[test].threshold >= loose.lines[test].threshold for test in strict.lines)
