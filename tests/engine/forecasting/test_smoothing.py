import numpy as np

from gridops.engine.forecasting import last_week, with_errors
from gridops.engine.forecasting.baselines import Repetition
from gridops.engine.forecasting.metrics import pinball
from gridops.engine.forecasting.smoothing import fit_smoothing
from tests.engine.forecasting.series import DAY, load, mornings

HORIZON = 24
LEVELS = np.array([0.1, 0.5, 0.9])


def test_a_rhythm_is_smoothed_better_than_it_is_repeated() -> None:
    record = load(100)
    issues = mornings(record, HORIZON)
    first = int(issues[-20])
    smoothed = fit_smoothing(record, issues, horizon=HORIZON, first=first)
    actual = record.target[(issues[-20:, None] + np.arange(HORIZON)).ravel()]

    def loss(how: Repetition) -> float:
        said = with_errors(record, how, issues, horizon=HORIZON, first=first, levels=LEVELS)
        return float(pinball(actual, said, LEVELS).mean())

    assert loss(smoothed) < 0.9 * loss(last_week)


def test_a_level_that_moves_is_followed_and_gaps_are_passed_over() -> None:
    record = load(60, noise=0.5)
    record.target[40 * DAY :] += 50
    record.target[30 * DAY : 31 * DAY] = np.nan
    issues = mornings(record, HORIZON)

    smoothed = fit_smoothing(record, issues, horizon=HORIZON, first=int(issues[-2]))

    assert np.isfinite(smoothed.forecast).all()
    last = record.target[issues[-1] : issues[-1] + HORIZON]
    assert np.abs(smoothed.forecast[-1] - last).mean() < 10


def test_an_issue_knows_nothing_of_what_comes_after_it() -> None:
    record = load(40)
    issues = mornings(record, HORIZON)
    before = fit_smoothing(record, issues, horizon=HORIZON, first=int(issues[20]))
    record.target[issues[30] :] = -1e6

    after = fit_smoothing(record, issues, horizon=HORIZON, first=int(issues[20]))

    np.testing.assert_array_equal(before.forecast[20:31], after.forecast[20:31])
