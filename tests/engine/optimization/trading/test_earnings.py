"""Profit and loss, and a market on paper."""

import numpy as np
import pytest

from gridops.engine.optimization.storage.arbitrage import DailyTrader, Day
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.trading.clearing import cleared
from gridops.engine.optimization.trading.earnings import earnings
from gridops.engine.optimization.trading.past import foresight, planned, settled
from gridops.engine.optimization.trading.repeating import day_before
from tests.engine.optimization.trading.made import market

TRADER = DailyTrader(Batteries.of(power_kw=1, energy_kwh=2, round_trip=0.9, wear_discharge=0.004), step_h=1.0)


class TestEarnings:
    def day(self, seed: int = 1):
        price = market(9, seed=seed).by_slot[8]
        forecast = price + np.random.default_rng(seed).normal(0, 0.01, 24)
        return price, forecast, TRADER.planned(forecast)

    @pytest.mark.parametrize("seed", range(6))
    def test_steps_sum_to_days_and_blame_to_what_the_forecast_cost(self, seed: int) -> None:
        price, forecast, plan = self.day(seed)
        found = earnings(TRADER, plan, forecast=forecast, price=price)

        assert found.planned.sum() == pytest.approx(TRADER.profit(plan, price))
        assert found.expected.sum() == pytest.approx(TRADER.profit(plan, forecast))
        assert found.forecast_cost >= -1e-9
        assert found.blame.sum() == pytest.approx(found.forecast_cost)
        assert found.delivery_cost == pytest.approx(0.0)
        assert found.surprise == pytest.approx(TRADER.profit(plan, price) - TRADER.profit(plan, forecast))

    def test_a_perfect_forecast_costs_nothing(self) -> None:
        price, _, _ = self.day()
        found = earnings(TRADER, TRADER.planned(price), forecast=price, price=price)

        assert found.forecast_cost == pytest.approx(0.0)
        assert np.abs(found.blame).max() < 1e-9

    def test_the_hour_that_was_wrong_gets_the_blame(self) -> None:
        price = np.r_[np.full(12, 0.02), np.full(12, 0.06)]
        price[18] = 0.5
        forecast = np.where(np.arange(24) == 18, 0.01, price)
        found = earnings(TRADER, TRADER.planned(forecast), forecast=forecast, price=price)

        assert found.forecast_cost > 0.3
        assert found.blame.argmax() == 18
        assert found.blame[18] > 0.9 * found.forecast_cost

    def test_what_is_not_delivered_is_bought_back_at_the_price_of_imbalance(self) -> None:
        price = np.r_[np.full(12, 0.02), np.full(12, 0.1)]
        plan = TRADER.planned(price)
        idle = Day(plan.charge_kw, np.zeros(24))
        found = earnings(TRADER, plan, forecast=price, price=price, delivered=idle, imbalance_price=np.full(24, 0.15))

        assert found.delivery_cost == pytest.approx(plan.discharge_kw.sum() * (0.15 - 0.004))


def test_no_forecast_earns_more_than_perfect_foresight() -> None:
    days = market(20)
    plans = planned(days, day_before(days, 24), TRADER)
    past = settled(days, plans, foresight(days, plans.numbers, TRADER), TRADER)

    assert plans.numbers.tolist() == list(range(1, 20))
    assert (past.profit <= past.perfect + 1e-9).all()
    assert 0 < past.share < 1


class TestClearing:
    def test_a_price_for_all_between_the_last_bid_and_the_last_ask(self) -> None:
        found = cleared([50, 40, 20], [10, 10, 10], [10, 30, 45], [10, 10, 10])

        assert found.volume == 20
        assert found.price == pytest.approx((30 + 40) / 2)
        assert found.bids.tolist() == [10, 10, 0]
        assert found.asks.tolist() == [10, 10, 0]

    def test_at_the_margin_it_is_shared_in_proportion(self) -> None:
        found = cleared([50], [12], [10, 30, 30], [6, 4, 8])

        assert found.asks.tolist() == [6, 2, 4]
        assert found.price == 30

    def test_a_demand_that_is_not_wholly_served_sets_the_price(self) -> None:
        assert cleared([50], [20], [10], [5]).price == 50

    def test_without_a_bid_above_an_ask_nothing_is_traded(self) -> None:
        found = cleared([10], [5], [20], [5])
        assert found.volume == 0
        assert np.isnan(found.price)

    def test_prices_below_zero_clear_too(self) -> None:
        found = cleared([0], [5], [-30], [10])
        assert (found.volume, found.price) == (5, -30)

    def test_nobody_loses_and_nobody_left_out_would_have_gained(self) -> None:
        chance = np.random.default_rng(9)
        for _ in range(200):
            bids, asks = np.round(chance.uniform(-20, 60, 8)), np.round(chance.uniform(-20, 60, 7))
            wanted, offered = chance.integers(1, 20, 8), chance.integers(1, 20, 7)
            found = cleared(bids, wanted, asks, offered)
            if not found.volume:
                assert bids.max() < asks.min()
                continue
            assert found.bids.sum() == pytest.approx(found.asks.sum()) == pytest.approx(found.volume)
            assert (bids[found.bids > 0] >= found.price).all()
            assert (asks[found.asks > 0] <= found.price).all()
            assert (bids[found.bids < wanted - 1e-9] <= found.price).all()
            assert (asks[found.asks < offered - 1e-9] >= found.price).all()

    @pytest.mark.parametrize("orders", [([1, 2], [1], [1], [1]), ([np.nan], [1], [1], [1]), ([1], [-1], [1], [1])])
    def test_orders_that_are_none_are_refused(self, orders: tuple) -> None:
        with pytest.raises(ValueError, match="orders"):
            cleared(*orders)
