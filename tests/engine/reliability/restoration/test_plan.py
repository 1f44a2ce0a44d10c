"""Plans on a network small enough to know what is right."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.reliability.restoration.exact import restore_exact
from gridops.engine.reliability.restoration.plan import FAULT_LIVE, NOTHING_DEAD, restore_fast
from gridops.engine.reliability.restoration.problem import IslandSources, Role
from tests.engine.reliability.restoration.grids import fault_is_dead, positions_after, two_feeders

BOTH = pytest.mark.parametrize("restore", [restore_fast, restore_exact])


def acts(plan):
    return [(step.switch, step.close, step.role) for step in plan.steps]


@BOTH
def test_the_fault_is_isolated_then_what_lies_before_and_behind_it_is_fed(restore):
    grid = two_feeders()
    plan = restore(grid)
    assert acts(plan) == [
        (1, False, Role.ISOLATE),
        (0, True, Role.UPSTREAM),
        (2, False, Role.ISOLATE),
        (4, True, Role.DOWNSTREAM),
    ]
    assert (plan.customers_restored, plan.customers_without, plan.restored_kw) == (100, 50, 400.0)
    assert plan.is_sound and all(check.is_radial for check in (*plan.checks, *plan.hours))
    assert all(fault_is_dead(grid, closed) for closed in positions_after(grid, plan))
    # 50 customers after 10 s, 50 after 20 s, 50 wait two hours
    assert plan.customer_minutes == pytest.approx(50 * 10 / 60 + 50 * 20 / 60 + 50 * 120)
    assert "50 customers are on the faulted section" in plan.reason


def test_the_exact_plan_of_a_simple_fault_is_proved_the_best():
    plan = restore_exact(two_feeders())
    assert plan.gap == pytest.approx(0.0, abs=1e-6)


@BOTH
def test_a_tie_that_would_be_overloaded_stays_open(restore):
    plan = restore(two_feeders(rated_a=20.0))  # 200 kW take 11.8 A at 10 kV, 400 kW 23.6 A
    assert [step.switch for step in plan.steps] == [1, 0]
    assert plan.customers_restored == 50 and plan.is_sound
    assert "others stay without supply" in plan.reason


@BOTH
def test_an_hour_late_in_the_repair_counts_as_the_first(restore):
    late = np.array([[200.0] * 4, [200.0, 200.0, 200.0, 400.0]])
    assert restore(two_feeders(rated_a=30.0)).customers_restored == 100
    plan = restore(two_feeders(rated_a=30.0, load=late))
    assert plan.customers_restored == 50 and plan.is_sound


@BOTH
def test_a_voltage_limit_keeps_a_tie_open(restore):
    """A line drops 0.7 thousandths with 200 kW and 40 kvar, and twice that with the load of both."""
    for low_pu, used in ((0.9990, False), (0.9980, True)):
        plan = restore(replace(two_feeders(low_pu=low_pu), closed_before=None))
        assert (4 in [step.switch for step in plan.steps]) is used


@BOTH
def test_a_limit_that_was_broken_before_the_fault_does_not_keep_customers_waiting(restore):
    assert restore(two_feeders(low_pu=0.9995)).customers_restored == 100


@BOTH
def test_a_battery_feeds_a_section_alone_where_no_tie_can(restore):
    battery = IslandSources(np.array([7], np.int32), np.array([300.0]), np.array([1000.0]), np.array([5.0]))
    plan = restore(two_feeders(rated_a=20.0, islands=battery))
    assert plan.customers_restored == 100 and plan.is_sound
    assert [(step.role, step.island) for step in plan.steps][-1] == (Role.ISLAND, 0)


@BOTH
@pytest.mark.parametrize(("kw", "kwh"), [(150.0, 1000.0), (300.0, 350.0)])
def test_a_battery_too_small_in_power_or_energy_does_not(restore, kw, kwh):
    battery = IslandSources(np.array([7], np.int32), np.array([kw]), np.array([kwh]), np.array([5.0]))
    assert restore(two_feeders(rated_a=20.0, islands=battery)).customers_restored == 50


@BOTH
def test_remote_switches_come_before_those_by_hand(restore):
    plan = restore(two_feeders(hand=(2,)))  # behind the fault only a crew can open
    assert [step.switch for step in plan.steps] == [1, 0, 2, 4]
    assert [check.after_s for check in plan.checks] == [5.0, 10.0, 1810.0, 1815.0]


def test_without_a_crew_is_told_as_an_alternative():
    plan = restore_exact(two_feeders(hand=(2,)))
    other = next(each for each in plan.alternatives if "nobody is sent" in each.title)
    assert [step.switch for step in other.steps] == [1, 0] and other.customers_restored == 50


@BOTH
def test_a_section_with_more_weight_has_supply_first(restore):
    grid = two_feeders()
    plan = restore(replace(grid, weight=np.array([1.0, 1.0, 20.0, 1.0])))
    assert [step.switch for step in plan.steps] == [2, 4, 1, 0]


@BOTH
def test_two_faults_at_once_are_both_isolated(restore):
    grid = replace(two_feeders(), faulted_lines=np.array([0, 2], np.int32))
    plan = restore(grid)
    assert plan.customers_restored == 0 and not plan.steps
    assert plan.customers_without == 150


@BOTH
def test_a_fault_that_still_has_supply_gets_no_plan(restore):
    grid = two_feeders()
    plan = restore(replace(grid, switch_closed=grid.closed_before))
    assert (plan.steps, plan.reason) == ((), FAULT_LIVE)


@BOTH
def test_nobody_without_supply_needs_no_plan(restore):
    grid = two_feeders()
    none = replace(grid, switch_closed=grid.closed_before, faulted_lines=np.zeros(0, np.int32))
    plan = restore(none)
    assert (plan.steps, plan.reason, plan.customer_minutes) == ((), NOTHING_DEAD, 0.0)


def test_powers_of_another_shape_are_refused():
    grid = two_feeders()
    with pytest.raises(ValueError, match="Powers of shape"):
        replace(grid, p_kw=grid.p_kw[:1])


@pytest.mark.parametrize("operable", [[], [4]])
def test_where_nothing_can_be_switched_everybody_waits_and_that_is_proved(operable):
    grid = two_feeders()
    can = np.zeros(5, bool)
    can[operable] = True  # a tie alone would close onto the fault
    plan = restore_exact(replace(grid, can_operate=can))
    assert (plan.steps, plan.customers_without, plan.gap) == ((), 150, 0.0)


@BOTH
def test_plants_that_may_come_back_bind_a_plan_and_take_no_time(restore):
    """Over its own lines a plant may come back; over the long line of the other feeder the voltage would rise."""
    grid = two_feeders(hours=1, rated_a=1000.0)
    grid.network.lines.r_ohm[3] *= 8
    back = np.array([[-200.0, -200.0, 3000.0, -200.0]])
    both = replace(
        grid,
        p_kw=np.vstack([grid.p_kw, back]),
        q_kvar=np.vstack([grid.q_kvar, 0.0 * back]),
        rest_hours=np.array([1.0, 0.0]),
        high_pu=np.full(12, 1.03),
    )
    assert restore(replace(grid, high_pu=both.high_pu)).customers_restored == 100
    plan = restore(both)
    assert plan.customers_restored == 50 and plan.is_sound
    assert plan.customer_minutes == pytest.approx(50 * 10 / 60 + 100 * 60)
