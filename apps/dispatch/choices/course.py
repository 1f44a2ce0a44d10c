"""Words of courses of set-points: what one device is to be set to over the hours ahead, approved once."""

from datetime import timedelta

from django.db.models import TextChoices

COURSES = "courses"  # the live topic
MOST_COURSE_STEPS = 400
LONGEST_COURSE = timedelta(hours=48)
LEAST_STEP = timedelta(minutes=1)


class CourseStatus(TextChoices):
    PROPOSED = "proposed", "Proposed"
    RUNNING = "running", "Approved: its set-points are ordered at their times"
    DONE = "done", "Done"
    STOPPED = "stopped", "Stopped"
    REJECTED = "rejected", "Rejected"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Superseded"


_S = CourseStatus
NEXT_COURSE_STATUS: dict[CourseStatus, frozenset[CourseStatus]] = {
    _S.PROPOSED: frozenset({_S.RUNNING, _S.REJECTED, _S.WITHDRAWN, _S.EXPIRED, _S.SUPERSEDED}),
    _S.RUNNING: frozenset({_S.DONE, _S.STOPPED, _S.SUPERSEDED}),
    _S.DONE: frozenset(),
    _S.STOPPED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.WITHDRAWN: frozenset(),
    _S.EXPIRED: frozenset(),
    _S.SUPERSEDED: frozenset(),
}
OPEN_COURSES = frozenset(status for status, following in NEXT_COURSE_STATUS.items() if following)


class StepOutcome(TextChoices):
    """Of a set-point of a course; worked out from its order, not stored."""

    AHEAD = "ahead", "To come"
    UNDER_WAY = "under-way", "Under way"
    DONE = "done", "Done"
    SAME = "same", "Stood there already: nothing was ordered"
    FAILED = "failed", "Not done"
    UNKNOWN = "unknown", "UNKNOWN: it may have been done"
    PASSED = "passed", "Not ordered: its time had passed"
    DROPPED = "dropped", "Not ordered: the course had ended"
    UNDECIDED = "undecided", "Not ordered: nobody has approved it"
