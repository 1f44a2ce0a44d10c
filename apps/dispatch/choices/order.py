"""Words of orders to the field. Reasons are the standard's (IEC 61850-7-2, AddCause)."""

from datetime import timedelta
from enum import StrEnum

from django.db.models import TextChoices

ORDERS = "orders"  # the live topic
OPERATE_WITHIN = timedelta(seconds=10)  # of the selection
DECIDE_WITHIN = timedelta(seconds=60)  # the second person
PASSWORD_FRESH_FOR = timedelta(minutes=5)
SEND_WITHIN = timedelta(seconds=5)  # a gateway that has not taken the order by then gets it no more
FEEDBACK_BEFORE = timedelta(seconds=2)  # clocks of the field may differ from ours by so much
LONGEST_PURPOSE = 200
LONGEST_FINDING = 300


class Act(TextChoices):
    OPEN = "open", "Open"
    CLOSE = "close", "Close"
    LOWER = "lower", "Step lower"
    RAISE = "raise", "Step higher"
    SET = "set", "Set"
    RELEASE = "release", "Release the set-point"


class OrderStatus(TextChoices):
    SELECTED = "selected", "Selected"
    AWAITING = "awaiting", "Awaiting the second person"
    ORDERED = "ordered", "Ordered"
    SENDING = "sending", "Being sent"
    ACCEPTED = "accepted", "Accepted by the field, feedback awaited"
    CONFIRMED = "confirmed", "Confirmed by feedback"
    REFUSED = "refused", "Refused by the field"
    NOT_SENT = "not-sent", "Never left: nothing was done"
    TIMED_OUT = "timed-out", "No feedback in time"
    UNKNOWN = "unknown", "UNKNOWN: it may have been done"
    FOUND_DONE = "found-done", "Found done"
    FOUND_NOT_DONE = "found-not-done", "Found not done"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"


_S = OrderStatus
_ANSWERS = frozenset({_S.ACCEPTED, _S.REFUSED, _S.NOT_SENT, _S.UNKNOWN})
# Compare and swap. Nothing leads from an answer back to sending: no order is sent twice.
NEXT_ORDER_STATUS: dict[OrderStatus, frozenset[OrderStatus]] = {
    _S.SELECTED: frozenset({_S.AWAITING, _S.ORDERED, _S.CANCELLED, _S.EXPIRED}),
    _S.AWAITING: frozenset({_S.ORDERED, _S.CANCELLED, _S.EXPIRED}),
    _S.ORDERED: frozenset({_S.SENDING}) | _ANSWERS,
    _S.SENDING: _ANSWERS,
    _S.ACCEPTED: frozenset({_S.CONFIRMED, _S.TIMED_OUT}),
    _S.CONFIRMED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.NOT_SENT: frozenset(),
    _S.TIMED_OUT: frozenset(),
    # Open until the meter shows it or a person has found out: the device is nobody else's before.
    _S.UNKNOWN: frozenset({_S.CONFIRMED, _S.FOUND_DONE, _S.FOUND_NOT_DONE}),
    _S.FOUND_DONE: frozenset(),
    _S.FOUND_NOT_DONE: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
}
OPEN_ORDERS = frozenset(status for status, following in NEXT_ORDER_STATUS.items() if following)
UNDER_WAY = frozenset({_S.ORDERED, _S.SENDING, _S.ACCEPTED})
UNDECIDED = frozenset({_S.SELECTED, _S.AWAITING})
PENDING = UNDER_WAY | UNDECIDED  # time or the field ends them; an UNKNOWN one waits for somebody to find out
DONE = frozenset({_S.CONFIRMED, _S.FOUND_DONE})


class Found(TextChoices):
    DONE = "done", "It was done"
    NOT_DONE = "not-done", "It was not done"


class AddCause(StrEnum):
    NOT_SUPPORTED = "not-supported"
    INVALID_POSITION = "invalid-position"
    POSITION_REACHED = "position-reached"
    STEP_LIMIT = "step-limit"
    BLOCKED_BY_MODE = "blocked-by-mode"
    BLOCKED_BY_PROCESS = "blocked-by-process"
    BLOCKED_BY_INTERLOCKING = "blocked-by-interlocking"
    BLOCKED_BY_SYNCHROCHECK = "blocked-by-synchrocheck"
    BLOCKED_BY_COMMAND = "blocked-by-command"
    COMMAND_ALREADY_IN_EXECUTION = "command-already-in-execution"
    ABORTION_BY_CANCEL = "abortion-by-cancel"
    TIME_LIMIT_OVER = "time-limit-over"
    OBJECT_NOT_SELECTED = "object-not-selected"
    OBJECT_ALREADY_SELECTED = "object-already-selected"
    NO_ACCESS_AUTHORITY = "no-access-authority"
    ABORTION_BY_COMMUNICATION_LOSS = "abortion-by-communication-loss"
    INCONSISTENT_PARAMETERS = "inconsistent-parameters"
    LOCKED_BY_OTHER_CLIENT = "locked-by-other-client"


class Level(StrEnum):
    BLOCKS = "blocks"  # nobody may
    WARNS = "warns"  # who confirms has read it
    TELLS = "tells"
