import numpy as np
import pytest

from gridops.simulator.microgrids.alone import Feeling, Microgrid
from gridops.simulator.microgrids.genset import GensetDesign
from gridops.simulator.microgrids.standing import Mode

CALM = Feeling((400.0, 300.0, 300.0))
LOST = Feeling((400.0, 300.0, 300.0), grid_live=False)


def microgrid(*, soc: float = 0.6, rated_kw: float = 1500.0) -> Microgrid:
    design = GensetDesign("set", "Set", 1000.0, 24_000.0)
    generator = np.random.default_rng(1)
    return Microgrid(rated_kw=rated_kw, capacity_kwh=3000.0, soc=soc, gensets=(design,), generator=generator)


def run(one: Microgrid, felt: Feeling, seconds: int) -> None:
    for _ in range(seconds):
        one.step(1.0, felt)


def alone(**told: float) -> Microgrid:
    one = microgrid(**told)
    run(one, CALM, 3)
    run(one, LOST, 60)
    return one


def test_beside_the_grid_the_exchange_is_what_the_part_lacks() -> None:
    one = microgrid()
    one.plan_kw = 250.0
    run(one, Feeling((400.0, 300.0, 300.0), plants_kw=100.0), 3)
    assert one.controller.exchange_kw == pytest.approx(650.0)
    assert one.controller.mode is Mode.CONNECTED


def test_a_lost_grid_makes_it_stand_alone_with_all_its_loads() -> None:
    one = alone()
    assert (one.controller.mode, one.controller.closed, one.controller.is_live) == (Mode.ISLANDED, False, True)
    assert (one.controller.shed, one.controller.exchange_kw) == (0, 0.0)
    assert one.controller.battery_kw == pytest.approx(1000.0, abs=1.0)
    assert one.controller.hz == pytest.approx(50.0, abs=0.005)


def test_the_less_important_groups_are_cut_first_where_the_battery_is_small() -> None:
    assert alone(rated_kw=800.0).controller.shed == 1
    one = alone(rated_kw=500.0)
    assert one.controller.shed == 2
    assert one.controller.load_kw == pytest.approx(400.0, rel=0.01)


def test_a_battery_that_cannot_carry_the_first_priority_leaves_it_dark_until_the_grid_is_back() -> None:
    one = alone(rated_kw=300.0)
    assert (one.controller.is_live, one.controller.mode, one.controller.closed) == (False, Mode.OFF, True)
    run(one, CALM, 2)
    assert (one.controller.has_voltage, one.controller.mode) == (True, Mode.CONNECTED)


def test_groups_that_it_cut_by_itself_come_back_with_the_grid_and_those_of_the_room_do_not() -> None:
    for told, left in ((None, 0), (1, 1)):
        one = alone(rated_kw=500.0)
        if told is not None:
            assert one.controller.set_shed(2) == ""
            assert one.controller.set_shed(told) == ""
        one.controller.around = one.controller.around.__class__((0.0, 0.0, 0.0), 0.0, (-500.0, 500.0))
        one.controller.close_coupling()
        assert one.controller.shed == left


def test_it_synchronises_within_the_windows_and_joins() -> None:
    one = alone()
    outside = Feeling((400.0, 300.0, 300.0), grid_hz=50.03, grid_voltage_pu=1.04)
    run(one, outside, 5)
    assert "voltages differ" in one.controller.may_close() or "angle" in one.controller.may_close()
    assert one.controller.set_mode(Mode.SYNCHRONISING) == ""
    run(one, outside, 40)
    assert one.controller.may_close() == ""
    assert one.controller.angle_deg == pytest.approx(0.0, abs=2.0)
    assert one.controller.slip_hz == pytest.approx(0.0, abs=0.01)
    one.controller.close_coupling()
    run(one, outside, 2)
    assert (one.controller.mode, one.controller.is_live) == (Mode.CONNECTED, False)


def test_a_live_part_does_not_join_a_dead_grid() -> None:
    assert "dead" in alone().controller.may_close()


@pytest.mark.parametrize(("wanted", "word"), [(1, "synchronise"), (3, "dead"), (7, "mode is 1"), (0, "mode is 1")])
def test_what_it_cannot_do_now_is_refused_with_a_reason(wanted: int, word: str) -> None:
    assert word in alone().controller.set_mode(wanted)


def test_a_black_part_starts_by_command_with_what_the_battery_carries() -> None:
    one = alone(rated_kw=800.0)
    one.controller.go_black("a test")
    run(one, LOST, 2)
    assert (one.controller.mode, one.controller.hz, one.controller.load_kw) == (Mode.OFF, 0.0, 0.0)
    assert one.controller.set_mode(Mode.ISLANDED) == ""
    run(one, LOST, 5)
    assert (one.controller.is_live, one.controller.shed) == (True, 1)


def test_an_empty_battery_starts_nothing_from_black() -> None:
    one = alone()
    one.controller.go_black("a test")
    one.soc = 0.0
    run(one, LOST, 1)
    assert "charge it" in one.controller.set_mode(Mode.ISLANDED)


def test_more_load_than_there_is_power_cuts_groups_and_never_the_first_priority() -> None:
    one = alone()
    run(one, Feeling((900.0, 500.0, 600.0), grid_live=False), 20)
    assert one.controller.is_live
    assert one.controller.shed == 1
    assert one.controller.load_kw == pytest.approx(1400.0, rel=0.02)


def test_with_no_power_left_it_goes_black_and_says_why() -> None:
    one = alone()
    said: list[str] = []
    one.controller._say = said.append
    run(one, Feeling((2500.0, 0.0, 0.0), grid_live=False), 20)
    assert (one.controller.is_live, one.controller.mode) == (False, Mode.OFF)
    assert "went black: its frequency" in said[-1]


def test_generators_start_on_a_low_charge_and_stop_on_a_good_one() -> None:
    one = alone(soc=0.21)
    run(one, LOST, 300)
    (genset,) = one.controller.gensets
    assert genset.is_running
    one.soc = 0.7
    run(one, LOST, 5)
    assert not genset.is_running


def test_a_generator_of_the_room_is_left_to_the_room() -> None:
    one = alone()
    (genset,) = one.controller.gensets
    assert one.controller.order(genset, 600.0) == ""
    run(one, LOST, 120)
    one.soc = 0.9
    run(one, LOST, 5)
    assert genset.is_running
    assert one.controller.battery_kw == pytest.approx(400.0, abs=2.0)
    genset.fail()
    run(one, LOST, 30)
    assert one.controller.is_live
    assert one.controller.battery_kw == pytest.approx(1000.0, abs=2.0)
