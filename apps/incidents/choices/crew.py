"""Words of the people in the field."""

from django.db.models import TextChoices


class CrewSkill(TextChoices):
    SWITCHING = "switching", "Switching on site"
    OVERHEAD = "overhead", "Overhead lines"
    CABLE = "cable", "Cables"
    TRANSFORMER = "transformer", "Transformers"
    PATROL = "patrol", "Patrol"


class CrewStatus(TextChoices):
    AVAILABLE = "available", "Available"
    BUSY = "busy", "On a job"
    OFF_DUTY = "off-duty", "Off duty"


class AssignmentStatus(TextChoices):
    ASSIGNED = "assigned", "Assigned"
    EN_ROUTE = "en-route", "En route"
    ON_SITE = "on-site", "On site"
    DONE = "done", "Done"
    RELEASED = "released", "Released before it was done"


_A = AssignmentStatus
NEXT_ASSIGNMENT_STATUS: dict[AssignmentStatus, frozenset[AssignmentStatus]] = {
    _A.ASSIGNED: frozenset({_A.EN_ROUTE, _A.ON_SITE, _A.RELEASED}),
    _A.EN_ROUTE: frozenset({_A.ON_SITE, _A.RELEASED}),
    _A.ON_SITE: frozenset({_A.DONE, _A.RELEASED}),
    _A.DONE: frozenset(),
    _A.RELEASED: frozenset(),
}
OPEN_ASSIGNMENTS = frozenset(status for status, following in NEXT_ASSIGNMENT_STATUS.items() if following)
