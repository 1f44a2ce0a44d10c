"""Taps and set-points: the same way, with bounds and feedback of their own."""

import pytest

from apps.dispatch.choices.order import Act, AddCause, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.services.order_telling import OrderRefused
from apps.telemetry.choices import ControlKind, Feedback, Quantity
from apps.telemetry.models import ControlPoint
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.orders import Desk, make_desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk(MEDIUM_VOLTAGE)


def control(kind: ControlKind, quantity: Quantity | None = None) -> ControlPoint:
    rows = ControlPoint.objects.filter(kind=kind).select_related("point")
    return (rows.filter(point__quantity=quantity) if quantity else rows).earliest("id")


def refused(desk: Desk, one: ControlPoint, act: Act, **more: object) -> str:
    with pytest.raises(OrderRefused) as caught:
        desk.select(one, act, **more)
    return caught.value.add_cause


def ended(order: Order) -> tuple[str, float | None]:
    order.refresh_from_db()
    return order.status, order.feedback


def test_a_tap_steps_and_a_plant_is_held_back_within_its_bounds_and_released(desk: Desk) -> None:
    tap = control(ControlKind.STEP)
    order = desk.select(tap, Act.RAISE)
    assert order.before is not None
    assert order.value == order.before + 1
    desk.operate(order)
    desk.gateway()
    desk.wait(4)
    desk.wait(4)
    assert ended(order) == (OrderStatus.CONFIRMED, order.value)
    ControlPoint.objects.filter(pk=tap.pk).update(high=order.value)
    assert refused(desk, tap, Act.RAISE) == AddCause.STEP_LIMIT

    plant = control(ControlKind.SETPOINT, Quantity.ACTIVE_POWER)
    assert plant.low is not None
    assert (plant.feedback, plant.high) == (Feedback.WITHIN, 0.0)
    assert refused(desk, plant, Act.SET) == AddCause.INCONSISTENT_PARAMETERS
    assert refused(desk, plant, Act.SET, value=plant.low - 1) == AddCause.INCONSISTENT_PARAMETERS
    held = desk.operate(desk.select(plant, Act.SET, value=round(0.1 * plant.low)))
    desk.gateway()
    desk.wait(12)
    assert ended(held)[0] == OrderStatus.CONFIRMED
    release = ControlPoint.objects.select_related("point").get(point=plant.point, kind=ControlKind.RELEASE)
    freed = desk.operate(desk.select(release, Act.RELEASE))
    desk.gateway()
    desk.wait(1)
    assert ended(freed)[0] == OrderStatus.CONFIRMED

    ControlPoint.objects.filter(pk=plant.pk).update(low=None)
    assert refused(desk, plant, Act.SET, value=-1.0) == AddCause.INCONSISTENT_PARAMETERS, "unknown bounds mean hold"


def test_a_plant_gives_the_reactive_power_that_it_is_told(desk: Desk) -> None:
    plant = control(ControlKind.SETPOINT, Quantity.REACTIVE_POWER)
    assert plant.high is not None
    order = desk.operate(desk.select(plant, Act.SET, value=round(0.3 * plant.high)))
    desk.gateway()
    desk.wait(12)
    status, feedback = ended(order)
    assert status == OrderStatus.CONFIRMED
    assert feedback == pytest.approx(order.value, abs=plant.tolerance)


def test_more_load_than_the_device_allows_wants_a_second_person(desk: Desk) -> None:
    breaker = next(
        one
        for one in ControlPoint.objects.filter(kind=ControlKind.POSITION).select_related("point").order_by("id")
        if one.is_critical
    )
    ControlPoint.objects.update(is_critical=False, critical_kw=1.0)
    order = desk.select(breaker, Act.OPEN)
    assert order.look_ahead["effect"]["kw_lost"] > 1.0
    assert "more than 1 kW" in order.look_ahead["needs_second"]
    assert desk.operate(order).status == OrderStatus.AWAITING
