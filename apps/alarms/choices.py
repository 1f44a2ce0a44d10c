from django.db.models import IntegerChoices, TextChoices


class BaseState(TextChoices):
    """ISA-18.2 states of the first axis; suppression is a second axis and never mixed in."""

    NORMAL = "normal", "Normal"
    UNACKNOWLEDGED = "unacknowledged", "Unacknowledged"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RETURNED = "returned", "Returned, unacknowledged"


class Happening(TextChoices):
    RAISED = "raised", "Raised"
    RETURNED = "returned", "Returned to normal"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"


TRANSITIONS: dict[tuple[BaseState, Happening], BaseState] = {
    (BaseState.NORMAL, Happening.RAISED): BaseState.UNACKNOWLEDGED,
    (BaseState.RETURNED, Happening.RAISED): BaseState.UNACKNOWLEDGED,
    (BaseState.UNACKNOWLEDGED, Happening.RETURNED): BaseState.RETURNED,
    (BaseState.ACKNOWLEDGED, Happening.RETURNED): BaseState.NORMAL,
    (BaseState.UNACKNOWLEDGED, Happening.ACKNOWLEDGED): BaseState.ACKNOWLEDGED,
    (BaseState.RETURNED, Happening.ACKNOWLEDGED): BaseState.NORMAL,
}

# The condition is true in these states.
STANDING = frozenset({BaseState.UNACKNOWLEDGED, BaseState.ACKNOWLEDGED})


class Priority(IntegerChoices):
    CRITICAL = 1, "1 critical"
    HIGH = 2, "2 high"
    MEDIUM = 3, "3 medium"
    LOW = 4, "4 low"


class Condition(TextChoices):
    HIGH = "high", "High limit"
    LOW = "low", "Low limit"
    VOLTAGE_LOW = "voltage-low", "Voltage low"
    VOLTAGE_HIGH = "voltage-high", "Voltage high"
    OVERLOAD = "overload", "Overload"
    OFF_NORMAL = "off-normal", "Switch off its normal position"
    LOSS_OF_SUPPLY = "loss-of-supply", "Loss of supply"
    BAD_DATA = "bad-data", "Bad data"
    COMM_FAIL = "comm-fail", "Communication failed"
    POINTS_STALE = "points-stale", "Measurements stale"
    ESTIMATION_FAILED = "estimation-failed", "Estimation failed"


STREAM = "alarms"
