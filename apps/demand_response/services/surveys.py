"""Two questions after an event, answered by the customer."""

from datetime import datetime

from django.db import transaction

from apps.demand_response.models import Participation, Survey
from apps.demand_response.services.refusal import WrongField
from apps.dispatch.services.refusal import Refused

COMFORT = range(1, 6)


@transaction.atomic
def answer_survey(*, participation: Participation, comfort: int, again: bool, as_of: datetime) -> Survey:
    """comfort: 1, hard to bear, to 5, not noticed; again: would take part again. Raises Refused or WrongField."""
    if comfort not in COMFORT:
        raise WrongField("comfort", "Choose a number from 1 (hard to bear) to 5 (not noticed).")
    locked = Participation.objects.select_for_update(of=("self",)).select_related("stage").get(pk=participation.pk)
    if locked.stage.ends_at > as_of:
        raise Refused("The event is not over yet; the questions can be answered afterwards.")
    if Survey.objects.filter(participation=locked).exists():
        raise Refused("These questions have been answered already. Thank you.")
    return Survey.objects.create(participation=locked, comfort=comfort, again=again, answered_at=as_of)
