"""A battery plant of the field: energy is kept, limits are its own, and unspoken to it goes its own way."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from gridops.engine.storage.safety.typical import Chemistry
from gridops.simulator.batteries.design import designs
from gridops.simulator.batteries.events import FAN_ERROR, events_of
from gridops.simulator.batteries.management import GROUNDED_OHM_PER_V
from gridops.simulator.batteries.plant import LAPSE_S, SECOND_US, BatteryPlant
from tests.simulator.town import town

CHEMISTRIES = pytest.mark.parametrize("chemistry", list(Chemistry))


def plant(chemistry: Chemistry = Chemistry.LFP, seed: int = 1) -> BatteryPlant:
    return BatteryPlant(replace(designs(town())[0], chemistry=chemistry), seed)


def run(one: BatteryPlant, kw: float, hours: float, *, at_us: int = 0) -> None:
    for _ in range(round(hours * 60)):
        one.step(programme_kw=kw, programme_kvar=0.0, dt_s=60.0, at_us=at_us, has_supply=True)


@CHEMISTRIES
def test_it_gives_what_it_is_told_until_its_cells_are_empty_and_takes_no_trip_from_it(chemistry: Chemistry) -> None:
    one = plant(chemistry)
    run(one, 500.0, 0.25)
    assert one.p_kw == pytest.approx(500.0)
    run(one, 500.0, 2.5)
    assert one.p_kw < 0.01 * one.design.rated_kw
    assert float(one.cells.soc.mean()) < 0.03
    run(one, -500.0, 3.0)
    assert one.p_kw > -0.1 * one.design.rated_kw
    assert float(one.cells.soc.mean()) > 0.97
    assert not one.management.is_tripped.any()
    assert (np.abs(one.management.soc - one.cells.soc.mean(axis=1)) < 0.03).all()


@CHEMISTRIES
def test_what_it_gives_back_is_less_than_what_it_took_by_its_losses(chemistry: Chemistry) -> None:
    one = plant(chemistry)
    run(one, 250.0, 0.5)
    before, given = float(one.cells.soc.mean()), one.injected_kwh
    run(one, -250.0, 1.0)
    taken = one.absorbed_kwh
    while float(one.cells.soc.mean()) > before:
        run(one, 250.0, 1 / 60)
    assert 0.82 < (one.injected_kwh - given) / taken < 0.96


def test_ageing_and_leaking_take_their_share_at_rest() -> None:
    one = plant()
    soc, health = float(one.cells.soc.mean()), float(one.cells.health.mean())
    run(one, 0.0, 24.0)
    assert one.cells.soc.mean() < soc
    lost_a_year = (health - float(one.cells.health.mean())) * 365
    assert 0.005 < lost_a_year < 0.05


def test_a_set_point_is_followed_until_nobody_has_been_heard_for_so_long() -> None:
    one = plant()
    one.active.value, one.active.is_on = 300.0, True
    one.heard(0)
    follow = partial(one.step, programme_kw=-50.0, programme_kvar=0.0, dt_s=60.0, has_supply=True)
    follow(at_us=int((LAPSE_S - 1) * SECOND_US))
    assert one.p_kw == pytest.approx(300.0)
    one.heard(int((LAPSE_S - 1) * SECOND_US))
    follow(at_us=int(1.5 * LAPSE_S * SECOND_US))
    assert one.p_kw == pytest.approx(300.0), "a heartbeat keeps the set-point"
    follow(at_us=int(3 * LAPSE_S * SECOND_US))
    assert one.p_kw == pytest.approx(-50.0)
    one.heard(int(3 * LAPSE_S * SECOND_US))
    follow(at_us=int(3.1 * LAPSE_S * SECOND_US))
    assert one.p_kw == pytest.approx(-50.0), "what has lapsed comes back by a new set-point only"


def test_power_changes_by_a_ramp() -> None:
    one = plant()
    one.step(programme_kw=500.0, programme_kvar=0.0, dt_s=1.0, at_us=0, has_supply=True)
    assert one.p_kw == pytest.approx(50.0)


def test_reactive_power_stays_within_the_inverter_and_without_supply_there_is_neither() -> None:
    one = plant()
    one.step(programme_kw=400.0, programme_kvar=900.0, dt_s=60.0, at_us=0, has_supply=True)
    assert one.q_kvar == pytest.approx(300.0)
    soc = float(one.cells.soc.mean())
    one.step(programme_kw=400.0, programme_kvar=900.0, dt_s=60.0, at_us=0, has_supply=False)
    assert (one.p_kw, one.q_kvar) == (0.0, 0.0)
    assert float(one.cells.soc.mean()) == pytest.approx(soc, abs=1e-4)


def test_a_rack_with_a_fault_to_earth_trips_stays_off_and_comes_back_by_a_visit_after_the_repair_only() -> None:
    one = plant()
    one.management.insulation[0] = GROUNDED_OHM_PER_V
    run(one, 500.0, 0.1)
    assert one.management.is_tripped.tolist() == [True, False]
    assert one.p_kw < 0.6 * one.design.rated_kw, "one rack cannot carry all"
    one.management.reset()
    assert one.management.is_tripped[0], "the cause lasts"
    one.management.insulation[0] = 2_000.0
    run(one, 500.0, 0.1)
    assert one.management.is_tripped[0], "it stays latched"
    one.management.reset()
    run(one, 500.0, 0.1)
    assert one.p_kw == pytest.approx(500.0)


def test_without_cooling_the_power_falls_by_a_ramp_before_anything_trips() -> None:
    one = plant()
    one.air_c = 36.0
    one.cells.is_cooled[:] = False
    for _ in range(10):
        run(one, -480.0, 0.5)
        run(one, 480.0, 0.4)
    assert events_of(one.management)[0] >> FAN_ERROR & 1
    assert not one.management.is_tripped.any()
    run(one, -480.0, 0.1)
    assert one.p_kw > -400.0
    assert one.is_limited


def test_the_same_seed_gives_the_same_plant_and_another_one_another() -> None:
    assert plant(seed=3).cells.soc.tolist() == plant(seed=3).cells.soc.tolist()
    assert plant(seed=3).cells.soc.tolist() != plant(seed=4).cells.soc.tolist()
