from django.db.models import TextChoices

PLAN_STREAM = "plans"
MOST_STEPS = 200
LONGEST_NAME = 120
LONGEST_WORDS = 500


class PlanKind(TextChoices):
    PLANNED = "planned", "Planned"
    EMERGENCY = "emergency", "Emergency"
    RESTORATION = "restoration", "Restoration"
    TEMPLATE = "template", "Template"


class PlanStatus(TextChoices):
    NEW = "new", "New"
    REQUESTED = "requested", "Requested"
    PREPARED = "prepared", "Prepared"
    CHECKED = "checked", "Checked"
    APPROVED = "approved", "Approved"
    UNDER_WAY = "under_way", "Under way"
    COMPLETED = "completed", "Completed"
    ABORTED = "aborted", "Aborted"
    REJECTED = "rejected", "Rejected"


PLAN_MOVES: dict[PlanStatus, frozenset[PlanStatus]] = {
    PlanStatus.NEW: frozenset({PlanStatus.REQUESTED, PlanStatus.ABORTED}),
    PlanStatus.REQUESTED: frozenset({PlanStatus.PREPARED, PlanStatus.REJECTED}),
    PlanStatus.PREPARED: frozenset({PlanStatus.CHECKED, PlanStatus.REJECTED}),
    PlanStatus.CHECKED: frozenset({PlanStatus.APPROVED, PlanStatus.REJECTED}),
    PlanStatus.APPROVED: frozenset({PlanStatus.UNDER_WAY, PlanStatus.REJECTED}),
    PlanStatus.UNDER_WAY: frozenset({PlanStatus.COMPLETED, PlanStatus.ABORTED}),
    PlanStatus.REJECTED: frozenset({PlanStatus.NEW, PlanStatus.ABORTED}),
    PlanStatus.COMPLETED: frozenset(),
    PlanStatus.ABORTED: frozenset(),
}
# It is carried out by nobody, and so signed by nobody: the plan that is made from it is.
TEMPLATE_MOVES = {PlanStatus.NEW: frozenset({PlanStatus.ABORTED})}


def plan_moves(kind: PlanKind, status: PlanStatus) -> frozenset[PlanStatus]:
    return TEMPLATE_MOVES.get(status, frozenset()) if kind is PlanKind.TEMPLATE else PLAN_MOVES[status]


# Steps are written only before somebody has put a name to them.
WRITABLE = frozenset({PlanStatus.NEW, PlanStatus.REQUESTED})
NEEDS_REASON = frozenset({PlanStatus.REJECTED, PlanStatus.ABORTED})
ENDED_PLANS = frozenset(status for status, following in PLAN_MOVES.items() if not following)


class StepKind(TextChoices):
    SWITCH = "switch", "Open or close"
    TAP = "tap", "Move a tap"
    TAG = "tag", "Hang a tag"
    UNTAG = "untag", "Take a tag off"
    ISSUE = "issue", "Issue a safety document"
    RELEASE = "release", "Release a safety document"
    ACT = "act", "Act on site"


TO_THE_FIELD = frozenset({StepKind.SWITCH, StepKind.TAP})


class StepStatus(TextChoices):
    NEW = "new", "New"
    INSTRUCTED = "instructed", "Instructed"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    UNKNOWN = "unknown", "Outcome unknown"
    ABORTED = "aborted", "Aborted"


STEP_MOVES: dict[StepStatus, frozenset[StepStatus]] = {
    StepStatus.NEW: frozenset({StepStatus.INSTRUCTED, StepStatus.ABORTED}),
    StepStatus.INSTRUCTED: frozenset({StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.UNKNOWN}),
    StepStatus.FAILED: frozenset({StepStatus.INSTRUCTED, StepStatus.ABORTED}),
    # What happened is found out by a person; nothing is sent again before.
    StepStatus.UNKNOWN: frozenset({StepStatus.COMPLETED, StepStatus.FAILED}),
    StepStatus.COMPLETED: frozenset(),
    StepStatus.ABORTED: frozenset(),
}
ENDED_STEPS = frozenset(status for status, following in STEP_MOVES.items() if not following)


class DocumentKind(TextChoices):
    PERMIT = "permit", "Permit to work"
    CLEARANCE = "clearance", "Clearance"
    SANCTION = "sanction", "Sanction for test"


class DocumentStatus(TextChoices):
    DRAFT = "draft", "Draft"
    ISSUED = "issued", "Issued"
    RELEASED = "released", "Released"


class CrewStatus(TextChoices):
    """Whether somebody works under the document; only a crew that has signed off lets it be released."""

    NONE = "none", "Nobody has signed on"
    ISSUED = "issued", "Signed on"
    CLEARED = "cleared", "Signed off"
