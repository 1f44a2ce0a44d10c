"""Days, and what is repeated of them."""

import numpy as np

from gridops.engine.optimization.trading.days import MarketDays
from gridops.engine.optimization.trading.repeating import day_before, similar_day, week_mean
from tests.engine.optimization.trading.made import market, of_matrix


def test_the_clocks_days_are_read_by_slot_and_written_by_step() -> None:
    spring, autumn = np.delete(np.arange(24), 2), np.insert(np.arange(24), 2, 2)
    slot = np.concatenate([spring, autumn])
    days = MarketDays(
        price=slot * 1.0,
        first=np.array([0, 23, 48]),
        slot=slot,
        slots=24,
        day=np.array([0, 1]),
        is_holiday=np.zeros(2, bool),
    )

    np.testing.assert_allclose(days.by_slot, [np.arange(24.0), np.arange(24.0)])
    assert len(days.of_steps(np.arange(24.0), 0)) == 23
    assert days.of_steps(np.arange(24.0), 1)[1:4].tolist() == [1, 2, 2]
    assert days.step_h == 1.0


def test_the_day_before_is_known_as_far_as_the_decision() -> None:
    days = market(10)

    np.testing.assert_array_equal(day_before(days, 24)[5], days.by_slot[4])
    np.testing.assert_array_equal(day_before(days, 12)[5, :12], days.by_slot[4, :12])
    np.testing.assert_array_equal(day_before(days, 12)[5, 12:], days.by_slot[3, 12:])


def test_monday_and_the_weekend_are_like_a_week_before() -> None:
    days = market(21)
    found = similar_day(days, 24)

    for number in (14, 19, 20):
        np.testing.assert_array_equal(found[number], days.by_slot[number - 7])
    for number in (15, 16, 17, 18):
        np.testing.assert_array_equal(found[number], days.by_slot[number - 1])
    assert np.isnan(found[0]).all()


def test_the_mean_of_a_week_needs_a_week() -> None:
    days = market(10)
    found = week_mean(days, 24)

    assert np.isnan(found[6]).all()
    np.testing.assert_allclose(found[7], days.by_slot[:7].mean(axis=0))


def test_a_day_that_is_not_on_record_is_not_the_one_before_it() -> None:
    days = of_matrix(market(9).by_slot[np.array([0, 1, 2, 4, 5, 6, 7, 8, 8])])
    gap = MarketDays(**{**days.__dict__, "day": np.array([0, 1, 2, 4, 5, 6, 7, 8, 9])})

    assert gap.before(1).tolist() == [-1, 0, 1, -1, 3, 4, 5, 6, 7]
