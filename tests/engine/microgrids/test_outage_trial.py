"""An island played alone: closed forms, conservation, and what must never be."""

import numpy as np
import numpy.typing as npt
import pytest

from gridops.engine.microgrids.outage_trial import Courses, Island, Luck, Policy, Store, Units, no_units, stand_alone

FloatArray = npt.NDArray[np.float64]
STEP_H = 0.25


def _store(capacity: float = 100.0, least: float = 0.0, power: float = 50.0, efficiency: float = 1.0) -> Store:
    return Store(capacity, least, power, power, efficiency, efficiency)


def _units(*, fuel: float = np.inf, start_failure: float = 0.0, failures_per_h: float = 0.0) -> Units:
    one = np.ones(1)
    return Units(20.0 * one, 5.0 * one, fuel * one, np.zeros(1, bool), start_failure * one, failures_per_h * one)


def _constant(critical: float, important: float = 0.0, deferrable: float = 0.0, *, sun: float = 0.0) -> Courses:
    load = np.broadcast_to([critical, important, deferrable], (400, 1, 3)).copy()
    return Courses(load, np.full((400, 1), sun), STEP_H)


def _hours(island: Island, courses: Courses, energy: float) -> FloatArray:
    return stand_alone(island, courses, np.full(courses.load_kw.shape[1], energy)).hours


@pytest.mark.parametrize(("energy", "load"), [(100.0, 10.0), (73.0, 7.0), (31.4, 2.718)])
def test_a_constant_load_is_served_for_energy_over_power(energy: float, load: float) -> None:
    hours = _hours(Island(_store(), no_units()), _constant(load), energy)
    assert hours[0, 0] == pytest.approx(energy / load)


def test_losses_and_the_least_charge_shorten_the_time() -> None:
    island = Island(_store(least=10.0, efficiency=0.9), no_units())
    assert _hours(island, _constant(8.0), 90.0)[0, 0] == pytest.approx((90.0 - 10.0) * 0.9 / 8.0)


def test_fuel_and_charge_add_up() -> None:
    island = Island(_store(), _units(fuel=60.0))
    assert _hours(island, _constant(10.0), 100.0)[0, 0] == pytest.approx((100.0 + 60.0) / 10.0, abs=STEP_H)


def test_a_generator_that_never_runs_dry_carries_the_load_for_ever() -> None:
    found = stand_alone(Island(_store(), _units()), _constant(10.0), np.array([50.0]))
    assert found.is_beyond.all()
    assert found.unserved_kwh.sum() == 0


def test_sun_as_great_as_the_load_carries_it_for_ever() -> None:
    assert stand_alone(Island(_store(), no_units()), _constant(10.0, sun=10.0), np.array([20.0])).is_beyond.all()


def test_a_load_beyond_the_power_of_the_store_is_not_served_at_all() -> None:
    assert _hours(Island(_store(power=5.0), no_units()), _constant(10.0), 100.0)[0, 0] == 0.0


def test_shedding_at_a_level_leaves_the_rest_to_the_critical_load() -> None:
    island = Island(_store(), no_units(), Policy(shed_below=(0.0, 0.0, 0.5)))
    hours = _hours(island, _constant(5.0, 0.0, 5.0), 100.0)
    assert hours[0, 2] == pytest.approx(50.0 / 10.0, abs=STEP_H)
    assert hours[0, 0] == pytest.approx(5.0 + 50.0 / 5.0, abs=STEP_H)


@pytest.mark.parametrize("energy", [61.3, 77.7, 99.9])
def test_a_class_ends_when_its_level_is_met_and_not_with_the_step(energy: float) -> None:
    island = Island(_store(), no_units(), Policy(shed_below=(0.0, 0.2, 0.5)))
    hours = _hours(island, _constant(4.0, 3.0, 5.0), energy)
    assert hours[0, 2] == pytest.approx((energy - 50.0) / 12.0)


def test_a_class_that_is_cut_from_the_begin_has_no_hours_and_draws_nothing() -> None:
    island = Island(_store(), no_units(), Policy(shed_below=(0.0, 0.0, 2.0)))
    hours = _hours(island, _constant(5.0, 0.0, 50.0), 100.0)
    assert hours[0, 2] == 0.0
    assert hours[0, 0] == pytest.approx(20.0)


def test_more_power_than_the_store_gives_cuts_the_last_class_only() -> None:
    found = stand_alone(Island(_store(power=10.0), no_units()), _constant(6.0, 3.0, 5.0), np.array([80.0]))
    assert found.hours[0, 2] == 0.0
    assert found.hours[0, 1] > 5.0


def _random(rng: np.random.Generator, scenarios: int = 200, units: int = 1) -> tuple[Courses, FloatArray, Luck]:
    load = rng.gamma(3.0, 3.0, (192, scenarios, 3))
    sun = rng.gamma(1.0, 10.0, (192, scenarios))
    luck = Luck(rng.random((192, scenarios, units)), rng.random((192, scenarios, units)))
    return Courses(load, sun, STEP_H), rng.uniform(0.0, 100.0, scenarios), luck


def test_no_class_is_served_while_one_before_it_is_not() -> None:
    courses, energy, luck = _random(np.random.default_rng(3))
    island = Island(_store(), _units(fuel=100.0, start_failure=0.2), Policy((0.0, 0.2, 0.4)))
    served = stand_alone(island, courses, energy, luck).served
    assert not (served[:, :, 1] & ~served[:, :, 0]).any()
    assert not (served[:, :, 2] & ~served[:, :, 1]).any()


def test_nobody_is_given_more_than_there_is() -> None:
    courses, energy, luck = _random(np.random.default_rng(4))
    found = stand_alone(Island(_store(), _units(fuel=100.0)), courses, energy, luck)
    given = courses.load_kw.sum(axis=(0, 2)) * STEP_H - found.unserved_kwh.sum(axis=1)
    there = energy + (100.0 - found.fuel_kwh) + courses.renewable_kw.sum(axis=0) * STEP_H
    assert (given <= there + 1e-6).all()


@pytest.mark.parametrize("sun", [0.0, 4.0])
def test_more_stored_energy_never_shortens_the_time_of_a_steady_load(sun: float) -> None:
    island = Island(_store(), _units(fuel=30.0))
    found = [_hours(island, _constant(14.0, sun=sun), energy)[0, 0] for energy in np.linspace(0, 100, 21)]
    assert (np.diff(found) >= -STEP_H).all()
    assert found[-1] > found[0]


def test_generators_that_fail_shorten_the_time_on_average() -> None:
    courses, energy, luck = _random(np.random.default_rng(5))
    sound, weak = (
        stand_alone(Island(_store(), _units(start_failure=p, failures_per_h=p)), courses, energy, luck).hours[:, 0]
        for p in (0.0, 0.5)
    )
    assert weak.mean() < sound.mean()


def test_starts_fail_as_often_as_told() -> None:
    rng, count = np.random.default_rng(6), 4000
    courses = Courses(np.tile([10.0, 0.0, 0.0], (8, count, 1)), np.zeros((8, count)), STEP_H)
    luck = Luck(rng.random((8, count, 1)), rng.random((8, count, 1)))
    found = stand_alone(Island(_store(), _units(start_failure=0.1)), courses, np.zeros(count), luck)
    assert (~found.is_beyond[:, 0]).mean() == pytest.approx(0.1, abs=0.015)
