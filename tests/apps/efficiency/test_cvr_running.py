"""An experiment in a field that answers: down by orders, guarded, back again, whatever is in between."""

import pytest

from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.dispatch.choices.order import OrderStatus
from apps.efficiency.choices.cvr import CvrDayState, CvrStatus
from apps.efficiency.models import CvrExperiment
from apps.efficiency.services.cvr_running import run_experiments, stop_experiment
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
