"""Plans under uncertain prices: tails, curves, and the rest of a day."""

import numpy as np
import pytest

from gridops.engine.optimization.storage.arbitrage import DailyTrader, Day
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.trading.bids import bid_curves
from gridops.engine.optimization.trading.intraday import Market, replanned
from gridops.engine.optimization.trading.risk import risk_plan, worst_mean
from gridops.engine.optimization.trading.scenarios import bands, scenarios
from tests.engine.optimization.trading.made import market

BATTERY = Batteries.of(power_kw=1, energy_kwh=2, round_trip=0.9, wear_discharge=0.008, cycles=1)


def drawn(count: int = 20, seed: int = 3) -> np.ndarray:
    days, chance = market(60).by_slot, np.random.default_rng(seed)
    return scenarios(days + chance.normal(0, 0.01, days.shape), days, 50, count, chance)


class TestScenarios:
    def test_they_are_the_forecast_with_whole_past_errors(self) -> None:
        days = market(40)
        forecast = days.by_slot + np.random.default_rng(1).normal(0, 0.01, days.by_slot.shape)
        found = scenarios(forecast, days.by_slot, 30, 5, np.random.default_rng(2))
        past = (days.by_slot - forecast)[:30]

        for one in found - forecast[30]:
            assert np.abs(past - one).max(axis=1).min() < 1e-12

    def test_nothing_after_the_day_is_looked_at(self) -> None:
        forecast, actual = market(40, seed=1).by_slot, market(40, seed=2).by_slot
        found = scenarios(forecast, actual, 30, 5, np.random.default_rng(2))
        band = bands(forecast, actual, 30, np.array([0.1, 0.9]))
        actual = actual.copy()
        actual[30:] = np.nan

        np.testing.assert_array_equal(scenarios(forecast, actual, 30, 5, np.random.default_rng(2)), found)
        np.testing.assert_array_equal(bands(forecast, actual, 30, np.array([0.1, 0.9])), band)

    def test_bands_hold_as_often_as_they_say(self) -> None:
        chance = np.random.default_rng(5)
        forecast = np.zeros((400, 24))
        actual = chance.normal(0, 1, forecast.shape)
        inside = []
        for number in range(100, 400, 10):
            band = bands(forecast, actual, number, np.array([0.1, 0.9]))
            inside.append((actual[number] >= band[:, 0]) & (actual[number] <= band[:, 1]))

        assert np.mean(inside) == pytest.approx(0.8, abs=0.04)

    def test_too_few_days_are_said_to_be_too_few(self) -> None:
        with pytest.raises(ValueError, match="10 are needed"):
            scenarios(np.zeros((20, 24)), np.zeros((20, 24)), 5, 3, np.random.default_rng(1))


class TestRisk:
    def test_without_aversion_it_is_the_plan_at_the_mean_price(self) -> None:
        prices = drawn()
        found = risk_plan(BATTERY, prices, step_h=1.0, aversion=0.0)
        trader = DailyTrader(BATTERY, step_h=1.0)

        mean = prices.mean(axis=0)
        assert found.mean == pytest.approx(trader.profit(trader.planned(mean), mean))

    def test_aversion_buys_the_tail_with_the_mean(self) -> None:
        found = [risk_plan(BATTERY, drawn(), step_h=1.0, aversion=each) for each in (0.0, 0.3, 1.0)]

        assert found[0].mean >= found[1].mean >= found[2].mean
        assert found[0].worst <= found[1].worst <= found[2].worst
        assert found[0].worst < found[2].worst
        assert found[2].worst >= -1e-9  # it may stay at home

    def test_the_worst_is_the_mean_of_the_worst_tenth(self) -> None:
        profit = np.arange(20.0)
        assert worst_mean(profit, 0.9) == pytest.approx(0.5)
        assert worst_mean(profit, 0.875) == pytest.approx((0 + 1 + 0.5 * 2) / 2.5)

    def test_the_program_finds_the_tail_that_is_counted(self) -> None:
        """The best plan by half mean and half tail is better by that measure than any plan of single scenarios."""
        prices = drawn()
        found = risk_plan(BATTERY, prices, step_h=1.0, aversion=0.5)
        trader = DailyTrader(BATTERY, step_h=1.0)
        for row in prices:
            day = trader.planned(row)
            profit = np.array([trader.profit(day, one) for one in prices])
            assert 0.5 * profit.mean() + 0.5 * worst_mean(profit) <= 0.5 * found.mean + 0.5 * found.worst + 1e-9

    @pytest.mark.parametrize(("aversion", "level"), [(-0.1, 0.9), (1.1, 0.9), (0.5, 1.0)])
    def test_numbers_out_of_range_are_refused(self, aversion: float, level: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            risk_plan(BATTERY, drawn(), step_h=1.0, aversion=aversion, level=level)


class TestBids:
    def test_curves_rise_and_hold_what_every_scenario_needs(self) -> None:
        prices = drawn(12)
        curves = bid_curves(BATTERY, prices, step_h=1.0)

        assert (np.diff(curves.price, axis=1) >= 0).all()
        assert (np.diff(curves.quantity_kw, axis=1) >= 0).all()
        assert np.abs(curves.quantity_kw).max() <= 1 + 1e-9

    def test_a_scenario_that_comes_true_gets_its_own_schedule_which_can_be_delivered(self) -> None:
        prices = drawn(12)
        curves = bid_curves(BATTERY, prices, step_h=1.0)
        for row in prices:
            sold = curves.accepted(row)
            into = np.maximum(-sold, 0) * np.sqrt(0.9) - np.maximum(sold, 0) / np.sqrt(0.9)
            stored = np.cumsum(into)
            assert stored.min() >= -1e-6
            assert stored.max() <= 2 + 1e-6
            assert stored[-1] == pytest.approx(0.0, abs=1e-6)

    def test_curves_earn_no_less_over_the_scenarios_than_one_fixed_plan(self) -> None:
        prices = drawn(12)
        curves = bid_curves(BATTERY, prices, step_h=1.0)
        by_curve = []
        for row in prices:
            sold = curves.accepted(row)
            by_curve.append(row @ sold - 0.008 * np.maximum(sold, 0).sum())

        assert np.mean(by_curve) >= risk_plan(BATTERY, prices, step_h=1.0, aversion=0.0).mean - 1e-9

    def test_below_the_lowest_price_the_first_point_holds(self) -> None:
        curves = bid_curves(BATTERY, drawn(4), step_h=1.0)
        np.testing.assert_array_equal(curves.accepted(curves.price[:, 0] - 1), curves.quantity_kw[:, 0])
        np.testing.assert_array_equal(curves.accepted(curves.price[:, -1] + 1), curves.quantity_kw[:, -1])


class TestWithinTheDay:
    PRICE = np.r_[np.full(8, 0.02), np.full(8, 0.10), np.full(8, 0.05)]

    def rest(self, position: np.ndarray, energy: float, drawn_kwh: float = 0.0, spread: float = 0.02):
        market_now = Market(short=self.PRICE[-len(position) :] + spread, long=self.PRICE[-len(position) :] - spread)
        made = replanned(
            BATTERY,
            energy_kwh=np.array([energy]),
            drawn_kwh=np.array([drawn_kwh]),
            position_kw=position,
            market=market_now,
            step_h=1.0,
        )
        assert made.schedule is not None
        return made.schedule

    def test_a_position_that_can_be_delivered_is_delivered(self) -> None:
        position = np.zeros(16)
        position[2:4] = 2 * np.sqrt(0.9) / 2
        found = self.rest(position, energy=2.0)

        assert found.import_kw.max() < 1e-9
        assert found.export_kw.max() < 1e-9
        np.testing.assert_allclose(found.discharge_kw[0], position, atol=1e-9)

    def test_what_cannot_be_delivered_is_short_and_costs_the_price_of_it(self) -> None:
        position = np.zeros(16)
        position[2:4] = 1.0
        found = self.rest(position, energy=0.5)

        assert found.import_kw.sum() > 0.5
        assert found.injection_kw.sum() + found.import_kw.sum() - found.export_kw.sum() == pytest.approx(2.0)

    def test_what_was_bought_must_be_taken_or_sold_again(self) -> None:
        position = np.full(8, -1.0)
        found = self.rest(position, energy=2.0)

        assert found.curtailed_kw.max() < 1e-9
        assert found.export_kw.sum() == pytest.approx(8.0 + found.injection_kw.sum())

    def test_cycles_that_are_used_up_today_are_gone(self) -> None:
        position = np.zeros(16)
        found = self.rest(position, energy=0.0, drawn_kwh=2.0)
        assert found.discharge_kw.max() < 1e-9


def test_days_are_what_they_were_made_of() -> None:
    trader = DailyTrader(BATTERY, step_h=1.0)
    assert trader.profit(Day(np.zeros(24), np.zeros(24)), np.ones(24)) == 0
