import json

import numpy as np
import pytest

from gridops.engine.forecasting.drift import Evidence, of_coverage, of_skill

STEPS = 96


def shares(generator: np.random.Generator, days: int, mean: float) -> np.ndarray:
    """Of days whose steps go together: whole days are good or bad."""
    return generator.binomial(STEPS, generator.beta(6 * mean, 6 * (1 - mean), days))


def looked_at(evidence: Evidence, inside: np.ndarray) -> int | None:
    """The day of the alarm."""
    for day, steps in enumerate(inside):
        evidence = evidence.update(int(steps), STEPS)
        if evidence.alarms:
            return day
    return None


@pytest.mark.parametrize("mean", [0.76, 0.84])
def test_a_year_of_daily_looks_hardly_ever_alarms_by_chance(mean: float) -> None:
    generator = np.random.default_rng(1)
    alarms = [looked_at(of_coverage(0.8), shares(generator, 365, mean)) for _ in range(25)]

    assert sum(day is not None for day in alarms) <= 25 * 0.05


@pytest.mark.parametrize(("mean", "within"), [(0.45, 30), (0.99, 120)])
def test_bands_that_no_longer_hold_or_hold_too_much_alarm_even_after_good_months(mean: float, within: int) -> None:
    generator = np.random.default_rng(2)
    good = 150
    days = [
        looked_at(of_coverage(0.8), np.r_[shares(generator, good, 0.8), shares(generator, within, mean)])
        for _ in range(8)
    ]

    assert all(day is not None and day >= good for day in days)


def test_a_model_that_is_worse_than_the_baseline_alarms_and_one_that_is_better_does_not() -> None:
    generator = np.random.default_rng(3)
    better, worse = of_skill(), of_skill()
    for _ in range(120):
        baseline, ours = generator.gamma(4, 1, 2)
        better = better.update(baseline, baseline + 0.8 * ours)
        worse = worse.update(baseline, baseline + 3.0 * ours)

    assert worse.alarms
    assert not better.alarms


def test_evidence_comes_back_from_a_document_and_days_without_steps_tell_nothing() -> None:
    evidence = of_coverage().update(40, STEPS)

    assert Evidence.from_document(json.loads(json.dumps(evidence.document()))) == evidence
    assert evidence.update(0, 0) == evidence
    with pytest.raises(ValueError, match="97 of 96"):
        evidence.update(97, STEPS)
