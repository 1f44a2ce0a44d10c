"""An experiment whose transformers take set-points: their own control does not take the voltage back."""

import pytest

from apps.dispatch.choices.order import Act, OrderStatus
from apps.efficiency.choices.cvr import CvrDayState
from apps.efficiency.services.cvr_running import run_experiments
from tests.factories.cvr import experimenting, orders_of, set_coins

pytestmark = pytest.mark.django_db

MINUTE_S = 60.0


def test_set_points_go_down_and_back_to_where_they_were_and_taps_stay_down_beyond_the_hold_of_a_step() -> None:
    lab = experimenting(by_setpoint=True)
    world = lab.desk.room.field.world
    one = lab.approved()
    unit = one.units[0]
    set_coins(one, True, False)
    lab.go_to(one.starts_on)
    before, tap = world.regulators.target_pu.copy(), lab.tap()

    def rounds(count: int) -> None:
        for _ in range(count):
            run_experiments(clock=lab.desk.clock)
            lab.desk.gateway()
            for _ in range(3):
                lab.desk.wait(MINUTE_S)
            lab.desk.room.scanner.scan(as_of=lab.desk.now)

    rounds(4)
    assert one.days.get(number=0).state == CvrDayState.REDUCED
    step_pu = unit["step_percent"] / 100
    assert world.regulators.target_pu[lab.position] == pytest.approx(before[lab.position] - 2 * step_pu, abs=1e-4)
    assert {(order.act, order.status) for order in orders_of(one)} == {(Act.SET, OrderStatus.CONFIRMED)}
    ordered = len(orders_of(one))
    lab.desk.wait(1200)
    rounds(1)
    assert len(orders_of(one)) == ordered, "its own control keeps it there"
    assert world.regulators.is_automatic[lab.position]
    assert unit["direction"] * (lab.tap() - tap) >= 1, "the tap has followed"
    lab.go_to(one.days.get(number=1).day)
    rounds(4)
    assert one.days.get(number=0).state == CvrDayState.DONE
    assert world.regulators.target_pu == pytest.approx(before, abs=1e-4)
