"""Orders whose outcome is not known: they keep their device until the meter or a person says what came of them."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client as Browser

from apps.accounts.choices import Role
from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.audit.models import AuditEvent
from apps.dispatch.choices.order import Act, AddCause, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.services import order_watch
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.settlement import settle
from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint, ControlRequest
from tests.factories.orders import Desk, make_desk, person, switch_control

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


@pytest.fixture
def breaker(desk: Desk) -> ControlPoint:
    return switch_control()


@pytest.fixture
def unknown(desk: Desk, breaker: ControlPoint) -> Order:
    """Told to open; no answer came, and the breaker has not moved."""
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.gateway(answer=RequestState.UNKNOWN)
    order.refresh_from_db()
    return order


def found(desk: Desk, order: Order, *, is_done: bool, **more: Any) -> Order:
    given = {"finding": "North 2 stands before it", "client": desk.ben, "as_of": desk.now, **more}
    return settle(order_id=order.pk, is_done=is_done, **given)


def test_the_device_is_nobody_elses_until_it_is_settled_and_nothing_is_sent_by_it(
    desk: Desk, breaker: ControlPoint, unknown: Order
) -> None:
    with pytest.raises(OrderRefused, match=rf"order {unknown.pk}\) is not known\. Find out") as refusal:
        desk.select(breaker, Act.OPEN)
    assert refusal.value.add_cause == AddCause.COMMAND_ALREADY_IN_EXECUTION
    assert standing_sources([Condition.COMMAND_FAILED])

    settled = found(desk, unknown, is_done=False)
    assert (settled.status, settled.settled_by, settled.feedback) == (OrderStatus.FOUND_NOT_DONE, desk.ben.user, 1.0)
    assert not standing_sources([Condition.COMMAND_FAILED])
    assert (ControlRequest.objects.count(), desk.gateway()) == (1, 0)
    told = AuditEvent.objects.get(action="order.found-not-done")
    assert (told.actor_name, told.detail["finding"]) == ("ben", "North 2 stands before it")
    assert told.detail["equipment_mrid"] == str(breaker.point.equipment_mrid), "so that the sequence of events finds it"
    assert desk.select(breaker, Act.OPEN).status == OrderStatus.SELECTED


def test_of_a_position_the_meter_has_the_last_word(desk: Desk, unknown: Order) -> None:
    with pytest.raises(OrderRefused, match="reports that it is closed"):
        found(desk, unknown, is_done=True)
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN


def test_where_the_meter_is_silent_a_person_is_believed(desk: Desk, unknown: Order) -> None:
    ControlPoint.objects.all().delete()  # the point map has changed: nothing tells
    assert found(desk, unknown, is_done=True).status == OrderStatus.FOUND_DONE


def test_the_meter_settles_it_when_it_shows_that_the_device_has_moved(desk: Desk, breaker: ControlPoint) -> None:
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.gateway(answer=RequestState.UNKNOWN, is_sent=True)
    order_watch.find_out(as_of=desk.now)
    order.refresh_from_db()
    assert order.status == OrderStatus.UNKNOWN, "it is seen where it stood"

    desk.wait(8)
    order_watch.find_out(as_of=desk.now)
    order.refresh_from_db()
    assert (order.status, order.feedback) == (OrderStatus.CONFIRMED, 0.0)
    assert not standing_sources([Condition.COMMAND_FAILED])


def test_a_value_that_stood_there_before_proves_nothing(desk: Desk, breaker: ControlPoint, unknown: Order) -> None:
    Order.objects.filter(pk=unknown.pk).update(value=1.0)
    desk.wait(1)
    order_watch.find_out(as_of=desk.now)
    unknown.refresh_from_db()
    assert unknown.status == OrderStatus.UNKNOWN


def test_it_is_settled_once(desk: Desk, unknown: Order) -> None:
    first = found(desk, unknown, is_done=False)
    assert found(desk, unknown, is_done=False).ended_at == first.ended_at
    with pytest.raises(OrderRefused, match="nothing to settle: found not done by ben"):
        found(desk, unknown, is_done=True)
    assert AuditEvent.objects.filter(action__startswith="order.found").count() == 1


def test_what_is_known_is_not_settled_and_nobody_settles_without_a_right(desk: Desk, breaker: ControlPoint) -> None:
    order = desk.select(breaker, Act.OPEN)
    with pytest.raises(OrderRefused, match="nothing to settle: selected"):
        found(desk, order, is_done=True)
    with transaction.atomic(), pytest.raises(IntegrityError, match="found_by_somebody"), transaction.atomic():
        Order.objects.filter(pk=order.pk).update(status=OrderStatus.FOUND_DONE)


def test_the_api_settles_with_a_reason(desk: Desk, unknown: Order) -> None:
    viewer, ben = Browser(), Browser()
    viewer.force_login(person("vera", Role.VIEWER).user)
    ben.force_login(desk.ben.user)
    path, body = f"/api/v1/orders/{unknown.pk}/settlement", {"found": "not-done", "reason": "Seen on site"}

    assert viewer.post(path, body, content_type="application/json").status_code == 403
    assert ben.get(path).status_code == 405
    assert "reason" in ben.post(path, {"found": "done"}, content_type="application/json").json()
    assert "found" in ben.post(path, {**body, "found": "perhaps"}, content_type="application/json").json()
    assert ben.post("/api/v1/orders/999999/settlement", body, content_type="application/json").status_code == 404
    answer = ben.post(path, body, content_type="application/json")
    assert (answer.status_code, answer.json()["settled_by"]) == (201, "ben")
    assert ben.post(path, {**body, "found": "done"}, content_type="application/json").status_code == 409
