"""Our forecast of prices: better than repeating, and blind to whatever comes after its decision."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.optimization.trading import price_members
from gridops.engine.optimization.trading.days import MarketDays
from gridops.engine.optimization.trading.price_members import Asinh
from gridops.engine.optimization.trading.price_model import LEAST_DAYS, price_forecast
from gridops.engine.optimization.trading.repeating import similar_day, week_mean
from tests.engine.optimization.trading.made import market, of_matrix

DAYS = 110


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_members, "_TREES", 20)


def error(days: MarketDays, forecast: np.ndarray, first: int = 70) -> float:
    return float(np.abs(forecast - days.by_slot)[first:].mean())


def test_it_is_better_than_repeating() -> None:
    days = market(DAYS)
    found = price_forecast(days, 24).point

    assert error(days, found) < 0.95 * min(error(days, week_mean(days, 24)), error(days, similar_day(days, 24)))


@pytest.mark.parametrize(("known_slots", "slots"), [(24, 24), (12, 24), (96, 96)])
def test_a_shuffle_of_all_that_comes_after_the_decision_changes_nothing(known_slots: int, slots: int) -> None:
    days, chance = market(DAYS, slots=slots), np.random.default_rng(2)
    ahead = days.by_slot[None] * 3 + chance.normal(0, 0.01, (1, *days.by_slot.shape))
    found = price_forecast(days, known_slots, ahead)
    for planned in (LEAST_DAYS + 20, DAYS - 8):
        cut = (planned - 1) * slots + known_slots  # of the day before, what is known at the decision
        later = np.concatenate([days.price[:cut], chance.permutation(days.price[cut:])])
        ahead_later = ahead.copy()
        ahead_later[:, planned + 1 :] = chance.permutation(ahead[:, planned + 1 :], axis=1)
        again = price_forecast(replace(days, price=later), known_slots, ahead_later)

        assert again.point[: planned + 1].tobytes() == found.point[: planned + 1].tobytes()
        assert again.point[planned + 2 :].tobytes() != found.point[planned + 2 :].tobytes()


def test_a_column_known_ahead_is_heard() -> None:
    days = market(DAYS)
    told = days.by_slot[None] * 70 + 5 + np.random.default_rng(3).normal(0, 0.1, (1, DAYS, 24))

    assert error(days, price_forecast(days, 24, told).point) < 0.4 * error(days, price_forecast(days, 24).point)


def test_what_was_worked_out_before_is_not_worked_out_again_and_changes_nothing() -> None:
    days, memo = market(DAYS), dict[bytes, np.ndarray]()
    ahead = days.by_slot[None] * 3
    price_forecast(days, 24, ahead, memo)
    made = set(memo)
    ahead[:, -1] += 0.1  # news of the last day
    again = price_forecast(days, 24, ahead, memo)

    assert 0 < len(set(memo) - made) <= len(again.members)
    assert again.point.tobytes() == price_forecast(days, 24, ahead).point.tobytes()


def test_before_it_has_learned_it_repeats_what_was() -> None:
    days = market(30)
    found = price_forecast(days, 24).point

    assert np.isnan(found[0]).all()
    np.testing.assert_allclose(found[8:], week_mean(days, 24)[8:])


def test_after_a_day_that_is_not_on_record_a_similar_day_is_repeated_for_a_week() -> None:
    whole = market(DAYS)
    gap = np.delete(np.arange(DAYS), [80])
    days = replace(of_matrix(whole.by_slot[gap]), day=whole.day[gap])
    found = price_forecast(days, 24).point

    np.testing.assert_array_equal(found[80:87], similar_day(days, 24)[80:87])
    assert np.isfinite(found[88:]).all()


def test_weights_are_shares() -> None:
    found = price_forecast(market(DAYS), 24)

    np.testing.assert_allclose(found.weights.sum(axis=1), 1.0)
    assert (found.weights >= 0).all()
    assert list(found.members) == ["ridge 1", "ridge 2", "ridge 3", "days alike", "pooled", "trees"]


def test_spikes_are_tamed_and_come_back() -> None:
    prices = np.array([-0.2, 0.0, 0.03, 0.04, 0.05, 3.0])
    scale = Asinh.of(prices)

    np.testing.assert_allclose(scale.back(scale.forth(prices)), prices, atol=1e-9)
    assert scale.forth(prices)[-1] < 8


@pytest.mark.parametrize("levels", [(0.05, 0.05), (0.0, 0.0), (0.05, 0.12)], ids=["constant", "zero", "tariff"])
def test_prices_that_hardly_change_are_forecast_as_they_are(levels: tuple[float, float]) -> None:
    hour = np.arange(24)
    days = of_matrix(np.tile(np.where((hour >= 7) & (hour < 15), levels[1], levels[0]), (70, 1)))

    np.testing.assert_allclose(price_forecast(days, 24).point[55:], days.by_slot[55:], atol=5e-3)
