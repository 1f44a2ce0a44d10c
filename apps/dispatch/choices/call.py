"""Words of calls: flexibility that customers are asked for over OpenADR, in stages."""

from datetime import timedelta

from django.db.models import TextChoices

CALLS = "calls"  # the live topic
CALL_STEP = timedelta(minutes=15)  # of what is verified
LONGEST_CALL = timedelta(hours=12)
MOST_STAGES = 24
VERIFIED_FRESH = timedelta(hours=2)  # what was checked earlier than that is checked anew before it is handed in


class CallAim(TextChoices):
    PEAK = "peak", "Peak of the system"
    RESERVE = "reserve", "Reserve"
    CONGESTION = "congestion", "Limit of the network"
    ENERGY = "energy", "Price of energy"


class CallStatus(TextChoices):
    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Handed in for approval"
    APPROVED = "approved", "Approved, to be sent"
    SCHEDULED = "scheduled", "Sent: customers know of it"
    ACTIVE = "active", "Under way"
    COMPLETED = "completed", "Completed"
    REJECTED = "rejected", "Rejected"
    CANCELLED = "cancelled", "Cancelled"
    EXPIRED = "expired", "Expired"
    FAILED = "failed", "Could not be sent"


_S = CallStatus
NEXT_CALL_STATUS: dict[CallStatus, frozenset[CallStatus]] = {
    _S.DRAFT: frozenset({_S.SUBMITTED, _S.CANCELLED, _S.EXPIRED}),
    _S.SUBMITTED: frozenset({_S.APPROVED, _S.REJECTED, _S.CANCELLED, _S.EXPIRED}),
    _S.APPROVED: frozenset({_S.SCHEDULED, _S.CANCELLED, _S.EXPIRED, _S.FAILED}),
    _S.SCHEDULED: frozenset({_S.ACTIVE, _S.CANCELLED}),
    _S.ACTIVE: frozenset({_S.COMPLETED, _S.CANCELLED}),
    _S.COMPLETED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.CANCELLED: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.FAILED: frozenset(),
}
OPEN_CALLS = frozenset(status for status, following in NEXT_CALL_STATUS.items() if following)
SENT_CALLS = frozenset({_S.SCHEDULED, _S.ACTIVE})
CALLS_THAT_COUNT = frozenset({_S.APPROVED, _S.SCHEDULED, _S.ACTIVE, _S.COMPLETED})  # against caps and for fairness


class StageStatus(TextChoices):
    PLANNED = "planned", "Planned"
    PUBLISHED = "published", "Sent"
    ACTIVE = "active", "Under way"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Could not be sent"


class Verdict(TextChoices):
    UNCHECKED = "unchecked", "Not checked yet"
    PASSED = "passed", "Keeps the limits at every step"
    REBOUND_PEAK = "rebound-peak", "Its rebound makes a new peak"
    BREAKS_LIMIT = "breaks-limit", "Breaks a limit of the network"
    NO_STATE = "no-state", "Cannot be checked: the state is not known"

    @property
    def is_passed(self) -> bool:
        return self is Verdict.PASSED


class CallReceiptOutcome(TextChoices):
    SCORED = "scored", "Scored"
    VOID = "void", "Cannot be scored"
