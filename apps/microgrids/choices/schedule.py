"""What a microgrid is scheduled by, and what came of it."""

from datetime import timedelta

from django.db.models import TextChoices

DESK = "microgrid-schedule"  # its name in dispatch, apart from islanding: rules for one say nothing about the other
COURSE_KIND = "rolling"
STREAM = "microgrids"
STEP = timedelta(minutes=15)
STEPS = 96  # of the horizon
GOOD_STEPS = 3  # of a course: until the one after the next is there
KEPT = timedelta(days=400)
SCORED_UNTIL = timedelta(days=2)  # what has no measurements by then is given up
LIMIT_S = 20.0
CURRENCY = "EUR"


class ScheduleOutcome(TextChoices):
    PLANNED = "planned", "Planned"
    INFEASIBLE = "infeasible", "No dispatch is possible"
    FAILED = "failed", "Not solved in time"
    UNKNOWN = "unknown", "Too little is known"
