"""Words of proposals. The desks' names are data: dispatch lies below them and knows only their order."""

from datetime import timedelta

from django.db.models import TextChoices

PROPOSALS = "proposals"  # the live topic

EXPIRES_AFTER = timedelta(minutes=12)
WITHHELD_AFTER_REJECTION = timedelta(hours=1)
REJECTION_FADES = timedelta(hours=24)
OBSERVED_WITHIN = timedelta(minutes=15)  # of an approval: seen in the live state by then, or it failed
RECEIPT_GIVEN_UP_AFTER = timedelta(hours=2)
LONGEST_TEXT = 300
MOST_STEPS = 20
SHOWN_PU = 0.0005  # smaller changes of a voltage are not kept in a proposal's picture
SHOWN_LOADING = 0.005  # of the rating


class Breach(TextChoices):
    """The engine's words (gridops/engine/optimization/verification.py)."""

    VOLTAGE_LOW = "voltage_low", "Voltage low"
    VOLTAGE_HIGH = "voltage_high", "Voltage high"
    OVERLOAD = "overload", "Overload"
    LOSSES = "losses", "Losses"
    SUPPLY = "supply", "Customers without supply"
    OFF_NORMAL = "off_normal", "Switching not normal"


# Of an incident: its desk opens and ends them, the watch over limits does not.
OF_INCIDENTS = frozenset({Breach.SUPPLY, Breach.OFF_NORMAL})


class TroubleOrigin(TextChoices):
    LIVE = "live", "Now"
    FORECAST = "forecast", "Foreseen"


class ProposalStatus(TextChoices):
    PROPOSED = "proposed", "Being checked"
    VERIFIED = "verified", "Checked by power flow"
    FAILED_VERIFICATION = "failed_verification", "Did not pass the check"
    APPROVED = "approved", "Approved, to be executed"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"
    EXECUTING = "executing", "Being executed"
    DONE = "done", "Done"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Outcome not known"


_S = ProposalStatus
_ENDS = frozenset({_S.WITHDRAWN, _S.EXPIRED, _S.SUPERSEDED})
NEXT_PROPOSAL_STATUS: dict[ProposalStatus, frozenset[ProposalStatus]] = {
    _S.PROPOSED: frozenset({_S.VERIFIED, _S.FAILED_VERIFICATION}) | _ENDS,
    _S.VERIFIED: frozenset({_S.APPROVED, _S.REJECTED, _S.FAILED_VERIFICATION}) | _ENDS,
    _S.FAILED_VERIFICATION: frozenset(),
    _S.APPROVED: frozenset({_S.EXECUTING, _S.DONE, _S.FAILED, _S.UNKNOWN, _S.WITHDRAWN}),
    _S.REJECTED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.SUPERSEDED: frozenset(),
    _S.EXECUTING: frozenset({_S.DONE, _S.FAILED, _S.UNKNOWN}),
    _S.DONE: frozenset(),
    _S.FAILED: frozenset(),
    _S.UNKNOWN: frozenset({_S.DONE, _S.FAILED}),
}
OPEN_PROPOSALS = frozenset({_S.PROPOSED, _S.VERIFIED, _S.APPROVED, _S.EXECUTING, _S.UNKNOWN})
UNDER_WAY = frozenset({_S.APPROVED, _S.EXECUTING, _S.UNKNOWN})
TAKEN = frozenset({_S.DONE})


class StepQuantity(TextChoices):
    """As measured points call it. Powers are positive from the node into the equipment."""

    SWITCH_STATE = "switch_state", "Position"
    TAP_POSITION = "tap_position", "Tap"
    ACTIVE_POWER = "active_power", "Active power"
    REACTIVE_POWER = "reactive_power", "Reactive power"
    # Settings by which a plant answers of its own; percent.
    FREQUENCY_DROOP = "frequency_droop", "Frequency droop"
    VOLT_VAR = "volt_var", "Volt-var"


SETTINGS = frozenset({StepQuantity.FREQUENCY_DROOP, StepQuantity.VOLT_VAR})


class Moment(TextChoices):
    """Of a proposal's picture; names of its fields."""

    BEFORE = "before", "Before"
    AFTER = "after", "After"


class AutonomyMode(TextChoices):
    OFF = "off", "Off: the desk proposes nothing here"
    ADVISE = "advise", "Advise: a person approves"
    AUTOMATIC = "automatic", "Automatic: approved by this rule, within its limits"


class ReceiptOutcome(TextChoices):
    DUE = "due", "Not yet measured"
    SCORED = "scored", "Scored"
    VOID = "void", "Cannot be scored"


# Whose claim on a device goes first; a desk that is not named comes after all others.
DESK_PRIORITY: dict[str, int] = {
    "restoration": 1,
    "restoration-return": 1,
    "person": 2,
    "microgrids": 3,
    "reconfiguration": 4,
    "voltage": 5,
    "single-device": 6,
    "storage": 7,
    "microgrid-schedule": 7,
    "renewables": 8,
    "least-held": 8,
    "demand-response": 9,
}
LEAST_PRIORITY = 99
# What a desk calls itself, in words for people.
DESK_LABEL: dict[str, str] = {
    "restoration": "Restoration",
    "restoration-return": "Return to normal",
    "person": "By hand",
    "microgrids": "Microgrids",
    "reconfiguration": "Load balancing",
    "voltage": "Voltage regulation",
    "single-device": "Single devices",
    "storage": "Storage",
    "microgrid-schedule": "Microgrid schedules",
    "renewables": "Renewables",
    "least-held": "Least held back",
    "demand-response": "Demand response",
}
