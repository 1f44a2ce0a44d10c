from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Procedure:
    """What an operator should know and do; the same for every alarm of a condition."""

    cause: str
    consequence: str
    action: str


PROCEDURES: dict[Condition, Procedure] = {
    Condition.HIGH: Procedure(
        "The measured value has risen above the limit set for this point.",
        "The equipment works outside the range it was set for; other alarms may follow.",
        "Compare the reading with its neighbours and its trend. If they agree, bring the value back below the limit.",
    ),
    Condition.LOW: Procedure(
        "The measured value has fallen below the limit set for this point.",
        "The equipment works outside the range it was set for; other alarms may follow.",
        "Compare the reading with its neighbours and its trend. If they agree, bring the value back above the limit.",
    ),
    Condition.VOLTAGE_LOW: Procedure(
        "Heavy load, a long way round after switching, a tap that stands too low, or generation that has dropped out.",
        "Customers get too little voltage; motors run hot, and devices may switch off.",
        "Look for an open switch or a lost generator on the feeder. Raise the transformer's tap, or move load to a "
        "neighbouring feeder over a tie line.",
    ),
    Condition.VOLTAGE_HIGH: Procedure(
        "Much local generation at light load, or a tap that stands too high.",
        "Equipment of customers may be damaged; inverters will switch off, and the voltage then falls at once.",
        "Lower the transformer's tap, let storage charge, or ask for less generation on the feeder.",
    ),
    Condition.OVERLOAD: Procedure(
        "More load or generation than planned, or a path that carries what another one has lost.",
        "Heat ages the equipment and makes lines sag; protection may trip it and cut customers off.",
        "See how fast the loading rises. Move load to a neighbouring feeder, discharge storage behind the bottleneck, "
        "or ask for less generation.",
    ),
    Condition.OFF_NORMAL: Procedure(
        "Protection has tripped the switch, or somebody has operated it.",
        "What lies behind it may be without supply, and neighbouring feeders may carry more than usual.",
        "Find out whether protection or a person opened it. Do not close onto a fault: have the section behind it "
        "checked or isolated first.",
    ),
    Condition.LOSS_OF_SUPPLY: Procedure(
        "A fault has been cleared by opening a breaker, or switching has left a section without a source.",
        "Customers are without electricity.",
        "Find the faulted section between the opened breaker and the last live node. Isolate it, then supply the "
        "healthy sections from the substation and over tie lines. Send a crew.",
    ),
    Condition.BAD_DATA: Procedure(
        "A meter, its transformer or its scaling is wrong: its readings contradict all the others.",
        "The reading is left out of the estimate; with less redundancy another error may stay unseen.",
        "Do not act on this meter alone. Compare reading and estimate over time and have the meter checked.",
    ),
    Condition.COMM_FAIL: Procedure(
        "The link to the gateway is broken, or the gateway itself has stopped.",
        "All its values stand still. Nothing that happens there is seen, and no news is not good news.",
        "Treat its area as unseen. Check the link and the gateway; staff a station by hand if it matters now.",
    ),
    Condition.POINTS_STALE: Procedure(
        "Many meters have stopped reporting: a concentrator, a radio link or a power supply may have failed.",
        "The state leans on stand-ins and on what is left; limits may be passed without being seen.",
        "See on the overview which area is stale. Check the links there before acting on its values.",
    ),
    Condition.ESTIMATION_FAILED: Procedure(
        "Too few or contradicting measurements, or a topology that does not fit what is measured.",
        "The state of the grid is not known: no violation of voltage or loading would be told.",
        "Work by measured values alone. Look for stale links and bad data, and undo doubtful switch positions.",
    ),
}
