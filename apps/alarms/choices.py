from dataclasses import dataclass

from django.db.models import IntegerChoices, TextChoices


class BaseState(TextChoices):
    """ISA-18.2 states of the first axis; suppression is a second axis and never mixed in."""

    NORMAL = "normal", "Normal"
    UNACKNOWLEDGED = "unacknowledged", "Unacknowledged"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RETURNED = "returned", "Returned, unacknowledged"
    LATCHED_UNACKNOWLEDGED = "latched-unack", "Latched, unacknowledged"
    LATCHED_ACKNOWLEDGED = "latched-ack", "Latched, acknowledged"


class Suppression(TextChoices):
    """The second axis. An alarm that is suppressed goes on being evaluated and logged."""

    NONE = "none", "Not suppressed"
    SHELVED = "shelved", "Shelved"
    BY_DESIGN = "by-design", "Suppressed by design"
    OUT_OF_SERVICE = "out-of-service", "Out of service"


class Happening(TextChoices):
    RAISED = "raised", "Raised"
    RETURNED = "returned", "Returned to normal"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESET = "reset", "Reset"
    SHELVED = "shelved", "Shelved"
    UNSHELVED = "unshelved", "Unshelved"
    SHELF_EXPIRED = "shelf-expired", "Shelf time over"
    SUPPRESSED = "suppressed", "Suppressed by design"
    RELEASED = "released", "No longer suppressed"
    OUT_OF_SERVICE_ASKED = "out-of-service-asked", "Out of service asked for"
    OUT_OF_SERVICE_REFUSED = "out-of-service-refused", "Out of service refused"
    OUT_OF_SERVICE = "out-of-service", "Taken out of service"
    IN_SERVICE = "in-service", "Returned to service"
    QUALITY = "quality", "Quality changed"
    SETTLED = "settled", "Chattering over"
    GROUPED = "grouped", "Explained by another alarm"
    ESCALATED = "escalated", "Escalated to the supervisor"
    DATED_ANEW = "dated-anew", "Dated anew: the server's clock went back"
    FORECAST_DRIFT = "forecast-drift", "Forecasts have lost their skill"
    FORECAST_UNCALIBRATED = "forecast-uncalibrated", "Bands of forecasts do not hold"
    CANARY = "canary", "Sign of life of the alarm processor"


_B, _H = BaseState, Happening
# While nothing suppresses the alarm, for one that does not latch.
TRANSITIONS: dict[tuple[BaseState, Happening], BaseState] = {
    (_B.NORMAL, _H.RAISED): _B.UNACKNOWLEDGED,
    (_B.RETURNED, _H.RAISED): _B.UNACKNOWLEDGED,
    (_B.LATCHED_UNACKNOWLEDGED, _H.RAISED): _B.UNACKNOWLEDGED,
    (_B.LATCHED_ACKNOWLEDGED, _H.RAISED): _B.UNACKNOWLEDGED,
    (_B.UNACKNOWLEDGED, _H.RETURNED): _B.RETURNED,
    (_B.ACKNOWLEDGED, _H.RETURNED): _B.NORMAL,
    (_B.UNACKNOWLEDGED, _H.ACKNOWLEDGED): _B.ACKNOWLEDGED,
    (_B.RETURNED, _H.ACKNOWLEDGED): _B.NORMAL,
    (_B.LATCHED_UNACKNOWLEDGED, _H.ACKNOWLEDGED): _B.LATCHED_ACKNOWLEDGED,
    (_B.LATCHED_ACKNOWLEDGED, _H.RESET): _B.NORMAL,
}
# What differs while it is suppressed: nobody was told, so nobody need acknowledge that it is over.
SUPPRESSED_TRANSITIONS: dict[tuple[BaseState, Happening], BaseState] = {
    (_B.UNACKNOWLEDGED, _H.RETURNED): _B.NORMAL,
}
# What differs for an alarm that latches, suppressed or not.
LATCHING_TRANSITIONS: dict[tuple[BaseState, Happening], BaseState] = {
    (_B.UNACKNOWLEDGED, _H.RETURNED): _B.LATCHED_UNACKNOWLEDGED,
    (_B.ACKNOWLEDGED, _H.RETURNED): _B.LATCHED_ACKNOWLEDGED,
}

# The condition is true in these states.
STANDING = frozenset({BaseState.UNACKNOWLEDGED, BaseState.ACKNOWLEDGED})
NEEDS_ACKNOWLEDGEMENT = frozenset({_B.UNACKNOWLEDGED, _B.RETURNED, _B.LATCHED_UNACKNOWLEDGED})


class Priority(IntegerChoices):
    CRITICAL = 1, "1 critical"
    HIGH = 2, "2 high"
    MEDIUM = 3, "3 medium"
    LOW = 4, "4 low"


class Consequence(IntegerChoices):
    """What happens if nobody responds."""

    SEVERE = 1, "Severe: danger to people, or supply of many lost"
    MAJOR = 2, "Major: equipment damaged, or supply of some lost"
    MINOR = 3, "Minor: quality of supply, or a reserve is lost"
    SLIGHT = 4, "Slight: a hindrance"


# Time to respond, seconds: below the first, between the two, above.
PROMPT_S, SOON_S = 180, 900
PRIORITY_MATRIX: dict[Consequence, tuple[Priority, Priority, Priority]] = {
    Consequence.SEVERE: (Priority.CRITICAL, Priority.HIGH, Priority.HIGH),
    Consequence.MAJOR: (Priority.HIGH, Priority.HIGH, Priority.MEDIUM),
    Consequence.MINOR: (Priority.MEDIUM, Priority.MEDIUM, Priority.LOW),
    Consequence.SLIGHT: (Priority.LOW, Priority.LOW, Priority.LOW),
}
# How long an operator has, seconds, where nothing else is set.
TIME_TO_RESPOND_S: dict[Priority, int] = {
    Priority.CRITICAL: 120,
    Priority.HIGH: 300,
    Priority.MEDIUM: 900,
    Priority.LOW: 3600,
}


class Condition(TextChoices):
    HIGH = "high", "High limit"
    LOW = "low", "Low limit"
    VOLTAGE_LOW = "voltage-low", "Voltage low"
    VOLTAGE_HIGH = "voltage-high", "Voltage high"
    OVERLOAD = "overload", "Overload"
    OFF_NORMAL = "off-normal", "Switch off its normal position"
    LOSS_OF_SUPPLY = "loss-of-supply", "Loss of supply"
    BAD_DATA = "bad-data", "Bad data"
    SWITCH_DOUBTFUL = "switch-doubtful", "Switch position doubtful"
    COMM_FAIL = "comm-fail", "Communication failed"
    POINTS_STALE = "points-stale", "Measurements stale"
    ESTIMATION_FAILED = "estimation-failed", "Estimation failed"
    AREA_SILENT = "area-silent", "Estimate of an area missing"
    AREA_UNATTENDED = "area-unattended", "Area without an operator"
    COMMAND_FAILED = "command-failed", "Command without effect"
    COURSE_STOPPED = "course-stopped", "Course of set-points stopped"
    CALL_FAILED = "call-failed", "Call to customers not sent"
    FAULT_PASSED = "fault-passed", "Fault passed"
    SUPPLY_FAULT = "supply-fault", "Supply fault"
    RESTORATION_STOPPED = "restoration-stopped", "Restoration stopped"
    THREAT = "threat", "Threat found"
    ISLANDED = "islanded", "Microgrid islanded"
    TRANSITION_STOPPED = "transition-stopped", "Islanding or reconnection stopped"
    ISLAND_SHORT = "island-short", "Island runs short"
    CVR_GUARD = "cvr-guard", "Voltage experiment stopped"
    BATTERY_WARNING = "battery-warning", "Battery near a limit"
    BATTERY_DERATED = "battery-derated", "Battery reduced"
    BATTERY_STOPPED = "battery-stopped", "Battery stopped"
    BATTERY_TRIPPED = "battery-tripped", "Battery tripped"
    CLOCK_WRONG = "clock-wrong", "Clock of a source wrong"
    TASK_FAILED = "task-failed", "Background work failed"
    DISK_SHORT = "disk-short", "Disk of the database short"
    WEATHER_LATE = "weather-late", "Weather feed late"
    PRICES_LATE = "prices-late", "Day-ahead prices late"
    FORECAST_DRIFT = "forecast-drift", "Forecasts have lost their skill"
    FORECAST_UNCALIBRATED = "forecast-uncalibrated", "Bands of forecasts do not hold"
    CANARY = "canary", "Sign of life of the alarm processor"


class Scope(TextChoices):
    """How far an alarm reaches when it explains others. One at a station's own equipment reaches the whole station."""

    FEEDER = "feeder", "Feeder"
    SUBSTATION = "substation", "Substation"
    NETWORK = "network", "Network"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Which alarms a cause explains, within which scope, and for how long after it; None: as long as it stands."""

    conditions: frozenset[Condition]
    scope: Scope
    window_s: float | None = None


_C = Condition
EXPLAINS: dict[Condition, tuple[Explanation, ...]] = {
    _C.OFF_NORMAL: (
        Explanation(
            frozenset({_C.LOSS_OF_SUPPLY, _C.SUPPLY_FAULT, _C.VOLTAGE_LOW, _C.LOW, _C.BAD_DATA, _C.FAULT_PASSED}),
            Scope.FEEDER,
        ),
        Explanation(frozenset({_C.OFF_NORMAL, _C.VOLTAGE_HIGH, _C.HIGH, _C.OVERLOAD}), Scope.FEEDER, 120),
        Explanation(frozenset({_C.OVERLOAD, _C.VOLTAGE_LOW, _C.VOLTAGE_HIGH}), Scope.SUBSTATION, 60),
    ),
    _C.LOSS_OF_SUPPLY: (Explanation(frozenset({_C.VOLTAGE_LOW, _C.LOW, _C.BAD_DATA}), Scope.FEEDER),),
    _C.COMM_FAIL: (
        Explanation(frozenset({_C.POINTS_STALE, _C.ESTIMATION_FAILED}), Scope.NETWORK),
        Explanation(frozenset({_C.BAD_DATA}), Scope.NETWORK, 120),
    ),
}
# Where two could explain each other the lower number is the cause, then the earlier one.
CAUSE_RANK: dict[Condition, int] = {_C.COMM_FAIL: 0, _C.OFF_NORMAL: 1, _C.LOSS_OF_SUPPLY: 2}
BEFORE_CAUSE_S = 10.0  # a consequence may be told that much before its cause


FLOOD_WINDOW_S = 600.0
FLOOD_BEGINS_ABOVE, FLOOD_ENDS_BELOW = 10, 5


class Rule(TextChoices):
    """Why an alarm is suppressed by design; a zone's rule has its number behind."""

    DEAD_AREA = "dead-area", "Without supply because of another alarm"
    PARENT = "parent", "Follows from another alarm"
    MAINTENANCE = "maintenance", "Equipment under work"


# Kept quiet while the part is without supply, and while the parent stands. Never of the first priority.
DEAD_AREA_QUIETS = frozenset({_C.VOLTAGE_LOW, _C.LOW, _C.BAD_DATA})
PARENT_QUIETS: dict[Condition, frozenset[Condition]] = {
    _C.COMM_FAIL: frozenset({_C.POINTS_STALE}),
    _C.OFF_NORMAL: frozenset({_C.FAULT_PASSED}),  # every indicator on the way of one fault current
}
RELEASE_AFTER_S = 30.0  # supply is back before every value is

STREAM = "alarms"
