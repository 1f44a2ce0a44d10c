"""Words of restoration: from an incident with a probable section to a plan that dispatch ranks."""

from datetime import timedelta

from django.db.models import TextChoices

DESK = "restoration"  # as dispatch orders the desks' claims
RETURN_DESK = "restoration-return"  # apart: no rule for restoring lets anything be put back by itself
SURE = 0.95  # what is isolated holds the fault with at least this probability
STILL = 2  # solutions in a row in which no switch has moved
RECLOSING_OVER = timedelta(seconds=8)  # since protection last moved: what closes again by itself has done so
PLAN_AGAIN = timedelta(minutes=5)  # before its proposals expire
EXACT_WITHIN_S = 4.0
REMOTE_S, BY_HAND_S = 5.0, 1800.0  # one operation
CRITICAL_WEIGHT = 10.0  # a minute of a hospital against one of another customer
ASSUMED_REPAIR = timedelta(hours=4)  # while nobody has estimated it
MOST_HOURS = 6
MOST_ALTERNATIVES = 3
LOADS_GOOD_FOR = timedelta(minutes=10)


class RestorationAim(TextChoices):
    RESTORE = "restore", "Give customers supply"
    RETURN = "return", "Return to normal switching"


class RestorationOutcome(TextChoices):
    PROPOSED = "proposed", "Proposed"
    NOTHING = "nothing", "Nothing can be restored"
    NOT_LOCATED = "not-located", "The faulted section is not sure enough"
    MOVING = "moving", "Switches still move"
    NO_STATE = "no-state", "The state is not known"
    REFUSED = "refused", "No plan passed the check"
