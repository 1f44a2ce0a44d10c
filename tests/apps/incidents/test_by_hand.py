from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.audit.models import AuditEvent
from apps.incidents.choices.incident import FactKind, IncidentStatus, Trigger
from apps.incidents.models import Incident
from apps.incidents.services.by_hand import report_loss
from apps.incidents.services.telling import IncidentRefused
from tests.factories.faults import BREAKER_A, Feeders, feeders

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def city() -> Feeders:
    found = feeders()
    found.round()
    return found


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)


def reported(city: Feeders, name: str, by: User, **given: object) -> Incident:
    told = {"equipment": (city.mrid(name), name), "at": None, "text": "Dark since a bang.", **given}
    return report_loss(by=by, as_of=city.now, **told)


def test_a_customer_that_has_no_supply_alone_is_an_incident_of_its_own(city: Feeders, anna: User) -> None:
    incident = reported(city, "B2 load", anna)
    assert (incident.trigger, incident.status, incident.customers) == (Trigger.PERSON, IncidentStatus.DETECTED, 10)
    note = incident.facts.get(kind=FactKind.NOTE)
    assert note.text == "anna reports at B2 load: Dark since a bang."
    assert AuditEvent.objects.filter(action__contains="reported", actor_name="anna").exists()


def test_of_a_node_all_behind_it_that_nobody_watches_are_without_supply(city: Feeders, anna: User) -> None:
    assert reported(city, "B2", anna).customers >= 10


def test_it_stands_by_where_the_switches_stand_until_somebody_tells_that_supply_is_back(
    city: Feeders, anna: User
) -> None:
    reported(city, "B2 load", anna)
    city.round(after_s=60)
    assert city.only().customers_without == 10


def test_who_is_known_to_have_no_supply_is_no_second_incident(city: Feeders, anna: User) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    with pytest.raises(IncidentRefused, match="recorded as without supply already"):
        reported(city, "A2 load", anna)
    assert Incident.objects.count() == 1


def test_what_has_not_happened_yet_or_is_long_over_is_not_reported(city: Feeders, anna: User) -> None:
    with pytest.raises(IncidentRefused, match="at: this instant has not come yet"):
        reported(city, "B2 load", anna, at=city.now + timedelta(minutes=1))
    with pytest.raises(IncidentRefused, match="at: more than a day ago"):
        reported(city, "B2 load", anna, at=city.now - timedelta(days=2))


def test_the_interface_opens_it_for_operators_alone(city: Feeders, anna: User, client: Client) -> None:
    viewer = User.objects.create_user("vera", role=Role.VIEWER)
    body = {"equipment_mrid": str(city.mrid("B2 load")), "text": "Dark."}

    def answer(user: User, **changes: object):
        scopes = [scope for scope in Permission if user.may(scope)]
        life, at = timedelta(days=1), datetime.now(UTC)
        token = issue_token(owner=user, name="report", scopes=scopes, life=life, actor=user, at=at)[1]
        given = {**body, **changes}
        return client.post("/api/v1/incidents", given, JSON, headers={"Authorization": f"Bearer {token}"})

    assert answer(viewer).status_code == 403
    missing = answer(anna, equipment_mrid=str(UUID(int=7)))
    assert (missing.status_code, list(missing.json())) == (400, ["equipment_mrid"])
    assert not Incident.objects.exists()
    made = answer(anna)
    assert made.status_code == 201
    assert made.json()["number"] == Incident.objects.get().number
    assert answer(anna).status_code == 409
