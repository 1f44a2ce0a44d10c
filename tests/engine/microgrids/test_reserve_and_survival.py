"""How much to hold for an outage and what that costs; how likely a year's outages are outlived."""

import numpy as np
import pytest

from gridops.engine.microgrids.outage_trial import Courses, Island, Luck, Store, no_units
from gridops.engine.microgrids.readiness import Scenarios
from gridops.engine.microgrids.reserve import OutageRisk, ReserveChoice, choose_reserve
from gridops.engine.microgrids.reserve_cost import Trade, holding_cost, schedule
from gridops.engine.microgrids.survival import survivability

STORE = Store(100.0, 0.0, 50.0, 50.0, 1.0, 1.0)


def _steady(kw: float, scenarios: int = 50) -> Scenarios:
    load = np.tile([kw, 0.0, 0.0], (96, scenarios, 1))
    none = np.zeros((96, scenarios, 0))
    return Scenarios(Courses(load, np.zeros((96, scenarios)), 0.25), np.zeros(scenarios), Luck(none, none))


def _chosen(*, chance: float, duration_h: float, price: float, value: float = 10.0) -> ReserveChoice:
    return choose_reserve(
        Island(STORE, no_units()),
        _steady(10.0),
        OutageRisk(np.full(24, chance / 24), np.array([duration_h])),
        value_eur_per_kwh=np.array([value, 1.0, 1.0]),
        holding_eur=lambda kwh: kwh * price,
        amounts=11,
        rng=np.random.default_rng(1),
    )


def test_a_cheap_reserve_covers_the_whole_outage_and_no_more() -> None:
    found = _chosen(chance=0.5, duration_h=4.0, price=0.01)
    assert found.chosen.reserve_kwh == pytest.approx(40.0)
    assert found.chosen.lost_eur == pytest.approx(0.0, abs=1e-6)


def test_the_lost_load_is_what_the_outage_asks_less_what_is_held() -> None:
    first = _chosen(chance=0.5, duration_h=4.0, price=0.01).candidates[1]
    assert first.reserve_kwh == pytest.approx(10.0)
    assert first.lost_if_outage_kwh[0] == pytest.approx(40.0 - 10.0, abs=1e-6)
    assert first.lost_eur == pytest.approx((1 - np.exp(-0.5)) * 30.0 * 10.0, abs=1e-3)


def test_nothing_is_held_where_holding_costs_more_than_it_saves() -> None:
    # A kWh held saves its value times the probability of the outage.
    assert _chosen(chance=0.05, duration_h=4.0, price=0.6).chosen.reserve_kwh == 0.0
    assert _chosen(chance=0.05, duration_h=4.0, price=0.4).chosen.reserve_kwh == pytest.approx(40.0)


def test_nothing_is_held_for_an_outage_that_cannot_come() -> None:
    assert _chosen(chance=0.0, duration_h=4.0, price=0.0).chosen.reserve_kwh == 0.0


@pytest.mark.parametrize("more", ["chance", "duration_h", "value"])
def test_more_risk_never_asks_for_less(more: str) -> None:
    base = {"chance": 0.1, "duration_h": 2.0, "value": 5.0}
    few, many = (_chosen(price=0.45, **{**base, more: base[more] * factor}) for factor in (1.0, 4.0))
    assert many.chosen.reserve_kwh >= few.chosen.reserve_kwh


def test_an_unknown_price_is_told_and_does_not_stand_for_zero_cost() -> None:
    assert not _chosen(chance=0.5, duration_h=4.0, price=float("nan")).is_priced


def _trade(dear: float = 0.5) -> Trade:
    buy = np.concatenate([np.full(8, 0.1), np.full(8, dear), np.full(8, 0.1)])
    return Trade(np.full(24, 20.0), buy, buy * 0.0, 1.0)


def test_what_is_held_cannot_be_sold_in_the_dear_hours() -> None:
    """Full at the begin, 20 kW over 8 dear hours: all 100 kWh replace bought energy, unless held. What is held is
    still there at the end and worth the mean price."""
    cost = holding_cost(STORE, _trade(), energy_kwh=100.0, reserve_kwh=40.0, steps_held=24)
    # The 40 kWh forgo 0.5 and would have been bought back for 0.1.
    assert cost == pytest.approx(40.0 * (0.5 - 0.1), rel=0.01)


def test_holding_is_free_at_a_flat_price_and_rises_with_the_amount() -> None:
    assert holding_cost(STORE, _trade(0.1), energy_kwh=100.0, reserve_kwh=60.0, steps_held=24) == pytest.approx(
        0, abs=0.1
    )
    costs = [
        holding_cost(STORE, _trade(), energy_kwh=50.0, reserve_kwh=kwh, steps_held=24)
        for kwh in (0.0, 30.0, 60.0, 90.0)
    ]
    assert costs[0] == 0.0
    assert (np.diff(costs) >= -1e-9).all()


def test_a_reserve_that_is_not_there_yet_is_reached_as_fast_as_can_be() -> None:
    weak = Store(100.0, 0.0, 10.0, 10.0, 1.0, 1.0)
    held = schedule(weak, _trade(), energy_kwh=0.0, floor_kwh=np.full(24, 30.0))
    assert held.energy_kwh[:3] == pytest.approx([10.0, 20.0, 30.0])


def test_released_reserve_is_used_afterwards() -> None:
    trade = Trade(np.full(24, 20.0), np.concatenate([np.full(12, 0.2), np.full(12, 0.5)]), np.zeros(24), 1.0)
    floor = np.concatenate([np.full(12, 80.0), np.zeros(12)])
    energy = schedule(STORE, trade, energy_kwh=100.0, floor_kwh=floor).energy_kwh
    assert (energy[:12] >= 80.0 - 1e-6).all()
    assert energy[12:].min() < 10.0


def test_survivability_of_a_steady_year_is_a_step() -> None:
    size = 500
    found = survivability(
        Island(STORE, no_units()),
        load_kw=np.tile([10.0, 0.0, 0.0], (size, 1)),
        renewable_kw=np.zeros(size),
        energy_kwh=np.full(size, 60.0),
        step_h=1.0,
        horizon_h=24.0,
    )
    assert found.curve(np.array([1.0, 6.0, 7.0])) == pytest.approx([1.0, 1.0, 0.0])
    assert found.percentile(0.05) == pytest.approx(6.0)


def test_survivability_follows_the_charge_of_each_hour() -> None:
    size = 1000
    energy = np.linspace(0.0, 100.0, size)
    found = survivability(
        Island(STORE, no_units()),
        load_kw=np.tile([10.0, 0.0, 0.0], (size, 1)),
        renewable_kw=np.zeros(size),
        energy_kwh=energy,
        step_h=1.0,
        horizon_h=24.0,
    )
    assert found.hours[:, 0] == pytest.approx(energy / 10.0, abs=1e-6)
    assert found.curve(np.array([5.0]))[0] == pytest.approx(0.5, abs=0.01)
    assert found.percentile(0.05) == pytest.approx(0.5, abs=0.02)


def test_survivability_refuses_what_is_not_known() -> None:
    with pytest.raises(ValueError, match="have to be known"):
        survivability(
            Island(STORE, no_units()),
            load_kw=np.full((10, 3), np.nan),
            renewable_kw=np.zeros(10),
            energy_kwh=np.zeros(10),
            step_h=1.0,
            horizon_h=2.0,
        )
