from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridops.engine.forecasting.combined import pairs
from gridops.engine.forecasting.features import Past, Record, rows
from tests.engine.forecasting.series import DAY, load, mornings

HORIZON = 42


def weathered(record: Record) -> Record:
    rng = np.random.default_rng(5)
    size = len(record.target)
    return replace(
        record, ahead=rng.normal(size=(record.clock.size, 1)), observed=rng.normal(size=(size, 1)),
        ahead_names=("radiation",), observed_names=("temperature",),
    )  # fmt: skip


@given(seed=st.integers(0, 2**32 - 1), days=st.integers(9, 50))
@settings(max_examples=30, deadline=None)
def test_whatever_comes_after_the_issue_changes_nothing(seed: int, days: int) -> None:
    record = weathered(load(60))
    issue = days * DAY + 6
    rng = np.random.default_rng(seed)
    target, observed = record.target.copy(), record.observed.copy()
    rng.shuffle(target[issue:])
    rng.shuffle(observed[issue:])
    changed = replace(record, target=target, observed=observed)
    at = pairs(np.array([issue]), HORIZON)

    np.testing.assert_array_equal(rows(record, *at).values, rows(changed, *at).values)


def test_what_is_known_ahead_is_taken_at_its_own_time() -> None:
    record = weathered(load(60))
    found = rows(record, np.array([700, 700]), np.array([700, 741]))

    column = found.names.index("radiation")
    assert found.values[:, column].tolist() == record.ahead[[700, 741], 0].tolist()


def test_the_same_clock_is_that_of_the_newest_day_that_is_known() -> None:
    record = load(60)
    issue = 20 * DAY + 6

    found = rows(record, np.array([issue, issue]), np.array([issue, issue + 30]))

    newest = found.values[:, found.names.index("clock_1")]
    assert newest.tolist() == [record.target[issue - DAY], record.target[issue + 30 - 2 * DAY]]


def test_the_past_skips_what_is_missing() -> None:
    past = Past(np.array([1.0, np.nan, 3.0, np.nan]))

    assert past.last(np.array([0, 1, 2, 3, 4])).tolist()[1:] == [1, 1, 3, 3]
    assert np.isnan(past.last(np.array([0])))[0]
    assert past.mean(np.array([4]), 3).tolist() == [3.0]


def test_a_base_is_found_after_the_first_value() -> None:
    record = load(60)
    found = rows(record, *pairs(mornings(record, HORIZON), HORIZON))

    assert np.isfinite(found.base).all()
