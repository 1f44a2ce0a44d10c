"""The hours ahead: envelopes of connection points, congestion, troubles that are foreseen."""

from datetime import timedelta

from django.db.models import TextChoices

FORESEEN_OPENS, FORESEEN_STAYS = 0.3, 0.15  # probability of a limit's being broken: to be told of, and to be told on
MOST_MISSED = 2  # looks in a row that do not see it any more
ACT_AHEAD = timedelta(hours=1)  # of what is foreseen: before that the forecast may still change
FORESEEN_GOOD_FOR = timedelta(minutes=35)  # a remedy that is not proposed again by the run after the next is no more

AHEAD_FRESH = timedelta(minutes=45)  # an envelope that is older is shown as old
KEPT_WHOLE = timedelta(days=1)
KEPT_HOURLY = timedelta(days=14)


class AheadOutcome(TextChoices):
    DONE = "done", "Done"
    ONLY_NOW = "only_now", "Only for now"
    NO_STATE = "no_state", "The state is not known"


class OfferKind(TextChoices):
    BATTERY = "battery", "Battery"
    CURTAIL = "curtail", "Plant held back"
    LESS_LOAD = "less_load", "Load that can wait"
    SHED = "shed", "Load cut off"
