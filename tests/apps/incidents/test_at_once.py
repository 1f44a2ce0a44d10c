"""People and the watch write of one incident at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.incidents.choices.incident import FactKind, IncidentStatus, Trigger
from apps.incidents.choices.restoring import RestorationOutcome
from apps.incidents.models import Incident
from apps.incidents.selectors.restoring import Zone
from apps.incidents.services import acts
from apps.incidents.services.restoring_plan import Look, keep_run

ROUNDS, HANDS = 40, 8


@pytest.mark.django_db(transaction=True)
def test_notes_of_people_and_looks_of_the_desk_never_wait_for_each_other_in_a_ring() -> None:
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    now = timezone.now()
    incident = Incident.objects.create(
        number="INC-1", status=IncidentStatus.LOCATED, trigger=Trigger.PROTECTION, began_at=now, detected_at=now
    )

    def act(turn: int) -> None:
        at = now + timedelta(milliseconds=turn)
        try:
            if turn % 2:
                acts.add_note(number="INC-1", text=f"Note {turn}", looked_at=None, by=olga, as_of=at)
            else:
                ground = Look(incident, Zone([], 1.0), str(turn), at)
                keep_run(ground, RestorationOutcome.NOTHING, f"Look {turn}", 0.0)
        finally:
            connection.close()

    with ThreadPoolExecutor(HANDS) as pool:
        list(pool.map(act, range(ROUNDS)))
    assert incident.facts.filter(kind=FactKind.NOTE).count() == ROUNDS // 2
    assert incident.restorations.count() == ROUNDS // 2
