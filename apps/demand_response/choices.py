from datetime import timedelta

from django.db.models import TextChoices

DESK = "demand-response"  # its name in dispatch
LONGEST_TEXT = 300
LINK_LIFE = timedelta(days=14)  # of an invitation that is not opened
SESSION_LIFE = timedelta(days=30)  # of a customer's page, once the link was opened
KEPT_CONTENT = timedelta(days=2)  # of a file that was handed in and not confirmed


class Objective(TextChoices):
    PEAK = "peak", "Peak load"
    RESERVE = "reserve", "Reserve"
    CONGESTION = "congestion", "Local congestion"
    ENERGY = "energy", "Energy price"


class DeviceKind(TextChoices):
    THERMOSTAT = "thermostat", "Thermostat"
    EV_CHARGER = "ev_charger", "EV charger"
    WATER_HEATER = "water_heater", "Water heater"
    BATTERY = "battery", "Battery"
    INDUSTRIAL = "industrial", "Industrial process"


class BaselineMethod(TextChoices):
    """What customers are paid by; gridops/engine/flexibility computes all of them side by side."""

    CAISO_10_10 = "caiso_10_10", "10 in 10 with same-day adjustment (CAISO)"
    PJM_4_5 = "pjm_4_5", "High 4 of 5 with additive adjustment (PJM)"
    NYISO_5_10 = "nyiso_5_10", "High 5 of 10 (NYISO)"
    MATCH_DAY_3 = "match_day_3", "Three most alike days"
    WEATHER = "weather", "Weather regression"
    CONTROL_GROUP = "control_group", "Matched control group"


class EnrolmentStatus(TextChoices):
    INVITED = "invited", "Invited"
    ENROLLED = "enrolled", "Enrolled"
    PAUSED = "paused", "Paused"
    LEFT = "left", "Left"


ENROLMENT_TRANSITIONS: dict[EnrolmentStatus, frozenset[EnrolmentStatus]] = {
    EnrolmentStatus.INVITED: frozenset({EnrolmentStatus.ENROLLED, EnrolmentStatus.LEFT}),
    EnrolmentStatus.ENROLLED: frozenset({EnrolmentStatus.PAUSED, EnrolmentStatus.LEFT}),
    EnrolmentStatus.PAUSED: frozenset({EnrolmentStatus.ENROLLED, EnrolmentStatus.LEFT}),
    EnrolmentStatus.LEFT: frozenset({EnrolmentStatus.INVITED, EnrolmentStatus.ENROLLED}),
}
PRESENT = frozenset({EnrolmentStatus.ENROLLED, EnrolmentStatus.PAUSED})  # has consented and not left


class ImportKind(TextChoices):
    CUSTOMERS = "customers", "Customers"
    METER = "meter", "Meter readings"


class ImportState(TextChoices):
    CHECKING = "checking", "Being checked"
    PREVIEWED = "previewed", "Waits to be confirmed"
    REFUSED = "refused", "Cannot be imported"
    IMPORTING = "importing", "Being imported"
    DONE = "done", "Imported"
    FAILED = "failed", "Failed"


class MeterSource(TextChoices):
    CSV = "csv", "CSV"
    ESPI = "espi", "Green Button (ESPI)"


class MeterQuality(TextChoices):
    MEASURED = "measured", "Measured"
    ESTIMATED = "estimated", "Holds estimates"
    PARTIAL = "partial", "Intervals missing"


class OpportunityKind(TextChoices):
    """Where and when flexibility is worth most."""

    CONGESTION = "congestion", "Limit of the network"
    TRANSFORMER = "transformer", "Transformer near its rating"
    FEEDER = "feeder", "Peak of a feeder"
    SYSTEM = "system", "Peak of the system"
    PRICE = "price", "High price of energy"


class LookOutcome(TextChoices):
    DONE = "done", "Looked"
    NOTHING = "nothing", "Nothing to be asked for"
    NO_STATE = "no-state", "The hours ahead are not known"


class StrategyStatus(TextChoices):
    WAITING = "waiting", "Waits to be worked out"
    WORKING = "working", "Being worked out"
    READY = "ready", "Ready: a call as a draft"
    INFEASIBLE = "infeasible", "Cannot be"
    FAILED = "failed", "Failed"


STRATEGY_TRANSITIONS: dict[StrategyStatus, frozenset[StrategyStatus]] = {
    StrategyStatus.WAITING: frozenset({StrategyStatus.WORKING}),
    StrategyStatus.WORKING: frozenset({StrategyStatus.READY, StrategyStatus.INFEASIBLE, StrategyStatus.FAILED}),
    StrategyStatus.READY: frozenset(),
    StrategyStatus.INFEASIBLE: frozenset(),
    StrategyStatus.FAILED: frozenset(),
}


class Answer(TextChoices):
    """What a customer's equipment said of an event."""

    TAKES_PART = "takes-part", "Takes part"
    OPTED_OUT = "opted-out", "Opted out"
    DECLINED = "declined", "Does not take part"
    FAULTY = "faulty", "Reports a fault"


class EvaluationStatus(TextChoices):
    WAITING = "waiting", "Waits to be worked out"
    DONE = "done", "Worked out"
    VOID = "void", "Cannot be worked out"


class LineKind(TextChoices):
    CAPACITY = "capacity", "Readiness of the month"
    ENERGY = "energy", "Energy saved"
    CREDIT = "credit", "Credit for taking part"
    PENALTY = "penalty", "Shortfall"
    CORRECTION = "correction", "Correction of a closed month"


class MonthStatus(TextChoices):
    OPEN = "open", "Open"
    APPROVED = "approved", "Approved"
    FINAL = "final", "Final"


NEXT_MONTH_STATUS: dict[MonthStatus, frozenset[MonthStatus]] = {
    MonthStatus.OPEN: frozenset({MonthStatus.APPROVED}),
    MonthStatus.APPROVED: frozenset({MonthStatus.OPEN, MonthStatus.FINAL}),
    MonthStatus.FINAL: frozenset(),
}
