import numpy as np
import pytest

from gridops.simulator.microgrids.genset import IDLE_FUEL, START_FAILURE, START_S, Genset, GensetDesign, Running

DESIGN = GensetDesign("set", "Set", 1000.0, 2000.0)


def genset(seed: int = 1) -> Genset:
    return Genset(DESIGN, np.random.default_rng(seed))


def started(seed: int = 1) -> Genset:
    one = genset(seed)
    one.order(800.0)
    for _ in range(60):
        one.pass_time(1.0)
    one.follow()
    return one


def test_it_takes_its_time_to_start_and_then_follows_its_set_point() -> None:
    one = genset()
    one.order(800.0)
    one.pass_time(START_S[0] - 0.1)
    assert one.state is Running.STARTING
    assert one.follow() == 0.0
    one.pass_time(START_S[1])
    assert one.is_running
    for _ in range(30):
        one.pass_time(1.0)
    assert one.follow() == pytest.approx(800.0)


def test_less_than_its_least_power_is_its_least_power() -> None:
    one = genset()
    one.order(10.0)
    assert one.wanted_kw == pytest.approx(300.0)


def test_so_many_starts_fail_as_is_said() -> None:
    generator = np.random.default_rng(7)
    failed = 0
    for _ in range(4000):
        one = Genset(DESIGN, generator)
        one.order(800.0)
        one.pass_time(START_S[1])
        failed += one.state is Running.FAILED
    assert failed / 4000 == pytest.approx(START_FAILURE, abs=0.005)


def test_a_failed_start_is_tried_again_when_it_is_ordered_again() -> None:
    one = genset()
    one.starts_that_fail = 1
    one.order(800.0)
    one.pass_time(START_S[1])
    assert one.state is Running.FAILED
    assert one.wanted_kw == 0.0
    one.order(800.0)
    one.pass_time(START_S[1])
    assert one.is_running


def test_an_hour_burns_what_power_and_idling_come_to_and_an_empty_tank_ends_it() -> None:
    one = started()
    one.burn(3600.0)
    assert DESIGN.tank_kwh - one.fuel_kwh == pytest.approx(IDLE_FUEL * 1000.0 + (1 - IDLE_FUEL) * 800.0)
    one.burn(3 * 3600.0)
    assert (one.fuel_kwh, one.state) == (0.0, Running.FAILED)
    assert "no fuel" in one.refusal(500.0)


def test_what_it_cannot_give_is_refused() -> None:
    assert "0 to 1000 kW" in genset().refusal(1200.0)
    assert genset().refusal(1000.0) == ""
