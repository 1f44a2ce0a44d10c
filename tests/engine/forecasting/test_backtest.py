from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import count

import numpy as np
import pytest

from gridops.engine.forecasting import REPETITIONS, Backtest, Gate, last_week, scores, with_errors
from gridops.engine.forecasting import backtest as engine
from gridops.engine.forecasting.combined import RECIPES, fit_members
from gridops.engine.forecasting.metrics import pinball
from tests.engine.forecasting.series import DAY, load, mornings

LEVELS = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
HORIZON = 24


def run(days: int = 90, test: int = 10, **series: object):
    record = load(days, **series)
    issues = mornings(record, HORIZON)
    first = int(issues[-test])
    backtest = Backtest(record, issues, Gate(HORIZON, train_days=60, retrain_days=30), LEVELS, count().__next__)
    return record, issues, first, backtest, backtest.run(first)


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    recipes = tuple(replace(one, trees=30) for one in RECIPES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "fit_members", partial(fit_members, recipes=recipes))
        yield


@pytest.fixture(scope="module")
def done():
    return run()


def test_a_rhythm_is_forecast_better_than_it_is_repeated(done) -> None:
    record, issues, first, _, issued = done
    reference = last_week(record, issued.issue, issued.step)

    found = scores(issued.actual, issued.forecast, LEVELS, reference)

    assert found.rmae < 0.85
    assert found.coverage_80 == pytest.approx(0.8, abs=0.1)
    for repetition in REPETITIONS.values():
        said = with_errors(record, repetition, issues, horizon=HORIZON, first=first, levels=LEVELS)
        assert found.pinball < pinball(issued.actual, said, LEVELS).mean()


def test_the_same_series_gives_the_same_forecast(done) -> None:
    *_, again = run()

    np.testing.assert_array_equal(done[-1].forecast, again.forecast)


def test_each_issue_brings_its_whole_horizon(done) -> None:
    _, _, first, _, issued = done

    assert (issued.step[:HORIZON] == first + np.arange(HORIZON)).all()
    assert len(issued.step) == 10 * HORIZON
    assert (np.diff(issued.forecast, axis=1) >= 0).all()


def test_what_happens_after_an_issue_is_not_known_to_it() -> None:
    record, issues, first, _, issued = run(test=3)
    rng = np.random.default_rng(9)
    cut = int(issues[-2])
    rng.shuffle(record.target[cut:])
    *_, backtest = (Backtest(record, issues, Gate(HORIZON, train_days=60, retrain_days=30), LEVELS, count().__next__),)
    again = backtest.run(first)

    before = issued.issue <= cut
    np.testing.assert_array_equal(issued.forecast[before], again.forecast[before])


def test_a_day_that_is_missing_is_survived() -> None:
    record = load(80)
    record.target[60 * DAY : 62 * DAY] = np.nan
    issues = mornings(record, HORIZON)
    backtest = Backtest(record, issues, Gate(HORIZON, train_days=50, retrain_days=30), LEVELS, count().__next__)

    issued = backtest.run(int(issues[-5]))

    assert np.isfinite(issued.forecast).all()


def test_of_many_issues_before_the_test_some_are_forecast_for_weights_and_bands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recipes = tuple(replace(one, trees=5) for one in RECIPES)
    monkeypatch.setattr(engine, "fit_members", partial(fit_members, recipes=recipes))
    monkeypatch.setattr(engine, "_ROWS_WARMED", 50 * HORIZON)
    record = load(30)
    issues = np.arange(0, len(record.target) - HORIZON + 1)
    gate = Gate(HORIZON, train_days=20, retrain_days=30)
    backtest = Backtest(record, issues, gate, LEVELS, count().__next__)

    issued = backtest.run(int(issues[-6]))

    assert len(np.unique(np.concatenate(backtest.log.issue))) == 50 + 6
    assert len(np.unique(issued.issue)) == 6
