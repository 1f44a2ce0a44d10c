from dataclasses import replace

import pytest

from gridops.engine.microgrids.sequence import MOST_TRIES, next_action, objection
from gridops.engine.microgrids.stages import (
    Act,
    Aim,
    Command,
    Done,
    Enter,
    Failed,
    Give,
    Given,
    Mode,
    Outcome,
    Stage,
    View,
    Wait,
)
from gridops.engine.microgrids.windows import EnterService, sync_window
from tests.studies.islanding import study

AIM = Aim(
    battery_low_kw=-250.0, battery_high_kw=250.0, generator_kw=(0.0,), shed_group=0,
    enter=EnterService(low_hz=49.58, high_hz=50.08), window=sync_window(470.0), island_low_hz=49.0,
    island_high_hz=51.0, balanced_kw=12.5,
)  # fmt: skip
CONNECTED = View(
    coupling_closed=True, mode=Mode.CONNECTED, frequency_hz=50.0, voltage_pu=1.0, grid_voltage_pu=1.0,
    grid_frequency_hz=50.0, slip_hz=0.0, voltage_difference_pu=0.0, angle_deg=0.0, exchange_kw=60.0, battery_kw=20.0,
    generator_kw=(0.0,), generator_running=(False,), shed_group=0,
)  # fmt: skip
ALONE = replace(CONNECTED, coupling_closed=False, mode=Mode.ISLANDED, exchange_kw=0.0, angle_deg=90.0)
DEAD = replace(ALONE, voltage_pu=0.0, frequency_hz=0.0, mode=Mode.OFF)


def ask(stage, view, aim=AIM, *, since_s=1.0, kept_s=0.0, given=None):
    return next_action(stage, view, aim, since_s=since_s, kept_s=kept_s, given=given or {})


def failed(act, tries=MOST_TRIES, value=0.0):
    return {(act, 0): Given(Outcome.FAILED, value, tries, 100.0)}


def test_balancing_gives_the_battery_what_comes_from_the_grid():
    assert ask(Stage.BALANCING, CONNECTED) == Give((Command(Act.BATTERY, value=80.0),))


def test_loads_that_the_island_cannot_carry_are_cut_before_it_parts():
    found = ask(Stage.BALANCING, CONNECTED, replace(AIM, shed_group=1))
    assert found.commands[0] == Command(Act.SHED, value=1)


def test_without_exchange_the_coupling_is_opened():
    balanced = replace(CONNECTED, exchange_kw=5.0)
    assert objection(Stage.BALANCING, balanced, AIM) == ""
    assert ask(Stage.BALANCING, balanced, kept_s=3.0).stage is Stage.OPENING
    assert ask(Stage.OPENING, balanced) == Give((Command(Act.OPEN),))


def test_what_is_under_way_or_not_known_is_not_given_again():
    for outcome in (Outcome.PENDING, Outcome.UNKNOWN):
        given = {(Act.OPEN, 0): Given(outcome, 0.0, 1)}
        assert isinstance(ask(Stage.OPENING, CONNECTED, given=given), Wait)


def test_what_failed_is_given_again_and_in_the_end_has_a_way_back():
    assert isinstance(ask(Stage.OPENING, CONNECTED, given=failed(Act.OPEN, 1)), Give)
    found = ask(Stage.OPENING, CONNECTED, given=failed(Act.OPEN))
    assert (found.stage, "stays with the grid" in found.way_back) == (Stage.RECONNECTING, True)


def test_a_value_counts_and_not_the_answer_to_the_order():
    assert ask(Stage.OPENING, ALONE, given=failed(Act.OPEN)).stage is Stage.FORMING


def test_an_island_that_does_not_form_is_started_from_black_or_goes_back_to_a_healthy_grid():
    lost = replace(DEAD, grid_voltage_pu=0.0, grid_frequency_hz=0.0)
    assert ask(Stage.FORMING, lost, since_s=50.0).stage is Stage.CLEARING
    assert ask(Stage.FORMING, DEAD, since_s=50.0).stage is Stage.CLOSING


def test_a_low_frequency_cuts_one_group_more():
    low = replace(ALONE, frequency_hz=48.8)
    assert ask(Stage.SHEDDING, low) == Give((Command(Act.SHED, value=1),))
    assert ask(Stage.SHEDDING, replace(low, shed_group=1)) == Give((Command(Act.SHED, value=2),))


def test_nothing_is_synchronised_before_the_grid_has_kept_its_limits_for_the_delay():
    assert isinstance(ask(Stage.WAITING, ALONE, kept_s=299.0), Wait)
    assert ask(Stage.WAITING, ALONE, kept_s=300.0).stage is Stage.SYNCHRONISING


def test_outside_the_window_nothing_is_closed():
    for view in (ALONE, replace(ALONE, angle_deg=None), replace(ALONE, angle_deg=0.0, slip_hz=0.5)):
        assert ask(Stage.CLOSING, view).stage is Stage.SYNCHRONISING
        assert not isinstance(ask(Stage.SYNCHRONISING, view, kept_s=9.0), Enter)
    assert ask(Stage.CLOSING, replace(ALONE, angle_deg=5.0)) == Give((Command(Act.CLOSE),))


def test_a_grid_that_is_lost_meanwhile_leaves_the_island_alone():
    lost = replace(ALONE, grid_voltage_pu=0.0, grid_frequency_hz=0.0)
    for stage in (Stage.SYNCHRONISING, Stage.CLOSING):
        assert ask(stage, lost).stage is Stage.ISLANDED


def test_back_at_the_grid_loads_are_taken_back_and_generators_stopped():
    view = replace(CONNECTED, shed_group=2, generator_running=(True,), mode=Mode.ISLANDED)
    found = ask(Stage.RECONNECTING, view)
    assert {command.act for command in found.commands} == {Act.MODE, Act.SHED, Act.GENERATOR}


def test_a_black_start_cuts_first_forms_then_and_picks_up_one_group_after_the_other():
    lost = replace(DEAD, grid_voltage_pu=0.0, grid_frequency_hz=0.0)
    assert ask(Stage.CLEARING, lost) == Give((Command(Act.SHED, value=2),))
    assert ask(Stage.CLEARING, replace(lost, shed_group=2)).stage is Stage.STARTING
    assert ask(Stage.STARTING, replace(lost, shed_group=2)) == Give((Command(Act.MODE, value=Mode.ISLANDED),))
    assert ask(Stage.PICKING_UP, replace(ALONE, shed_group=2)) == Give((Command(Act.SHED, value=1),))


def test_a_black_part_beside_a_healthy_grid_is_supplied_by_it():
    assert ask(Stage.CLEARING, DEAD).stage is Stage.CLOSING
    assert ask(Stage.CLOSING, DEAD) == Give((Command(Act.CLOSE),))


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.BLACK])
def test_no_stage_waits_for_ever_and_nothing_known_does_no_harm(stage):
    found = ask(stage, View(), since_s=1e6)
    assert isinstance(found, Enter | Failed)
    for command in getattr(ask(stage, View(), since_s=1.0), "commands", ()):
        assert command.act is not Act.CLOSE


def test_standing_where_it_should_ends_it():
    assert isinstance(ask(Stage.ISLANDED, ALONE, kept_s=2.0), Done)
    assert isinstance(ask(Stage.CONNECTED, CONNECTED, kept_s=2.0), Done)


def test_of_seeded_transitions_all_end_safely_and_no_restart_loses_a_step():
    table = study(9, seed=7)
    assert table.safe == len(table.told)
    assert sum(one.restarts for one in table.told) > 5
    assert sum(one.lost_steps + one.sent_twice for one in table.told) == 0
    assert not table.faults
    assert table.closings
    assert not table.outside
