"""An experiment in a field that answers: down by orders, guarded, back again, whatever is in between."""

from datetime import timedelta

import pytest

from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.dispatch.choices.order import OrderStatus
from apps.dispatch.services.refusal import Refused
from apps.efficiency.choices.cvr import CvrDayState, CvrStatus
from apps.efficiency.models import CvrExperiment
from apps.efficiency.services.cvr_running import run_experiments, stop_experiment
from apps.telemetry.models import MeasurementPoint
from tests.factories.cvr import Experimenting, experimenting, orders_of, set_coins

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(db: None) -> Experimenting:
    return experimenting()


def state_of(one: CvrExperiment, number: int = 0) -> str:
    return one.days.get(number=number).state


def test_a_reduced_day_goes_down_by_orders_and_back_when_it_is_over(lab: Experimenting) -> None:
    one = lab.approved()
    set_coins(one, True, False)
    lab.go_to(one.starts_on)
    before = lab.tap()
    lab.rounds(6)
    one.refresh_from_db()
    unit = one.units[0]
    assert (one.status, state_of(one)) == (CvrStatus.RUNNING, CvrDayState.REDUCED)
    assert lab.tap() == before + 2 * unit["direction"]
    assert {order.status for order in orders_of(one)} == {OrderStatus.CONFIRMED}
    assert {order.selected_by.username for order in orders_of(one)} == {"anna"}, "in the name of who approved"
    lab.go_to(one.days.get(number=1).day)
    lab.rounds(6)
    assert state_of(one) == CvrDayState.DONE
    assert state_of(one, 1) == CvrDayState.NORMAL
    assert unit["direction"] * (lab.tap() - before) <= 0, "where it was, or where its own control has put it since"


def test_two_reduced_days_in_a_row_leave_the_taps_alone_at_midnight(lab: Experimenting) -> None:
    one = lab.approved()
    set_coins(one, True, True, False)
    lab.go_to(one.starts_on)
    lab.rounds(5)
    ordered = len(orders_of(one))
    unit, low = one.units[0], lab.tap()
    lab.go_to(one.days.get(number=1).day)
    lab.hold(low)
    lab.go_to(one.days.get(number=1).day, hour=2)
    lab.rounds(2)
    assert state_of(one) == CvrDayState.DONE
    assert state_of(one, 1) == CvrDayState.REDUCED
    assert len(orders_of(one)) == ordered
    assert one.days.get(number=1).taps_before == one.days.get(number=0).taps_before
    assert unit["mrid"] in one.days.get(number=1).taps_before


def test_the_guard_brings_the_voltage_back_tells_and_stops(lab: Experimenting) -> None:
    one = lab.approved()
    set_coins(one, True, True)
    lab.go_to(one.starts_on)
    before = lab.tap()
    lab.rounds(4)
    assert state_of(one) == CvrDayState.REDUCED
    CvrExperiment.objects.filter(pk=one.pk).update(limit_pu=1.2)  # as if a customer had fallen below it
    run_experiments(clock=lab.desk.clock)
    one.refresh_from_db()
    day = one.days.get(number=0)
    assert (one.status, day.state, day.guard_hit) == (CvrStatus.STOPPED, CvrDayState.GOING_BACK, True)
    assert "guard" in one.reason
    assert (f"cvr/{one.pk}", Condition.CVR_GUARD) in standing_sources([Condition.CVR_GUARD])
    lab.rounds(4)
    assert (lab.tap(), state_of(one), state_of(one, 1)) == (before, CvrDayState.DONE, CvrDayState.DROPPED)
    assert not list(standing_sources([Condition.CVR_GUARD])), "it ends when the voltage is back"


def test_silent_meters_count_as_too_low(lab: Experimenting) -> None:
    one = lab.approved()
    set_coins(one, True)
    lab.go_to(one.starts_on)
    lab.rounds(4)
    MeasurementPoint.objects.filter(pk__in=[told["point"] for told in one.bellwethers]).update(max_silence_s=0.001)
    lab.desk.now += timedelta(seconds=1)
    run_experiments(clock=lab.desk.clock)
    one.refresh_from_db()
    assert state_of(one) == CvrDayState.GOING_BACK
    assert one.status == CvrStatus.RUNNING, "for today only: no customer is known to have been too low"
    assert not one.days.filter(guard_hit=True).exists()


def test_a_person_stops_it_and_the_voltage_goes_back(lab: Experimenting) -> None:
    one = lab.approved()
    set_coins(one, True)
    lab.go_to(one.starts_on)
    before = lab.tap()
    lab.rounds(4)
    assert lab.tap() != before
    stop_experiment(experiment_id=one.pk, reason="Work on the line.", client=lab.desk.anna, as_of=lab.desk.now)
    lab.rounds(4)
    one.refresh_from_db()
    assert (one.status, lab.tap(), state_of(one)) == (CvrStatus.STOPPED, before, CvrDayState.DONE)
    with pytest.raises(Refused, match="Only a running experiment"):
        stop_experiment(experiment_id=one.pk, reason="Again.", client=lab.desk.anna, as_of=lab.desk.now)


def test_its_own_control_that_takes_the_voltage_back_ends_it_when_the_operations_are_used_up(
    lab: Experimenting,
) -> None:
    one = lab.approved(most_operations_per_day=2)
    set_coins(one, True)
    lab.go_to(one.starts_on)
    before = lab.tap()
    lab.rounds(4)
    assert lab.tap() != before
    lab.hold(before)
    lab.desk.wait(5)
    lab.rounds(2)
    one.refresh_from_db()
    assert one.status == CvrStatus.STOPPED
    assert "own control" in one.reason
