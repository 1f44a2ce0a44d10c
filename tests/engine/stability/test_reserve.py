"""What is needed, who gives it, and what a battery beside a plant has to do."""

import numpy as np
import pytest

from gridops.engine.stability.need import Answering, needed
from gridops.engine.stability.ramps import smoothed
from gridops.engine.stability.shares import Offers, shared
from gridops.engine.stability.swing import after_loss
from tests.engine.stability.areas import area

ANSWERING = Answering(full_hz=0.5, deadband_hz=0.02, delay_s=0.15, lag_s=0.2)
LOSS = np.array([12_000.0])


def test_the_need_keeps_the_nadir_and_a_twentieth_less_does_not() -> None:
    need = needed(area(), LOSS, limit_hz=49.5, answering=ANSWERING)
    assert need.without.nadir_hz[0] < 49.5
    assert need.is_enough[0]
    assert need.with_it.nadir_hz[0] == pytest.approx(49.5, abs=5e-3)
    less = after_loss(area(), LOSS, ANSWERING.of(0.95 * need.kw[:, None]))
    assert less.nadir_hz[0] < 49.5


def test_nothing_is_needed_where_the_area_holds_by_itself() -> None:
    need = needed(area(), np.array([500.0]), limit_hz=49.5, answering=ANSWERING)
    assert need.kw[0] == 0.0
    assert need.is_enough[0]


def test_what_no_reserve_can_hold_is_told() -> None:
    slow = Answering(full_hz=0.5, deadband_hz=0.02, delay_s=5.0, lag_s=0.2)
    need = needed(area(kinetic_kws=50_000.0), LOSS, limit_hz=49.5, answering=slow)
    assert not need.is_enough[0]
    with pytest.raises(ValueError, match="limit_hz"):
        needed(area(), LOSS, limit_hz=50.0, answering=ANSWERING)


def offers(room: list[list[float]], energy: list[list[float]], cost: list[float]) -> Offers:
    return Offers(np.array(room), np.array(energy), np.array(cost), np.full(len(cost), np.inf))


def test_the_cheapest_plant_with_room_and_energy_gives_first() -> None:
    found = shared(
        np.array([300.0]), offers([[400, 200, 500]], [[50, 100, 500]], [1.0, 2.0, 3.0]), hold_hours=0.5, change_cost=0.0
    )
    assert found.kw[0].tolist() == pytest.approx([100.0, 200.0, 0.0])
    assert found.cost == pytest.approx(500.0)
    assert not found.reason


def test_what_nobody_has_is_short_and_named() -> None:
    found = shared(np.array([100.0, 900.0]), offers([[300]] * 2, [[1e3]] * 2, [1.0]), hold_hours=0.25, change_cost=0.0)
    assert found.short_kw.tolist() == pytest.approx([0.0, 600.0])
    assert "hour 2" in found.reason
    with pytest.raises(ValueError, match="room_kw"):
        shared(np.array([1.0]), offers([[-1]], [[1]], [1.0]), hold_hours=0.25, change_cost=0.0)


def test_a_setting_that_costs_to_change_stays() -> None:
    room, energy = [[500, 500], [100, 500], [500, 500]], [[1e6, 1e6]] * 3
    wandering = shared(np.full(3, 300.0), offers(room, energy, [1.0, 1.1]), hold_hours=0.25, change_cost=0.0)
    quiet = shared(np.full(3, 300.0), offers(room, energy, [1.0, 1.1]), hold_hours=0.25, change_cost=5.0)
    assert np.abs(np.diff(quiet.kw, axis=0)).sum() < np.abs(np.diff(wandering.kw, axis=0)).sum()
    assert quiet.kw.sum(axis=1).tolist() == pytest.approx([300.0] * 3)


@pytest.mark.parametrize("seed", range(5))
def test_shares_never_pass_room_or_energy(seed: int) -> None:
    rng = np.random.default_rng(seed)
    room, energy = rng.uniform(0, 500, (24, 6)), rng.uniform(0, 200, (24, 6))
    need = rng.uniform(0, 1500, 24)
    offered = Offers(room, energy, rng.uniform(1, 5, 6), rng.uniform(100, 400, 6))
    found = shared(need, offered, hold_hours=0.5, change_cost=0.1)
    assert (found.kw <= np.minimum(np.minimum(room, offered.most_kw), energy / 0.5) + 1e-6).all()
    assert (found.kw.sum(axis=1) + found.short_kw >= need - 1e-6).all()
    could = np.minimum(np.minimum(room, offered.most_kw), energy / 0.5).sum(axis=1)
    assert found.short_kw == pytest.approx(np.maximum(need - could, 0.0), abs=1e-6)


def test_a_step_is_spread_over_the_time_that_the_limit_asks_for() -> None:
    power = np.concatenate([np.zeros(10), np.full(50, 1_000.0)])
    found = smoothed(power, step_s=60.0, limit_kw_min=100.0)
    assert np.abs(np.diff(found.delivered_kw)).max() == pytest.approx(100.0)
    assert found.needed_kw == pytest.approx(900.0)
    assert found.needed_kwh == pytest.approx(sum(range(0, 1000, 100)) / 60)
    assert (found.steps_beyond, found.steps_beyond_alone) == (0, 1)


def test_the_filter_knows_the_past_alone_and_a_small_battery_is_told() -> None:
    rng = np.random.default_rng(3)
    power = 1_000 * rng.random(200)
    whole, half = (smoothed(part, step_s=60.0, limit_kw_min=50.0) for part in (power, power[:100]))
    assert whole.delivered_kw[:100].tolist() == half.delivered_kw.tolist()
    small = smoothed(power, step_s=60.0, limit_kw_min=50.0, battery_kw=100.0)
    assert np.abs(small.battery_kw).max() <= 100.0 + 1e-9
    assert 0 < small.steps_beyond <= small.steps_beyond_alone
