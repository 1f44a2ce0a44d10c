"""Days in a row with one program."""

import numpy as np
import pytest

from gridops.engine.optimization.storage.arbitrage import DailyTrader
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.plan import plan
from gridops.engine.optimization.storage.site import Site

BATTERY = Batteries.of(power_kw=2, energy_kwh=5, round_trip=0.85, wear_discharge=0.002, cycles=1.5)


def test_every_day_earns_what_a_plan_of_its_own_earns_whatever_its_length() -> None:
    chance, trader = np.random.default_rng(5), DailyTrader(BATTERY, step_h=1.0)
    for hours in (24, 24, 23, 24, 25, 24):
        price = chance.normal(0.04, 0.05, hours)
        single = plan(BATTERY, Site.of(step_h=1, buy=price)).schedule
        assert single is not None
        assert trader.profit(trader.planned(price), price) == pytest.approx(-single.cost, abs=1e-6)


def test_it_does_not_charge_against_discharging_unless_it_may() -> None:
    price = np.full(24, -0.3)
    free = Batteries.of(power_kw=2, energy_kwh=5, round_trip=0.85)
    strict, alternating = (DailyTrader(free, step_h=1.0, alternating=may) for may in (False, True))

    assert np.minimum(*strict.planned(price)).max() < 1e-6
    assert np.minimum(*alternating.planned(price)).max() > 0.1
    gained = [one.profit(one.planned(price), price) for one in (strict, alternating)]
    assert gained[0] < gained[1]


def test_hours_sum_to_the_profit_and_cycles_count_what_is_drawn_from_the_store() -> None:
    price = np.r_[np.full(12, 0.01), np.full(12, 0.2)]
    trader = DailyTrader(BATTERY, step_h=1.0)
    day = trader.planned(price)

    assert trader.hourly(day, price).sum() == pytest.approx(trader.profit(day, price))
    assert trader.cycles(day) == pytest.approx(day.discharge_kw.sum() / np.sqrt(0.85) / 5)


def test_a_battery_that_cannot_keep_its_limits_says_so() -> None:
    full = Batteries.of(power_kw=1, energy_kwh=50, round_trip=0.9, initial=0.0, final=1.0)
    with pytest.raises(ValueError, match="No plan"):
        DailyTrader(full, step_h=1.0).planned(np.zeros(24))


def test_one_trader_plans_one_battery() -> None:
    with pytest.raises(ValueError, match="one battery"):
        DailyTrader(Batteries.of(power_kw=[1, 2], energy_kwh=2, round_trip=0.9), step_h=1.0)
