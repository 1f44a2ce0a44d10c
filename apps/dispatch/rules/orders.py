"""Who may give which order now. Refusals carry the standard's word for the reason."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.dispatch.choices.order import PASSWORD_FRESH_FOR, UNDECIDED, UNDER_WAY, Act, AddCause, OrderStatus
from apps.dispatch.models.order import Order
from apps.dispatch.models.plan import SwitchingStep
from apps.telemetry.choices import ControlKind
from apps.telemetry.models import ControlPoint

# The kind of control that an act needs, and what it makes of the measured value; a step adds.
KIND_OF_ACT = {
    Act.OPEN: ControlKind.POSITION,
    Act.CLOSE: ControlKind.POSITION,
    Act.LOWER: ControlKind.STEP,
    Act.RAISE: ControlKind.STEP,
    Act.SET: ControlKind.SETPOINT,
    Act.RELEASE: ControlKind.RELEASE,
}
POSITION = {Act.OPEN: 0.0, Act.CLOSE: 1.0}
STEP = {Act.LOWER: -1.0, Act.RAISE: 1.0}
_KNOWN_POSITIONS = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Client:
    """Who acts, and from where: a session of a browser, or a token of a script."""

    user: User
    session: str
    source_ip: str | None = None


@dataclass(frozen=True, slots=True)
class Objection:
    """Empty text: none."""

    add_cause: str = ""
    reason: str = ""


NONE = Objection()


@dataclass(frozen=True, slots=True)
class Present:
    """The measured value of the device."""

    value: float | None
    at: datetime | None
    quality: int
    is_stale: bool
    is_valid: bool


def wanted_value(act: Act, given: float | None, control: ControlPoint, present: Present) -> float | Objection:
    """What the measured value will read if the act succeeds."""
    if act in POSITION:
        return POSITION[act]
    if act == Act.RELEASE:
        return 0.0
    if act in STEP:
        if present.value is None:
            return Objection(AddCause.INVALID_POSITION, "The position of the tap is not known; wait until it is told.")
        return round(present.value) + STEP[act]
    if given is None:
        return Objection(AddCause.INCONSISTENT_PARAMETERS, "value: give the value to set.")
    return given


def value_objection(act: Act, value: float, control: ControlPoint, present: Present) -> Objection:
    """Why this value cannot be ordered."""
    if act in POSITION:
        return _position_objection(value, present)
    low, high = control.low, control.high
    if act == Act.SET and (low is None or high is None):
        return Objection(
            AddCause.INCONSISTENT_PARAMETERS, "The bounds of this set-point are not known; an administrator gives them."
        )
    outside = (low is not None and value < low) or (high is not None and value > high)
    if act in STEP and outside:
        return Objection(AddCause.STEP_LIMIT, f"The tap changer stands at its end ({present.value:.0f}).")
    if act == Act.SET and outside:
        unit = control.point.unit
        reason = f"value: {value:g} is not from {low:g} to {high:g} {unit}; give a value in that range."
        return Objection(AddCause.INCONSISTENT_PARAMETERS, reason)
    return NONE


def _position_objection(value: float, present: Present) -> Objection:
    if present.is_stale or not present.is_valid or present.value not in _KNOWN_POSITIONS:
        return Objection(AddCause.INVALID_POSITION, "Its position is not known now; nothing is ordered blindly.")
    if present.value == value:
        return Objection(AddCause.POSITION_REACHED, f"It is {'closed' if value else 'open'} already.")
    return NONE


def may_operate_there(user: User, *, area_name: str, is_mine: bool) -> Objection:
    if not user.may(Permission.OPERATE):
        return Objection(AddCause.NO_ACCESS_AUTHORITY, "Your role gives no orders to the field.")
    if not is_mine:
        reason = f"You do not answer for the area '{area_name}'. Take it over first."
        return Objection(AddCause.NO_ACCESS_AUTHORITY, reason)
    return NONE


def other_order_objection(other: Order, client: Client, *, as_of: datetime) -> Objection:
    """Why a device with an open order cannot be selected."""
    if other.status == OrderStatus.UNKNOWN:
        reason = (
            f"What came of '{other.get_act_display()}' (order {other.pk}) is not known. Find out and settle it first."
        )
        return Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason)
    if OrderStatus(other.status) in UNDER_WAY:
        reason = f"{other.get_act_display()} is under way, ordered by {other.selected_by}; wait for its end."
        return Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason)
    if is_own(other, client):
        return Objection(AddCause.OBJECT_ALREADY_SELECTED, "You have selected it already; operate or cancel.")
    left_s = max(0, round((other.expires_at - as_of).total_seconds()))
    reason = f"{other.selected_by} has selected it; the selection ends in {left_s} s."
    return Objection(AddCause.LOCKED_BY_OTHER_CLIENT, reason)


def crew_objection(step: SwitchingStep) -> Objection:
    """Why a device that a crew has been told to operate cannot be ordered."""
    reason = f"{step.crew} operates it on site for {step.plan.number}, step {step.position}; wait until they have told."
    return Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason)


def settlement_objection(order: Order) -> Objection:
    if order.status != OrderStatus.UNKNOWN:
        by = f" by {order.settled_by}" if order.settled_by else ""
        reason = f"There is nothing to settle: {order.get_status_display().lower()}{by}."
        return Objection(AddCause.OBJECT_NOT_SELECTED, reason)
    return NONE


def contradiction(order: Order, present: Present) -> Objection:
    """Of a position the meter has the last word: nobody works where a switch only should have opened."""
    is_known = present.value in _KNOWN_POSITIONS and present.is_valid and not present.is_stale
    if Act(order.act) not in POSITION or not is_known or present.value == order.value:
        return NONE
    stands = "closed" if present.value else "open"
    reason = f"{order.device_name} reports that it is {stands}. Look again, or settle it as not done."
    return Objection(AddCause.INVALID_POSITION, reason)


def is_own(order: Order, client: Client) -> bool:
    return order.selected_by_id == client.user.pk and order.selected_session == client.session


def knows(order: Order, nonce: str) -> bool:
    return secrets.compare_digest(order.nonce.encode(), nonce.encode())


def operation_objection(order: Order, client: Client, *, nonce: str, as_of: datetime) -> Objection:
    """Why a selected order cannot be operated."""
    status = OrderStatus(order.status)
    if status in UNDER_WAY:
        return Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, "It is under way already; nothing is sent twice.")
    if status == OrderStatus.EXPIRED or (status == OrderStatus.SELECTED and order.expires_at <= as_of):
        return Objection(AddCause.TIME_LIMIT_OVER, "The 10 s since the selection are over; select it again.")
    if status != OrderStatus.SELECTED:
        return Objection(AddCause.OBJECT_NOT_SELECTED, f"It is not selected: {order.get_status_display().lower()}.")
    if not is_own(order, client):
        return Objection(AddCause.LOCKED_BY_OTHER_CLIENT, f"{order.selected_by} has selected it, from another display.")
    if not knows(order, nonce):
        return Objection(AddCause.OBJECT_NOT_SELECTED, "nonce: this is not the one of the selection; select it again.")
    return NONE


def approval_objection(order: Order, client: Client, *, as_of: datetime) -> Objection:
    """Why this person may not decide as the second one."""
    if order.selected_by_id == client.user.pk:
        return Objection(AddCause.NO_ACCESS_AUTHORITY, "You have ordered this yourself; a second person decides.")
    if not client.user.may(Permission.APPROVE_ORDERS):
        return Objection(AddCause.NO_ACCESS_AUTHORITY, "Your role does not approve orders.")
    if order.selected_session == client.session:
        return Objection(AddCause.NO_ACCESS_AUTHORITY, "The second person decides at a display of their own.")
    if order.status != OrderStatus.AWAITING:
        reason = f"It awaits no second person: {order.get_status_display().lower()}."
        return Objection(AddCause.OBJECT_NOT_SELECTED, reason)
    if order.expires_at <= as_of:
        return Objection(AddCause.TIME_LIMIT_OVER, "The 60 s for the second person are over; it is ordered anew.")
    return NONE


def cancel_objection(order: Order, client: Client) -> Objection:
    if OrderStatus(order.status) not in UNDECIDED:
        reason = f"It can be cancelled no more: {order.get_status_display().lower()}."
        return Objection(AddCause.COMMAND_ALREADY_IN_EXECUTION, reason)
    if order.selected_by_id != client.user.pk and not client.user.may(Permission.REMOVE_ANY_TAG):
        return Objection(AddCause.LOCKED_BY_OTHER_CLIENT, f"{order.selected_by} has selected it and cancels it.")
    return NONE


def is_fresh(given_at: datetime | None, *, as_of: datetime) -> bool:
    """Whether the password was given a short while ago, in this session."""
    return given_at is not None and timedelta(0) <= as_of - given_at <= PASSWORD_FRESH_FOR
