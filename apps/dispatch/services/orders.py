"""Select, operate, decide, cancel: the only door to the field. What follows an order is order_watch's."""

import secrets
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from apps.accounts.models import User
from apps.dispatch.choices import TagKind
from apps.dispatch.choices.order import DECIDE_WITHIN, OPERATE_WITHIN, SEND_WITHIN, Act, AddCause, OrderStatus
from apps.dispatch.models import Order, Tag
from apps.dispatch.rules.orders import (
    STEP,
    Client,
    Objection,
    approval_objection,
    cancel_objection,
    crew_objection,
    is_own,
    knows,
    operation_objection,
    other_order_objection,
)
from apps.dispatch.selectors.orders import PEOPLE, crew_step_at, open_order_of
from apps.dispatch.services.look_ahead import shown_before
from apps.dispatch.services.order_checks import (
    Prepared,
    Wanted,
    authority,
    insist_on_a_way,
    insist_on_interlocks,
    prepare,
)
from apps.dispatch.services.order_telling import OrderRefused, insist, move, tell, told
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import ControlPoint
from apps.telemetry.services.control import request_control


def select(
    *, wanted: Wanted, key: UUID, client: Client, as_of: datetime, clock: Callable[[], datetime], purpose: str = ""
) -> Order:
    """The device is this client's alone for 10 s. With a key that is known the order that has it. Raises OrderRefused.

    clock: the selection begins when its look-ahead stands, which takes a moment.
    """

    def act() -> Order:
        before = Order.objects.filter(key=key).first()
        if before is not None:
            return _same(before, wanted, client, purpose)
        insist_it_is_free(wanted.device_mrid, client, as_of=as_of)
        prepared = prepare(wanted=wanted, client=client, as_of=as_of)
        insist_on_interlocks(prepared.shown)
        return _store(prepared, wanted, key, client, purpose=purpose, as_of=clock())

    return told(act, "selection", client, target=f"equipment/{wanted.device_mrid}", as_of=as_of)


def operate(*, order_id: int, nonce: str, client: Client, as_of: datetime) -> Order:
    """The second confirmation. The same again from the same client is the same order. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related(*PEOPLE).get(pk=order_id)
        if order.ordered_at is not None and is_own(order, client) and knows(order, nonce):
            return order
        insist(operation_objection(order, client, nonce=nonce, as_of=as_of), order)
        if order.is_critical:
            return _await_second(order, client, as_of=as_of)
        return _order(order, by=client.user, source_ip=client.source_ip, as_of=as_of)

    return told(act, "operation", client, target=f"order/{order_id}", as_of=as_of)


def approve(*, order_id: int, client: Client, as_of: datetime) -> Order:
    """The second person's yes; whoever calls has seen to a fresh password. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related(*PEOPLE).get(pk=order_id)
        insist(approval_objection(order, client, as_of=as_of), order)
        insist(authority(client.user, order.device_mrid), order)
        return _order(order, by=client.user, source_ip=client.source_ip, as_of=as_of, approved_by=client.user)

    return told(act, "approval", client, target=f"order/{order_id}", as_of=as_of)


def decline(*, order_id: int, reason: str, client: Client, as_of: datetime) -> Order:
    """The second person's no. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related(*PEOPLE).get(pk=order_id)
        insist(approval_objection(order, client, as_of=as_of), order)
        return _end(order, f"Declined by {client.user}: {reason}", client, as_of=as_of)

    return told(act, "approval", client, target=f"order/{order_id}", as_of=as_of)


def cancel(*, order_id: int, client: Client, as_of: datetime) -> Order:
    """Before it is ordered. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related(*PEOPLE).get(pk=order_id)
        if order.status == OrderStatus.CANCELLED:
            return order
        insist(cancel_objection(order, client), order)
        return _end(order, f"Cancelled by {client.user}.", client, as_of=as_of)

    return told(act, "cancellation", client, target=f"order/{order_id}", as_of=as_of)


def _end(order: Order, reason: str, client: Client, *, as_of: datetime) -> Order:
    fields = {"add_cause": AddCause.ABORTION_BY_CANCEL, "reason": reason}
    if not move(order, OrderStatus.CANCELLED, as_of=as_of, by=client.user, source_ip=client.source_ip, **fields):
        raise OrderRefused(cancel_objection(order, client), order)
    return order


def _same(order: Order, wanted: Wanted, client: Client, purpose: str) -> Order:
    """Asked again: a request that got lost on the way back."""
    if not is_own(order, client) or not _is_same(order, wanted, purpose):
        reason = "key: it is that of another order; give every order a key of its own."
        raise OrderRefused(Objection(AddCause.INCONSISTENT_PARAMETERS, reason), order)
    return order


def _is_same(order: Order, wanted: Wanted, purpose: str) -> bool:
    same = (order.device_mrid, order.act, order.purpose) == (wanted.device_mrid, wanted.act, purpose)
    if not same or wanted.act is not Act.SET:
        return same
    quantity = order.control.point.quantity if order.control else ""
    return order.value == wanted.value and wanted.quantity in ("", quantity)


def insist_it_is_free(mrid: UUID, client: Client, *, as_of: datetime) -> None:
    """A device is in one hand: that of an order, or of a crew that a plan has told to operate it."""
    other = open_order_of(mrid)
    if other is not None and not _lapsed(other, as_of=as_of):
        insist(other_order_objection(other, client, as_of=as_of), other)
    _insist_no_crew_is_at(mrid)


def _insist_no_crew_is_at(mrid: UUID) -> None:
    step = crew_step_at(mrid)
    if step is not None:
        insist(crew_objection(step))


def claim(mrid: UUID) -> None:
    """Until the transaction ends nobody else, of whatever kind, begins anything on this device."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"device {mrid}"])


def _lapsed(order: Order, *, as_of: datetime) -> bool:
    """A selection whose time is over blocks nobody, even before the clock has noticed."""
    if order.expires_at > as_of or order.status not in (OrderStatus.SELECTED, OrderStatus.AWAITING):
        return False
    return expire(order, as_of=as_of)


def expire(order: Order, *, as_of: datetime) -> bool:
    was_selected = order.status == OrderStatus.SELECTED
    reason = "The 10 s to operate are over." if was_selected else "The 60 s for the second person are over."
    return move(order, OrderStatus.EXPIRED, as_of=as_of, add_cause=AddCause.TIME_LIMIT_OVER, reason=reason)


def _store(prepared: Prepared, wanted: Wanted, key: UUID, client: Client, *, purpose: str, as_of: datetime) -> Order:
    try:
        with transaction.atomic():
            claim(wanted.device_mrid)
            _insist_no_crew_is_at(wanted.device_mrid)
            order = Order.objects.create(
                key=key,
                control=prepared.control,
                device_mrid=wanted.device_mrid,
                device_name=prepared.device_name,
                point_name=prepared.control.point.name,
                unit=prepared.control.point.unit,
                act=wanted.act,
                value=prepared.value,
                before=prepared.present.value,
                purpose=purpose,
                nonce=secrets.token_urlsafe(24),
                selected_at=as_of,
                selected_by=client.user,
                selected_session=client.session,
                source_ip=client.source_ip,
                expires_at=as_of + OPERATE_WITHIN,
                look_ahead=prepared.shown.document,
                is_critical=bool(prepared.shown.needs_second),
            )
            tell(order, by=client.user, as_of=as_of, source_ip=client.source_ip, also={"look_ahead": order.look_ahead})
    except IntegrityError:
        return _lost_the_race(wanted, key, client, purpose=purpose, as_of=as_of)
    return order


def _lost_the_race(wanted: Wanted, key: UUID, client: Client, *, purpose: str, as_of: datetime) -> Order:
    """Of two who select at once the database lets one in: by the device, or by the key."""
    same = Order.objects.filter(key=key).first()
    if same is not None:
        return _same(same, wanted, client, purpose)
    insist_it_is_free(wanted.device_mrid, client, as_of=as_of)
    reason = "Somebody else has selected it in the same moment; try again."
    raise OrderRefused(Objection(AddCause.LOCKED_BY_OTHER_CLIENT, reason))


def _await_second(order: Order, client: Client, *, as_of: datetime) -> Order:
    fields = {"ordered_at": as_of, "expires_at": as_of + DECIDE_WITHIN}
    if not move(order, OrderStatus.AWAITING, as_of=as_of, by=client.user, source_ip=client.source_ip, **fields):
        insist(operation_objection(order, client, nonce=order.nonce, as_of=as_of), order)
    return order


def _order(order: Order, *, by: User, source_ip: str | None, as_of: datetime, approved_by: User | None = None) -> Order:
    """Checked once more, then put into the gateway's box."""
    control = _still_there(order)
    (now,) = telemetry.point_values([control.point], as_of=as_of)
    insist(_changed_since(order, now), order)
    _recheck(order, control, now, as_of=as_of, is_approved=approved_by is not None)
    fields = {"approved_by": approved_by, "approved_at": as_of} if approved_by else {"ordered_at": as_of}
    _send(order, control, by=by, source_ip=source_ip, as_of=as_of, **fields)
    return order


@transaction.atomic
def _send(
    order: Order, control: ControlPoint, *, by: User, source_ip: str | None, as_of: datetime, **fields: object
) -> None:
    """The order and its request, or neither. A hold that was hung while the look-ahead was computed is seen here."""
    if Tag.objects.standing().filter(equipment_mrid=order.device_mrid, kind=TagKind.HOLD).exists():
        raise OrderRefused(Objection(AddCause.BLOCKED_BY_INTERLOCKING, "A hold hangs on it now."), order)
    if not move(order, OrderStatus.ORDERED, as_of=as_of, by=by, source_ip=source_ip, **fields):
        reason = f"It cannot be ordered any more: {order.get_status_display().lower()}."
        raise OrderRefused(Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason), order)
    request_control(key=order.key, control=control, value=_sent_value(order), not_after=as_of + SEND_WITHIN, at=as_of)


def _still_there(order: Order) -> ControlPoint:
    control = ControlPoint.objects.select_related("point__gateway").filter(pk=order.control_id or 0).first()
    if control is None:
        reason = "The point map has changed: the command is there no more. Select it again."
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, reason), order)
    insist_on_a_way(control)
    return control


def _changed_since(order: Order, now: telemetry.PointValue) -> Objection:
    if Act(order.act) is Act.SET or Act(order.act) is Act.RELEASE or now.value == order.before:
        return Objection()
    reason = "The device has moved since it was selected; look at it and select it again."
    return Objection(AddCause.INVALID_POSITION, reason)


def _recheck(
    order: Order, control: ControlPoint, now: telemetry.PointValue, *, as_of: datetime, is_approved: bool
) -> None:
    """What was shown may hold no more: a hold hung, or a switch moved meanwhile."""
    shown = shown_before(
        control=control, device_name=order.device_name, act=Act(order.act), value=order.value, present=now, as_of=as_of
    )
    insist_on_interlocks(shown)
    if shown.needs_second and not is_approved:
        reason = "What it does has grown since it was selected: a second person decides. Select it again."
        raise OrderRefused(Objection(AddCause.BLOCKED_BY_PROCESS, reason), order)


def _sent_value(order: Order) -> float:
    return STEP.get(Act(order.act), order.value)


__all__ = [
    "Prepared",
    "Wanted",
    "approve",
    "cancel",
    "claim",
    "decline",
    "expire",
    "insist_it_is_free",
    "operate",
    "prepare",
    "select",
]
