"""Select, operate, decide, cancel: the only door to the field. What follows an order is order_watch's."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.models import Area, User
from apps.assets import selectors as assets
from apps.assets.selectors.areas import whereabouts
from apps.dispatch.choices.order import DECIDE_WITHIN, OPERATE_WITHIN, SEND_WITHIN, Act, AddCause, OrderStatus
from apps.dispatch.models import Order
from apps.dispatch.rules.interlocks import blocked
from apps.dispatch.rules.orders import (
    KIND_OF_ACT,
    STEP,
    Client,
    Objection,
    Present,
    approval_objection,
    cancel_objection,
    is_own,
    may_operate_there,
    operation_objection,
    other_order_objection,
    value_objection,
    wanted_value,
)
from apps.dispatch.selectors.orders import open_order_of
from apps.dispatch.services.look_ahead import Shown, is_valid, shown_before
from apps.dispatch.services.order_telling import OrderRefused, insist, move, tell, tell_refusal
from apps.telemetry import selectors as telemetry
from apps.telemetry.models import ControlPoint
from apps.telemetry.services.control import CannotControl, check_way, request_control

Done = TypeVar("Done")
_NOT_SUPPORTED = "This device takes no such command. See which it takes on its page."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants of a device. quantity: of a plant that takes several set-points; empty: the only one."""

    device_mrid: UUID
    act: Act
    value: float | None = None
    quantity: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything about an act but the selection itself."""

    control: ControlPoint
    device_name: str
    value: float
    present: telemetry.PointValue
    shown: Shown


def prepare(*, wanted: Wanted, client: Client, as_of: datetime) -> Prepared:
    """The look-ahead. Raises OrderRefused where the act makes no sense, whatever the network."""
    control = _control(wanted)
    device = _device_name(wanted.device_mrid)
    insist(_authority(client.user, wanted.device_mrid))
    _insist_on_a_way(control)
    (told,) = telemetry.point_values([control.point], as_of=as_of)
    present = Present(told.value, told.at, told.quality, told.is_stale, is_valid(told))
    value = wanted_value(wanted.act, wanted.value, control, present)
    if isinstance(value, Objection):
        raise OrderRefused(value)
    insist(value_objection(wanted.act, value, control, present))
    shown = shown_before(control=control, device_name=device, act=wanted.act, value=value, present=told, as_of=as_of)
    return Prepared(control, device, value, told, shown)


def select(
    *, wanted: Wanted, key: UUID, client: Client, as_of: datetime, clock: Callable[[], datetime], purpose: str = ""
) -> Order:
    """The device is this client's alone for 10 s. With a key that is known the order that has it. Raises OrderRefused.

    clock: the selection begins when its look-ahead stands, which takes a moment.
    """

    def act() -> Order:
        before = Order.objects.filter(key=key).first()
        if before is not None:
            return _same(before, wanted, client)
        _insist_it_is_free(wanted.device_mrid, client, as_of=as_of)
        prepared = prepare(wanted=wanted, client=client, as_of=as_of)
        _insist_on_interlocks(prepared.shown)
        return _store(prepared, wanted, key, client, purpose=purpose, as_of=clock())

    return _told(act, "selection", client, target=f"equipment/{wanted.device_mrid}", as_of=as_of)


def operate(*, order_id: int, nonce: str, client: Client, as_of: datetime) -> Order:
    """The second confirmation. The same again from the same client is the same order. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related("selected_by", "approved_by").get(pk=order_id)
        if order.ordered_at is not None and is_own(order, client) and secrets.compare_digest(order.nonce, nonce):
            return order
        insist(operation_objection(order, client, nonce=nonce, as_of=as_of), order)
        if order.is_critical:
            return _await_second(order, client, as_of=as_of)
        return _order(order, by=client.user, source_ip=client.source_ip, as_of=as_of)

    return _told(act, "operation", client, target=f"order/{order_id}", as_of=as_of)


def approve(*, order_id: int, client: Client, as_of: datetime) -> Order:
    """The second person's yes; whoever calls has seen to a fresh password. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related("selected_by", "approved_by").get(pk=order_id)
        insist(approval_objection(order, client, as_of=as_of), order)
        insist(_authority(client.user, order.device_mrid), order)
        return _order(order, by=client.user, source_ip=client.source_ip, as_of=as_of, approved_by=client.user)

    return _told(act, "approval", client, target=f"order/{order_id}", as_of=as_of)


def decline(*, order_id: int, reason: str, client: Client, as_of: datetime) -> Order:
    """The second person's no. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related("selected_by", "approved_by").get(pk=order_id)
        insist(approval_objection(order, client, as_of=as_of), order)
        return _end(order, f"Declined by {client.user}: {reason}", client, as_of=as_of)

    return _told(act, "approval", client, target=f"order/{order_id}", as_of=as_of)


def cancel(*, order_id: int, client: Client, as_of: datetime) -> Order:
    """Before it is ordered. Raises OrderRefused."""

    def act() -> Order:
        order = Order.objects.select_related("selected_by", "approved_by").get(pk=order_id)
        if order.status == OrderStatus.CANCELLED:
            return order
        insist(cancel_objection(order, client), order)
        return _end(order, f"Cancelled by {client.user}.", client, as_of=as_of)

    return _told(act, "cancellation", client, target=f"order/{order_id}", as_of=as_of)


def _end(order: Order, reason: str, client: Client, *, as_of: datetime) -> Order:
    fields = {"add_cause": AddCause.ABORTION_BY_CANCEL, "reason": reason}
    if not move(order, OrderStatus.CANCELLED, as_of=as_of, by=client.user, source_ip=client.source_ip, **fields):
        raise OrderRefused(cancel_objection(order, client), order)
    return order


def _told(act: Callable[[], Done], what: str, client: Client, *, target: str, as_of: datetime) -> Done:
    """Who was refused, and why, is in the audit too: in a transaction of its own."""
    try:
        return act()
    except OrderRefused as refusal:
        tell_refusal(refusal, what, client, target=target, as_of=as_of)
        raise


def _same(order: Order, wanted: Wanted, client: Client) -> Order:
    """Asked again: a request that got lost on the way back."""
    if not is_own(order, client) or (order.device_mrid, order.act) != (wanted.device_mrid, wanted.act):
        reason = "key: it is that of another order; give every order a key of its own."
        raise OrderRefused(Objection(AddCause.INCONSISTENT_PARAMETERS, reason), order)
    return order


def _control(wanted: Wanted) -> ControlPoint:
    kind = KIND_OF_ACT[wanted.act]
    rows = ControlPoint.objects.filter(point__equipment_mrid=wanted.device_mrid, kind=kind)
    if wanted.quantity:
        rows = rows.filter(point__quantity=wanted.quantity)
    found = list(rows.select_related("point__gateway").order_by("id")[:2])
    if not found:
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, _NOT_SUPPORTED))
    if len(found) > 1:
        reason = "quantity: the device takes several such set-points; name the measured quantity."
        raise OrderRefused(Objection(AddCause.INCONSISTENT_PARAMETERS, reason))
    return found[0]


def _device_name(mrid: UUID) -> str:
    model = assets.current_model()
    found = assets.element(model=model, mrid=str(mrid)) if model else None
    if found is None:
        reason = "No equipment of the live network has this mRID; choose it from the search."
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, reason))
    return found.name


def _authority(user: User, mrid: UUID) -> Objection:
    place = whereabouts([mrid]).get(mrid)
    own = Area.objects.filter(pk=place.area_id).first() if place and place.area_id else None
    area = own or people.default_area()
    return may_operate_there(user, area_name=area.name, is_mine=area.pk in accounts.areas_of(user))


def _insist_on_a_way(control: ControlPoint) -> None:
    try:
        check_way(control)
    except CannotControl as error:
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, str(error))) from error


def _insist_on_interlocks(shown: Shown) -> None:
    found = blocked(shown.findings)
    if found is not None:
        raise OrderRefused(Objection(found.add_cause, found.text))


def _insist_it_is_free(mrid: UUID, client: Client, *, as_of: datetime) -> None:
    other = open_order_of(mrid)
    if other is not None and not _lapsed(other, as_of=as_of):
        insist(other_order_objection(other, client, as_of=as_of), other)


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
        return _lost_the_race(wanted, key, client, as_of=as_of)
    return order


def _lost_the_race(wanted: Wanted, key: UUID, client: Client, *, as_of: datetime) -> Order:
    """Of two who select at once the database lets one in: by the device, or by the key."""
    same = Order.objects.filter(key=key).first()
    if same is not None:
        return _same(same, wanted, client)
    _insist_it_is_free(wanted.device_mrid, client, as_of=as_of)
    reason = "Somebody else has selected it in the same moment; try again."
    raise OrderRefused(Objection(AddCause.LOCKED_BY_OTHER_CLIENT, reason))


def _await_second(order: Order, client: Client, *, as_of: datetime) -> Order:
    fields = {"ordered_at": as_of, "expires_at": as_of + DECIDE_WITHIN}
    if not move(order, OrderStatus.AWAITING, as_of=as_of, by=client.user, source_ip=client.source_ip, **fields):
        insist(operation_objection(order, client, nonce=order.nonce, as_of=as_of), order)
    return order


@transaction.atomic
def _order(order: Order, *, by: User, source_ip: str | None, as_of: datetime, approved_by: User | None = None) -> Order:
    """Checked once more, then put into the gateway's box: in one transaction."""
    control = _still_there(order)
    (told,) = telemetry.point_values([control.point], as_of=as_of)
    insist(_changed_since(order, told), order)
    fields = {"approved_by": approved_by, "approved_at": as_of} if approved_by else {"ordered_at": as_of}
    if not move(order, OrderStatus.ORDERED, as_of=as_of, by=by, source_ip=source_ip, **fields):
        reason = f"It cannot be ordered any more: {order.get_status_display().lower()}."
        raise OrderRefused(Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason), order)
    _recheck(order, control, told, as_of=as_of)
    request_control(key=order.key, control=control, value=_sent_value(order), not_after=as_of + SEND_WITHIN, at=as_of)
    return order


def _still_there(order: Order) -> ControlPoint:
    control = ControlPoint.objects.select_related("point__gateway").filter(pk=order.control_id or 0).first()
    if control is None:
        reason = "The point map has changed: the command is there no more. Select it again."
        raise OrderRefused(Objection(AddCause.NOT_SUPPORTED, reason), order)
    _insist_on_a_way(control)
    return control


def _changed_since(order: Order, told: telemetry.PointValue) -> Objection:
    if Act(order.act) is Act.SET or Act(order.act) is Act.RELEASE or told.value == order.before:
        return Objection()
    reason = "The device has moved since it was selected; look at it and select it again."
    return Objection(AddCause.INVALID_POSITION, reason)


def _recheck(order: Order, control: ControlPoint, told: telemetry.PointValue, *, as_of: datetime) -> None:
    """What was shown may hold no more: a hold hung, or a switch moved meanwhile."""
    shown = shown_before(
        control=control, device_name=order.device_name, act=Act(order.act), value=order.value, present=told, as_of=as_of
    )
    _insist_on_interlocks(shown)
    if shown.needs_second and order.approved_by_id is None:
        reason = "What it does has grown since it was selected: a second person decides. Select it again."
        raise OrderRefused(Objection(AddCause.BLOCKED_BY_PROCESS, reason), order)


def _sent_value(order: Order) -> float:
    return STEP.get(Act(order.act), order.value)
