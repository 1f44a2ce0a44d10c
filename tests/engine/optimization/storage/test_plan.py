"""A day's schedule against programs written down independently, and against what arithmetic says."""

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, linprog, milp

from gridops.engine.optimization.solver import Status
from gridops.engine.optimization.storage.battery import Batteries
from gridops.engine.optimization.storage.drivers import drivers
from gridops.engine.optimization.storage.plan import Part, plan
from gridops.engine.optimization.storage.site import Site
from tests.engine.optimization.storage.made import HOURS, prices, schedule


def day_by_linprog(price: np.ndarray, *, power: float, energy: float, eta: float, wear: float = 0.0) -> float:
    """Cost of an empty-to-empty day, written without a state of charge: sums of flows stay between 0 and full."""
    stored = np.tril(np.ones((HOURS, HOURS)))
    upto = np.hstack([eta * stored, -stored / eta])
    found = linprog(
        np.concatenate([price, wear - price]),
        A_ub=np.vstack([upto, -upto]),
        b_ub=np.concatenate([np.full(HOURS, energy), np.zeros(HOURS)]),
        A_eq=upto[-1:],
        b_eq=[0.0],
        bounds=(0, power),
    )
    return float(found.fun)


@pytest.mark.parametrize("seed", range(5))
def test_a_day_costs_what_another_solver_finds(seed: int) -> None:
    price = prices(seed)
    made = plan(
        Batteries.of(power_kw=3, energy_kwh=7, round_trip=0.9, wear_discharge=0.01), Site.of(step_h=1, buy=price)
    )

    assert schedule(made).cost == pytest.approx(
        day_by_linprog(price, power=3, energy=7, eta=np.sqrt(0.9), wear=0.01), abs=1e-9
    )


def test_energy_is_the_sum_of_what_went_in_and_out() -> None:
    battery = Batteries.of(
        power_kw=[2, 5],
        energy_kwh=[4, 20],
        one_way=[0.9, 0.95],
        initial=[0.5, 0.2],
        final=[0.3, 0.6],
        window=(0.1, 0.9),
    )
    found = schedule(plan(battery, Site.of(step_h=0.25, buy=np.repeat(prices(1), 4))))

    into = (
        found.charge_kw * battery.charge_efficiency[:, None]
        - found.discharge_kw / battery.discharge_efficiency[:, None]
    )
    np.testing.assert_allclose(
        found.energy_kwh, battery.initial_kwh[:, None] + 0.25 * np.cumsum(into, axis=1), atol=1e-9
    )
    np.testing.assert_allclose(found.energy_kwh[:, -1], [1.2, 12.0], atol=1e-9)
    assert (found.energy_kwh >= 0.1 * battery.energy_kwh[:, None] - 1e-9).all()
    assert (found.energy_kwh <= 0.9 * battery.energy_kwh[:, None] + 1e-9).all()


def test_a_final_energy_of_at_least_so_much_may_be_more() -> None:
    wants = dict(power_kw=1, energy_kwh=4, one_way=1.0, initial=0.0, final=0.25, final_at_least=True)
    paid = schedule(plan(Batteries.of(**wants), Site.of(step_h=1, buy=np.full(6, -0.1))))
    dear = schedule(plan(Batteries.of(**wants), Site.of(step_h=1, buy=np.full(6, 0.1))))

    assert paid.energy_kwh[0, -1] == pytest.approx(4.0)
    assert dear.energy_kwh[0, -1] == pytest.approx(1.0)


def test_where_burning_energy_pays_nothing_charges_and_discharges_at_once() -> None:
    price = prices(2)
    price[4:9] = [-0.3, -0.25, -0.4, -0.2, -0.35]
    battery = Batteries.of(power_kw=[1, 2], energy_kwh=[2, 3], round_trip=0.81)
    made = plan(battery, Site.of(step_h=1, buy=price))
    found = schedule(made)

    assert np.minimum(found.charge_kw, found.discharge_kw).max() < 1e-6
    assert made.offenders == 2
    assert found.cost == pytest.approx(day_by_milp(price, 1, 2, 0.9) + day_by_milp(price, 2, 3, 0.9), abs=1e-6)
    assert found.cost > day_by_linprog(price, power=1, energy=2, eta=0.9) + day_by_linprog(
        price, power=2, energy=3, eta=0.9
    )


def day_by_milp(price: np.ndarray, power: float, energy: float, eta: float) -> float:
    stored = np.tril(np.ones((HOURS, HOURS)))
    upto = np.hstack([eta * stored, -stored / eta, np.zeros((HOURS, HOURS))])
    one, none = np.eye(HOURS), np.zeros((HOURS, HOURS))
    rows = [
        LinearConstraint(upto, 0, [*np.full(HOURS - 1, energy), 0]),
        LinearConstraint(np.hstack([one, none, -power * one]), -np.inf, 0),
        LinearConstraint(np.hstack([none, one, power * one]), -np.inf, power),
    ]
    whole = np.repeat([0, 0, 1], HOURS)
    bounds = (np.zeros(3 * HOURS), np.repeat([power, power, 1], HOURS))
    found = milp(np.concatenate([price, -price, np.zeros(HOURS)]), integrality=whole, bounds=bounds, constraints=rows)
    return float(found.fun)


def test_a_little_wear_spares_the_binaries() -> None:
    eta, wear = 0.95, 0.01
    floor = -wear * (1 + eta**2) / (1 - eta**2)
    battery = Batteries.of(power_kw=1, energy_kwh=2, one_way=eta, wear_charge=wear, wear_discharge=wear)
    price = prices(3)

    price[5:8] = floor + 0.01
    assert plan(battery, Site.of(step_h=1, buy=price)).offenders == 0
    price[5:8] = floor - 0.01
    assert plan(battery, Site.of(step_h=1, buy=price)).offenders == 1


def test_the_value_of_stored_energy_is_what_one_kwh_more_would_save() -> None:
    price = prices(4)
    site = Site.of(step_h=1, buy=price)

    def made(initial: float):
        return schedule(plan(Batteries.of(power_kw=2, energy_kwh=10, round_trip=0.9, initial=initial, final=0.3), site))

    saved = made(0.5).cost - made(0.5 + 1e-4).cost
    assert made(0.5).stored_value[0, 0] == pytest.approx(saved / 1e-3, rel=1e-5)


def test_a_schedule_with_binaries_has_values_too() -> None:
    price = prices(2)
    price[4:9] = -0.3
    found = schedule(plan(Batteries.of(power_kw=1, energy_kwh=2, round_trip=0.81), Site.of(step_h=1, buy=price)))

    assert found.stored_value.shape == (1, HOURS)
    assert found.stored_value.min() < 0 < found.stored_value.max()


def test_cycles_are_kept_to_their_limit_and_the_limit_is_told() -> None:
    site = Site.of(step_h=1, buy=np.tile([0.01, 0.2], 12))
    battery = Batteries.of(power_kw=1, energy_kwh=1, round_trip=0.9, cycles=2.5)
    made = plan(battery, site)

    assert schedule(made).cycles(battery, 1.0)[0] == pytest.approx(2.5)
    limit = next(each for each in drivers(made) if each.name == "cycle limit")
    more = schedule(plan(Batteries.of(power_kw=1, energy_kwh=1, round_trip=0.9, cycles=3.0), site))
    assert limit.total == pytest.approx((schedule(made).cost - more.cost) / 0.5)


def test_deep_cycles_are_left_out_where_their_wear_is_dearer_than_the_gain() -> None:
    site = Site.of(step_h=1, buy=np.array([0.0, 0.0, 0.1, 0.1]))
    wants = dict(power_kw=10, energy_kwh=10, one_way=1.0)

    flat = schedule(plan(Batteries.of(**wants), site))
    rising = schedule(plan(Batteries.of(**wants, depth=((0.3, 0.7), (0.02, 0.2))), site))

    assert flat.energy_kwh.max() == pytest.approx(10.0)
    assert rising.energy_kwh.max() == pytest.approx(3.0)
    assert rising.parts[Part.WEAR] == pytest.approx(3 * 0.02)
    assert rising.cost == pytest.approx(-3 * (0.1 - 0.02))


class TestInfeasible:
    def test_a_load_above_the_import_limit_names_the_limit_and_how_much(self) -> None:
        made = plan(
            Batteries.of(power_kw=1, energy_kwh=2, one_way=1.0),
            Site.of(step_h=1, buy=prices(1), load_kw=6.0, import_kw=5.0),
        )

        assert made.schedule is None
        assert made.status is Status.INFEASIBLE
        assert made.way_out[0] == "Cheapest way out: higher import limit in every step: 1 kW."

    def test_a_final_energy_out_of_reach_names_the_battery(self) -> None:
        battery = Batteries.of(power_kw=[1, 1], energy_kwh=[4, 100], one_way=1.0, initial=0.0, final=[1.0, 0.9])
        made = plan(battery, Site.of(step_h=1, buy=prices(1)))

        assert "other final energy at battery 2: 66 kWh" in made.way_out[0]

    def test_too_much_reserve_says_how_much_less(self) -> None:
        battery = Batteries.of(power_kw=3, energy_kwh=10, one_way=1.0, initial=0.5)
        made = plan(battery, Site.of(step_h=1, buy=prices(1), up_kw=4.0))

        assert "less reserve in every step: 1 kW" in made.way_out[0]


def test_what_drives_a_schedule_is_told_with_its_price() -> None:
    price = np.array([0.1, 0.1, 0.5, 0.5])
    made = plan(Batteries.of(power_kw=10, energy_kwh=4, one_way=1.0), Site.of(step_h=1, buy=price))
    found = {each.name: each for each in drivers(made)}

    assert found["full"].total == pytest.approx(0.4)
    more = schedule(plan(Batteries.of(power_kw=10, energy_kwh=5, one_way=1.0), Site.of(step_h=1, buy=price)))
    assert schedule(made).cost - more.cost == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"round_trip": 1.2}, "efficiency"),
        ({"round_trip": 0.9, "one_way": 0.9}, "efficiency"),
        ({"round_trip": 0.9, "energy_kwh": 0.0}, "energy"),
        ({"round_trip": 0.9, "window": (0.6, 0.4)}, "window"),
        ({"round_trip": 0.9, "initial": 0.05, "window": (0.1, 1.0)}, "initial"),
        ({"round_trip": 0.9, "wear_discharge": -1.0}, "wear_discharge"),
        ({"round_trip": 0.9, "depth": ((0.5, 0.6), (0.0, 0.1))}, "depth"),
        ({"round_trip": 0.9, "depth": ((0.5, 0.5), (0.1, 0.0))}, "depth"),
        ({"round_trip": 0.9, "power_kw": np.nan}, "charge_kw"),
    ],
)
def test_a_battery_that_cannot_be_is_refused_by_its_field(given: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Batteries.of(**{"power_kw": 1.0, "energy_kwh": 2.0} | given)


def test_limits_of_the_whole_horizon_are_told_in_its_last_step_however_many_batteries_there_are() -> None:
    wants = dict(power_kw=np.full(4, 1.0), energy_kwh=2.0, one_way=1.0, cycles=0.25, depth=((0.5, 0.5), (0.0, 0.01)))
    made = plan(Batteries.of(**wants), Site.of(step_h=1, buy=np.array([0.1, 0.2, 0.1, 0.3])))
    found = {each.name: each for each in drivers(made)}

    assert found["cycle limit"].steps == (3,)
    assert found["cycle limit"].total > 0.1


def test_what_could_only_be_kept_by_burning_energy_is_explained() -> None:
    """No export and reserve upwards: the battery would have to draw all day, and to lose what it draws."""
    batteries = Batteries.of(power_kw=300.0, energy_kwh=100.0, one_way=0.95, initial=0.5, wear_discharge=0.01)
    site = Site.of(step_h=0.25, buy=np.full(96, 0.05), export_kw=0.0, up_kw=20.0, backing_h=0.5)
    assert plan(batteries, site, convex=True).schedule is not None
    made = plan(batteries, site)
    assert made.schedule is None
    assert any("less reserve" in one for one in made.way_out), made.way_out
