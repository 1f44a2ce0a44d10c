"""Orders from the selection to their end, the gateway's part played in lock step."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client as Browser
from django.utils import timezone

from apps.accounts.choices import Role
from apps.alarms.choices import Condition
from apps.alarms.selectors import standing_sources
from apps.assets.models import ACLineSegment
from apps.audit.models import AuditEvent
from apps.dispatch.adapters.look_ahead import live_of
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import NEXT_ORDER_STATUS, OPEN_ORDERS, Act, AddCause, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.services import order_watch, orders, tags
from apps.dispatch.services.order_telling import OrderRefused
from apps.dispatch.services.picture import pictures
from apps.dispatch.services.refusal import Refused
from apps.live.models import JournalEntry
from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint, ControlRequest, Gateway
from apps.telemetry.services.control import forsake_requests, take_requests
from tests.factories.orders import Desk, make_desk, person, switch_control

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(db: None) -> Desk:
    return make_desk()


@pytest.fixture
def breaker(desk: Desk) -> ControlPoint:
    return switch_control()


def refused(act: object) -> OrderRefused:
    with pytest.raises(OrderRefused) as caught:
        act()  # type: ignore[operator]
    return caught.value


def test_an_order_is_selected_operated_sent_once_and_confirmed_by_feedback(desk: Desk, breaker: ControlPoint) -> None:
    order = desk.select(breaker, Act.OPEN, purpose="plan/7/step/2")
    assert (order.status, order.before, order.value) == (OrderStatus.SELECTED, 1.0, 0.0)
    assert order.expires_at - order.selected_at == timedelta(seconds=10)
    assert "customers" in order.look_ahead["sentence"]

    desk.operate(order)
    assert desk.gateway() == 1
    assert desk.gateway() == 0, "there is nothing to send any more"
    order.refresh_from_db()
    assert order.status == OrderStatus.ACCEPTED
    desk.wait(4)
    order.refresh_from_db()

    assert (order.status, order.feedback) == (OrderStatus.CONFIRMED, 0.0)
    assert not standing_sources([Condition.OFF_NORMAL]), "it was told to open: no alarm"
    assert ControlRequest.objects.count() == 1
    told = [event.action for event in AuditEvent.objects.filter(target=f"order/{order.pk}").order_by("id")]
    assert told == [f"order.{name}" for name in ("selected", "ordered", "accepted", "confirmed")]
    assert AuditEvent.objects.get(action="order.selected").detail["look_ahead"] == order.look_ahead
    assert JournalEntry.objects.filter(stream="orders", subject=str(order.pk)).count() == 4


def test_the_reasons_of_a_refusal_are_the_standards(desk: Desk, breaker: ControlPoint) -> None:
    vera = person("vera", Role.VIEWER)
    assert refused(lambda: desk.select(breaker, Act.OPEN, by=vera)).add_cause == AddCause.NO_ACCESS_AUTHORITY
    assert refused(lambda: desk.select(breaker, Act.CLOSE)).add_cause == AddCause.POSITION_REACHED
    assert refused(lambda: desk.select(breaker, Act.RAISE)).add_cause == AddCause.NOT_SUPPORTED

    order = desk.select(breaker, Act.OPEN)
    assert refused(lambda: desk.select(breaker, Act.OPEN)).add_cause == AddCause.OBJECT_ALREADY_SELECTED
    assert refused(lambda: desk.select(breaker, Act.OPEN, by=desk.ben)).add_cause == AddCause.LOCKED_BY_OTHER_CLIENT
    assert refused(lambda: desk.operate(order, by=desk.ben)).add_cause == AddCause.LOCKED_BY_OTHER_CLIENT
    assert refused(lambda: desk.operate(order, nonce="another")).add_cause == AddCause.OBJECT_NOT_SELECTED
    desk.wait(10)
    assert refused(lambda: desk.operate(order)).add_cause == AddCause.TIME_LIMIT_OVER

    again = desk.operate(desk.select(breaker, Act.OPEN))
    assert refused(lambda: desk.select(breaker, Act.OPEN)).add_cause == AddCause.COMMAND_ALREADY_IN_EXECUTION
    cancel = lambda: orders.cancel(order_id=again.pk, client=desk.anna, as_of=desk.now)  # noqa: E731
    assert refused(cancel).add_cause == AddCause.COMMAND_ALREADY_IN_EXECUTION
    assert AuditEvent.objects.filter(action="order.objection").count() == 10


def test_a_hold_blocks_the_selection_and_an_order_that_is_selected_already(desk: Desk, breaker: ControlPoint) -> None:
    order = desk.select(breaker, Act.OPEN)
    mrid = breaker.point.equipment_mrid
    by = desk.ben.user
    tag = tags.place_tag(equipment_mrid=mrid, kind=TagKind.HOLD, reason="WO 4711", by=by, as_of=desk.now)

    refusal = refused(lambda: desk.operate(order))
    assert (refusal.add_cause, "WO 4711" in str(refusal)) == (AddCause.BLOCKED_BY_INTERLOCKING, True)
    order.refresh_from_db()
    assert order.status == OrderStatus.SELECTED
    orders.cancel(order_id=order.pk, client=desk.anna, as_of=desk.now)
    assert refused(lambda: desk.select(breaker, Act.OPEN)).add_cause == AddCause.BLOCKED_BY_INTERLOCKING
    assert not ControlRequest.objects.exists()

    tags.remove_tag(tag_id=tag.pk, reason="done", by=by, as_of=desk.now)
    assert desk.select(breaker, Act.OPEN).status == OrderStatus.SELECTED


def test_a_critical_device_wants_a_second_person_who_is_not_the_first(desk: Desk) -> None:
    breaker = switch_control(is_critical=True)
    order = desk.operate(desk.select(breaker, Act.OPEN))
    assert order.status == OrderStatus.AWAITING
    assert not ControlRequest.objects.exists()
    approve = lambda by: orders.approve(order_id=order.pk, client=by, as_of=desk.now)  # noqa: E731

    assert refused(lambda: approve(desk.anna)).add_cause == AddCause.NO_ACCESS_AUTHORITY
    approved = approve(desk.ben)

    assert (approved.status, approved.approved_by) == (OrderStatus.ORDERED, desk.ben.user)
    assert ControlRequest.objects.count() == 1
    with pytest.raises(IntegrityError, match="nobody_approves_his_own_order"):
        Order.objects.filter(pk=order.pk).update(approved_by=desk.anna.user)


def test_the_second_person_has_a_minute_and_may_decline(desk: Desk) -> None:
    breaker = switch_control(is_critical=True)
    late = desk.operate(desk.select(breaker, Act.OPEN))
    desk.wait(60)
    late.refresh_from_db()
    assert (late.status, late.add_cause) == (OrderStatus.EXPIRED, AddCause.TIME_LIMIT_OVER)

    order = desk.operate(desk.select(breaker, Act.OPEN))
    declined = orders.decline(order_id=order.pk, reason="crew on site", client=desk.ben, as_of=desk.now)
    assert declined.status == OrderStatus.CANCELLED
    assert "crew on site" in declined.reason
    assert not ControlRequest.objects.exists()


def test_a_device_that_does_not_follow_is_an_alarm_until_it_has_followed(desk: Desk, breaker: ControlPoint) -> None:
    desk.room.field.devices.stuck = set(range(1000))
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.gateway()
    desk.wait(5)
    desk.wait(6)
    order.refresh_from_db()

    assert (order.status, order.add_cause) == (OrderStatus.TIMED_OUT, AddCause.TIME_LIMIT_OVER)
    source = f"order/{breaker.point.equipment_mrid}"
    assert standing_sources([Condition.COMMAND_FAILED]) == {(source, Condition.COMMAND_FAILED)}

    desk.room.field.devices.stuck = set()
    again = desk.carried_out(breaker, Act.OPEN)
    assert again.status == OrderStatus.CONFIRMED
    assert not standing_sources([Condition.COMMAND_FAILED])


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (RequestState.REFUSED, OrderStatus.REFUSED),
        (RequestState.NOT_SENT, OrderStatus.NOT_SENT),
        (RequestState.UNKNOWN, OrderStatus.UNKNOWN),
    ],
)
def test_what_the_link_says_is_what_the_order_says(
    desk: Desk, breaker: ControlPoint, answer: RequestState, status: OrderStatus
) -> None:
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.gateway(answer=answer)
    order.refresh_from_db()
    assert (order.status, order.is_open) == (status, status == OrderStatus.UNKNOWN)
    alarms = len(standing_sources([Condition.COMMAND_FAILED]))
    assert alarms == (answer is RequestState.UNKNOWN)


def test_a_process_that_died_while_sending_leaves_an_unknown_that_nobody_sends_again(
    desk: Desk, breaker: ControlPoint
) -> None:
    order = desk.operate(desk.select(breaker, Act.OPEN))
    take_requests(gateway_id=desk.room.gateway.pk, holder=uuid4(), at=desk.now)  # and then it is killed
    order_watch.advance(as_of=desk.now)
    order.refresh_from_db()
    assert order.status == OrderStatus.SENDING

    forsake_requests(gateway_id=desk.room.gateway.pk, holder=desk.holder, at=desk.now)
    assert desk.gateway() == 0
    order.refresh_from_db()
    assert order.status == OrderStatus.UNKNOWN


def test_an_order_that_no_gateway_takes_in_time_is_never_sent(desk: Desk, breaker: ControlPoint) -> None:
    order = desk.operate(desk.select(breaker, Act.OPEN))
    desk.wait(6)
    order.refresh_from_db()
    assert order.status == OrderStatus.NOT_SENT
    assert desk.gateway() == 0


def test_the_same_key_is_the_same_order_and_the_same_confirmation_is_one(desk: Desk, breaker: ControlPoint) -> None:
    key = uuid4()
    first, second = desk.select(breaker, Act.OPEN, key=key), desk.select(breaker, Act.OPEN, key=key)
    assert first.pk == second.pk
    desk.operate(first)
    desk.operate(first)
    assert ControlRequest.objects.count() == 1
    for another in ({"by": desk.ben}, {"purpose": "SP-7, step 2"}):
        refusal = refused(lambda given=another: desk.select(breaker, Act.OPEN, key=key, **given))
        assert refusal.add_cause == AddCause.INCONSISTENT_PARAMETERS


def test_a_link_that_takes_no_commands_says_so(desk: Desk, breaker: ControlPoint) -> None:
    Gateway.objects.update(protocol="mqtt")
    refusal = refused(lambda: desk.select(breaker, Act.OPEN))
    assert (refusal.add_cause, "cannot be controlled" in str(refusal)) == (AddCause.NOT_SUPPORTED, True)


def test_a_position_that_is_not_current_is_not_operated_on(desk: Desk, breaker: ControlPoint) -> None:
    desk.now += timedelta(minutes=5)  # and nothing is heard
    assert refused(lambda: desk.select(breaker, Act.OPEN)).add_cause == AddCause.INVALID_POSITION


def test_a_live_part_is_not_earthed_and_an_earthed_one_not_put_under_voltage(desk: Desk, breaker: ControlPoint) -> None:
    lines = list(ACLineSegment.objects.all())
    given = {"kind": TagKind.EARTH, "reason": "WO 4711", "by": desk.anna.user}
    live = {line.pk for line in lines if not line_is_dead(desk, line)}
    with pytest.raises(Refused, match="is live"):
        tags.place_tag(equipment_mrid=lines[0].mrid, as_of=desk.now, **given)
    assert desk.carried_out(breaker, Act.OPEN).status == OrderStatus.CONFIRMED
    dead = next(line for line in lines if line.pk in live and line_is_dead(desk, line))

    tags.place_tag(equipment_mrid=dead.mrid, as_of=desk.now, **given)
    refusal = refused(lambda: desk.select(breaker, Act.CLOSE))
    assert (refusal.add_cause, "earthed" in str(refusal)) == (AddCause.BLOCKED_BY_INTERLOCKING, True)


def line_is_dead(desk: Desk, line: ACLineSegment) -> bool:
    picture = pictures.now(as_of=desk.now)
    assert picture.network is not None
    assert picture.point is not None
    return not live_of(picture.network, picture.point, str(line.mrid))


def test_no_way_leads_back_to_sending() -> None:
    assert set(NEXT_ORDER_STATUS) == set(OrderStatus)
    ends = set(OrderStatus) - OPEN_ORDERS
    assert all(not NEXT_ORDER_STATUS[one] for one in ends)
    for status in (OrderStatus.ACCEPTED, *ends):
        assert not {OrderStatus.ORDERED, OrderStatus.SENDING} & NEXT_ORDER_STATUS[status]


def test_the_api_selects_operates_and_lists(desk: Desk, breaker: ControlPoint) -> None:
    breaker = switch_control(is_critical=True)
    anna, ben = Browser(), Browser()
    anna.force_login(desk.anna.user)
    ben.force_login(desk.ben.user)
    mrid = str(breaker.point.equipment_mrid)
    (control,) = anna.get("/api/v1/orders/controls", {"device": mrid}).json()["controls"]
    assert control["is_critical"]
    # The room's time stands still, the site's does not: its values are old to the site.
    answer = anna.post(
        "/api/v1/orders/look-ahead", {"device_mrid": mrid, "act": "open"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["add_cause"]) == (409, "invalid-position")

    order = desk.operate(desk.select(breaker, Act.OPEN))
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() + timedelta(hours=1))
    path = f"/api/v1/orders/{order.pk}/approval"
    own = anna.post(path, {"approves": True, "password": "anna-password"}, content_type="application/json")
    assert (own.status_code, own.json()["add_cause"]) == (403, "no-access-authority")
    for body in ({"approves": True}, {"approves": True, "password": "wrong"}):
        assert ben.post(path, body, content_type="application/json").status_code == 403
    declined = ben.post(path, {"approves": False, "reason": "no"}, content_type="application/json")
    assert declined.status_code == 201
    (listed,) = ben.get("/api/v1/orders", {"device": mrid}).json()["orders"]
    assert (listed["status"], "nonce" in listed) == ("cancelled", False)
    assert ben.get(f"/api/v1/orders/{order.pk}").json()["look_ahead"]["sentence"]
