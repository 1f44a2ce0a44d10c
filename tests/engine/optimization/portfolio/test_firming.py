"""Batteries that keep plants near their plan, and who could do a plant's work for a limit."""

import numpy as np
import pytest

from gridops.engine.optimization.portfolio.firming import Bank, Past, sizes, tried
from gridops.engine.optimization.portfolio.substitutes import saved


def wavering(steps: int, sigma: float, memory: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    found = np.zeros(steps)
    for n in range(1, steps):
        found[n] = memory * found[n - 1] + sigma * (1 - memory**2) ** 0.5 * rng.standard_normal()
    return found


def test_a_deviation_that_turns_each_hour_needs_what_can_be_counted_by_hand() -> None:
    error = np.tile([30.0, 30.0, 30.0, 30.0, -30.0, -30.0, -30.0, -30.0], 20)  # 20 kW beyond the band of 10
    past = Past(error, np.full(len(error), 10.0), 0.25)
    big = tried(past, Bank(np.array([20.0]), np.array([40.0]), 1.0))
    assert big.share[0] == 1.0
    assert big.discharged_kwh[0] == pytest.approx(20 * 20.0)
    assert big.without == 0.0
    small = tried(past, Bank(np.array([19.0]), np.array([40.0]), 1.0))
    assert small.share[0] == 0.0  # one kW is missing in every quarter hour


def test_more_energy_never_keeps_less_and_none_keeps_what_was_kept_without() -> None:
    past = Past(wavering(1500, 40, 0.9, 1), np.full(1500, 25.0), 0.25)
    energy = np.array([0.0, 20.0, 50.0, 100.0, 200.0, 400.0])
    found = tried(past, Bank(np.full(6, 60.0), energy, 0.94))
    assert (np.diff(found.share) >= -1e-9).all()
    assert found.share[0] == pytest.approx(found.without)
    assert found.share[-1] > found.without + 0.2


def test_every_size_that_is_told_keeps_the_share_when_it_is_played_again() -> None:
    past = Past(wavering(1500, 40, 0.8, 2), np.full(1500, 25.0), 0.25)
    found = sizes(past, share=0.9, one_way=0.94)
    assert len(found.power_kw) > 2
    again = tried(past, Bank(found.power_kw, found.energy_kwh, 0.94))
    assert (again.share >= 0.9).all()
    assert np.allclose(again.share, found.share)
    place = found.cheapest(300.0, 400.0)
    cost = 300 * found.power_kw + 400 * found.energy_kwh
    assert place == int(cost.argmin())


def test_where_no_battery_helps_the_best_share_is_told() -> None:
    past = Past(np.full(400, -50.0), np.full(400, 10.0), 0.25)  # always too little: nothing refills the battery
    found = sizes(past, share=0.99, one_way=0.95)
    assert len(found.power_kw) == 0
    assert found.cheapest(1.0, 1.0) is None
    assert 0.0 < found.best_share < 0.99


def test_a_plan_that_is_kept_anyway_needs_no_battery() -> None:
    found = sizes(Past(np.array([1.0, -2.0]), np.full(2, 5.0), 0.25), share=1.0, one_way=1.0)
    assert found.energy_kwh.tolist() == [0.0]
    assert found.without == 1.0


def test_a_share_that_is_kept_without_a_battery_costs_nothing() -> None:
    error = np.r_[np.full(95, 3.0), np.full(5, 40.0)]
    found = sizes(Past(error, np.full(100, 5.0), 0.25), share=0.9, one_way=0.95)
    assert (found.energy_kwh.tolist(), found.without) == ([0.0], 0.95)


def test_what_is_not_known_rests_and_does_not_count() -> None:
    past = Past(np.array([np.nan, 4.0, np.nan, -4.0]), np.full(4, 5.0), 0.25)
    assert tried(past, Bank(np.zeros(1), np.zeros(1), 1.0)).without == 1.0


@pytest.mark.parametrize(("share", "one_way", "error"), [(0.0, 0.9, 1.0), (0.9, 1.2, 1.0), (0.9, 0.9, np.nan)])
def test_what_cannot_be_asked_is_refused(share: float, one_way: float, error: float) -> None:
    with pytest.raises(ValueError, match=r"share|one_way|error_kw"):
        sizes(Past(np.array([error]), np.ones(1), 0.25), share=share, one_way=one_way)


def test_a_nearer_battery_is_cheaper_a_kwh_saved_than_a_far_one_of_the_same_price() -> None:
    found = saved(
        held_kw=100.0,
        relief_by_plant=0.02,
        relief_kw=np.array([0.01, 0.04, 0.0]),
        most_kw=np.array([80.0, 30.0, 500.0]),
        cost_per_kwh=np.array([0.10, 0.10, 0.01]),
    )
    assert found.cost_per_kwh[:2] == pytest.approx([0.20, 0.05])
    assert found.most_kw.tolist() == [40.0, 60.0, 0.0]
    assert found.order.tolist()[0] == 1
    assert found.taken_kw.tolist() == [40.0, 60.0, 0.0]
    assert found.left_kw == pytest.approx(0.0)


def test_no_way_of_sharing_the_work_is_cheaper() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        most, relief, price = rng.uniform(5, 40, 4), rng.uniform(0.5, 2, 4), rng.uniform(0.01, 0.5, 4)
        held = float(rng.uniform(5, 60))
        found = saved(held_kw=held, relief_by_plant=1.0, relief_kw=relief, most_kw=most, cost_per_kwh=price)
        assert found.taken_kw.sum() + found.left_kw == pytest.approx(held)
        cost = float(found.cost_per_kwh @ found.taken_kw)
        for _ in range(20):
            share = np.minimum(rng.dirichlet(np.ones(4)) * found.taken_kw.sum(), found.most_kw)
            if share.sum() >= found.taken_kw.sum() - 1e-9:
                assert float(found.cost_per_kwh @ share) >= cost - 1e-9


def test_a_plant_that_relieves_nothing_has_no_substitute() -> None:
    with pytest.raises(ValueError, match="relieves"):
        saved(held_kw=1.0, relief_by_plant=0.0, relief_kw=np.ones(1), most_kw=np.ones(1), cost_per_kwh=np.ones(1))
