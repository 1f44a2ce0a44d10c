import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.dispatch.services.scenes import Live
from apps.incidents.models import Incident
from apps.incidents.services.restoring import look
from tests.factories.faulted_rings import NUMBER

pytestmark = pytest.mark.django_db
URL = f"/api/v1/incidents/{NUMBER}/restoration"


def test_who_sees_the_grid_reads_the_plan_its_proposals_and_the_mode(
    incident: Incident, live: Live, anna: User, client: Client
) -> None:
    look(as_of=live.as_of, live=live)
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    told = client.get(URL).json()
    assert (told["mode"], told["run"]["outcome"]) == ("advise", "proposed")
    assert told["run"]["plans"][0]["proposal"] == told["run"]["proposals"][-1]["id"]
    assert [step["act"] for step in told["run"]["plans"][0]["steps"]].count("open") == 2
    assert client.post(URL, content_type="application/json").status_code == 403


def test_a_look_that_is_asked_for_says_what_stands_in_the_way(
    incident: Incident, live: Live, anna: User, client: Client
) -> None:
    client.force_login(anna)
    answer = client.post(URL, content_type="application/json")
    assert answer.status_code == 201
    assert answer.json()["run"]["outcome"] == "no-state", "no meter tells anything in this test"
    assert client.get("/api/v1/incidents/INC-404/restoration").status_code == 404
    Incident.objects.update(status="cancelled")
    refused = client.post(URL, content_type="application/json")
    assert (refused.status_code, refused.json()["detail"]) == (409, "Nothing is to be restored: INC-1 is cancelled.")
