"""What follows an order: the gateway's answer, the feedback, and what time ends. Postgres alone; no queue."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.dispatch.choices.order import (
    FEEDBACK_BEFORE,
    PENDING,
    UNDECIDED,
    UNDER_WAY,
    AddCause,
    OrderStatus,
)
from apps.dispatch.models import Order
from apps.dispatch.rules.feedback import shows_effect, shows_that_it_moved
from apps.dispatch.selectors.orders import PEOPLE
from apps.dispatch.services.look_ahead import is_valid
from apps.dispatch.services.order_telling import move
from apps.dispatch.services.orders import expire
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import RequestState
from apps.telemetry.models import ControlPoint, ControlRequest
from apps.telemetry.services.control import sweep_requests

_STATUS = {
    RequestState.SENDING: OrderStatus.SENDING,
    RequestState.ACCEPTED: OrderStatus.ACCEPTED,
    RequestState.REFUSED: OrderStatus.REFUSED,
    RequestState.NOT_SENT: OrderStatus.NOT_SENT,
    RequestState.UNKNOWN: OrderStatus.UNKNOWN,
}
_CAUSE = {
    OrderStatus.REFUSED: AddCause.BLOCKED_BY_PROCESS,
    OrderStatus.NOT_SENT: AddCause.ABORTION_BY_COMMUNICATION_LOSS,
    OrderStatus.UNKNOWN: AddCause.ABORTION_BY_COMMUNICATION_LOSS,
}
_SOURCE = "order/"


def advance(*, as_of: datetime) -> int:
    """One round. How many orders are still to be ended by time or by the field."""
    sweep_requests(as_of=as_of)
    pending = list(Order.objects.filter(status__in=PENDING).select_related(*PEOPLE, "control__point"))
    for order in pending:
        if OrderStatus(order.status) in UNDECIDED and order.expires_at <= as_of:
            expire(order, as_of=as_of)
    under_way = [order for order in pending if OrderStatus(order.status) in UNDER_WAY]
    if under_way:
        _answers(under_way, as_of=as_of)
        _feedbacks([order for order in under_way if order.status == OrderStatus.ACCEPTED], as_of=as_of)
    return sum(OrderStatus(order.status) in PENDING for order in pending)


def _answers(orders: Sequence[Order], *, as_of: datetime) -> None:
    keys = [order.key for order in orders if order.status != OrderStatus.ACCEPTED]
    requests = {request.key: request for request in ControlRequest.objects.filter(key__in=keys)}
    for order in orders:
        request = requests.get(order.key)
        if request is not None:
            _answer(order, request, as_of=as_of)


def _answer(order: Order, request: ControlRequest, *, as_of: datetime) -> None:
    new = _STATUS.get(RequestState(request.state))
    if new is None or new == order.status:
        return
    if new == OrderStatus.SENDING:
        move(order, new, as_of=as_of, sent_at=request.taken_at)
        return
    wait_s = order.control.feedback_s if order.control else 0.0
    done = move(
        order,
        new,
        as_of=as_of,
        sent_at=request.taken_at,
        answered_at=request.finished_at,
        feedback_until=(request.finished_at or as_of) + timedelta(seconds=wait_s),
        reason=request.reason,
        add_cause=_CAUSE.get(new, ""),
    )
    if done and new == OrderStatus.UNKNOWN:
        _alarm(order, "It is not known whether the command was carried out", as_of=as_of)


def _feedbacks(orders: Sequence[Order], *, as_of: datetime) -> None:
    for order, control, told in _told(orders, as_of=as_of):
        if control is None or told is None:
            move(order, OrderStatus.TIMED_OUT, as_of=as_of, reason="The point that would tell is there no more.")
        elif _has_come(order, control, told):
            move(order, OrderStatus.CONFIRMED, as_of=as_of, feedback=told.value)
            end_alarm(order, as_of=as_of)
        elif order.feedback_until is not None and order.feedback_until <= as_of:
            _time_out(order, told, as_of=as_of)


_Told = tuple[Order, ControlPoint | None, telemetry.PointValue | None]


def _told(orders: Sequence[Order], *, as_of: datetime) -> Iterator[_Told]:
    """Each with the measured value that would tell."""
    points = [order.control.point for order in orders if order.control is not None]
    values = {value.point.pk: value for value in telemetry.point_values(points, as_of=as_of)} if points else {}
    for order in orders:
        yield order, order.control, values.get(order.control.point_id) if order.control else None


def _has_come(order: Order, control: ControlPoint, told: telemetry.PointValue) -> bool:
    return shows_effect(order, control, told.value, told.at, is_valid=is_valid(told), since=_sent(order))


def _sent(order: Order) -> datetime:
    return (order.sent_at or order.selected_at) - FEEDBACK_BEFORE


def _time_out(order: Order, told: telemetry.PointValue, *, as_of: datetime) -> None:
    reads = "nothing" if told.value is None else f"{told.value:g} {told.point.unit}".strip()
    reason = f"Accepted, but the feedback did not come in time; {told.point.name} reads {reads}."
    if move(
        order,
        OrderStatus.TIMED_OUT,
        as_of=as_of,
        add_cause=AddCause.TIME_LIMIT_OVER,
        reason=reason,
        feedback=told.value,
    ):
        _alarm(order, "The device did not follow the command in time", as_of=as_of)


def _alarm(order: Order, what: str, *, as_of: datetime) -> None:
    fact = alarms.AlarmFact(
        source=f"{_SOURCE}{order.device_mrid}",
        condition=Condition.COMMAND_FAILED,
        priority=Priority.HIGH,
        equipment_name=order.device_name,
        equipment_mrid=order.device_mrid,
        message=f"{order.get_act_display()} {order.device_name}: {what}"[:200],
        value=order.feedback,
        unit=order.unit,
        at=as_of,
    )
    alarms.raise_alarms(facts=[fact])


def end_alarm(order: Order, *, as_of: datetime) -> None:
    """The device has followed a command since."""
    source = f"{_SOURCE}{order.device_mrid}"
    if any(one == source for one, _ in standing_sources([Condition.COMMAND_FAILED])):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.COMMAND_FAILED, as_of)])


def find_out(*, as_of: datetime) -> None:
    """An outcome that was not known is, once the meter shows that the device has moved since the sending."""
    orders = list(Order.objects.filter(status=OrderStatus.UNKNOWN).select_related(*PEOPLE, "control__point"))
    for order, control, told in _told(orders, as_of=as_of):
        if control is None or told is None:
            continue
        if shows_that_it_moved(order, control, told.value, told.at, is_valid=is_valid(told), since=_sent(order)):
            reason = "Its outcome was not known; the meter has shown it since."
            if move(order, OrderStatus.CONFIRMED, as_of=as_of, feedback=told.value, reason=reason, add_cause=""):
                end_alarm(order, as_of=as_of)


def late_effects(*, as_of: datetime) -> None:
    """A device that followed after all, or was seen to: its alarm ends; the order keeps what was known in time."""
    for source, _ in standing_sources([Condition.COMMAND_FAILED]):
        order = Order.objects.filter(device_mrid=source.removeprefix(_SOURCE)).select_related("control__point").first()
        if order is None or order.control is None or order.is_open:
            continue
        (told,) = telemetry.point_values([order.control.point], as_of=as_of)
        if _has_come(order, order.control, told):
            end_alarm(order, as_of=as_of)
