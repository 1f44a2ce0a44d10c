from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.choices import Permission, Role
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.incidents.choices.crew import AssignmentStatus, CrewStatus
from apps.incidents.choices.incident import DamageClass, IncidentStatus
from apps.incidents.models import Crew, Incident
from apps.incidents.services import acts, crews, estimating
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage
from tests.factories.faults import BREAKER_A, Feeders, feeders

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def city() -> Feeders:
    found = feeders()
    found.moved(BREAKER_A, closed=False, scan=True)
    found.round()
    return found


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga", password="a long enough password", role=Role.OPERATOR)


@pytest.fixture
def browser(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


def number() -> str:
    return Incident.objects.get().number


def test_a_crew_is_sent_arrives_and_is_free_again(city: Feeders, olga: User) -> None:
    assert crews.prepare_demo_crews() == 4
    assert crews.prepare_demo_crews() == 0
    crew = Crew.objects.first()
    assert crew
    job = crews.assign_crew(number=number(), crew_id=crew.pk, task="Patrol", by=olga, as_of=city.now)
    with pytest.raises(acts.IncidentRefused, match="on a job"):
        crews.assign_crew(number=number(), crew_id=crew.pk, task="", by=olga, as_of=city.now)
    for to in (AssignmentStatus.EN_ROUTE, AssignmentStatus.ON_SITE, AssignmentStatus.DONE):
        job = crews.move_assignment(assignment=job, to=to, by=olga, as_of=city.now)
    crew.refresh_from_db()
    assert crew.status == CrewStatus.AVAILABLE
    assert job.on_site_at == city.now
    with pytest.raises(acts.IncidentRefused, match="cannot become"):
        crews.move_assignment(assignment=job, to=AssignmentStatus.RELEASED, by=olga, as_of=city.now)


def test_it_closes_with_its_cause_once_everybody_has_supply(city: Feeders, olga: User) -> None:
    given = {"number": number(), "by": olga}
    with pytest.raises(acts.IncidentRefused, match="40 customers"):
        acts.close_incident(**given, cause=OutageCause.WEATHER, note="", as_of=city.now)
    cable = (city.mrid("A1 cable"), "A1 cable")
    acts.record_damage(
        **given,
        damage_class=DamageClass.CABLE,
        damage="Dug up",
        cause=OutageCause.PUBLIC,
        equipment=cable,
        as_of=city.now,
    )
    acts.record_repair(**given, note="New joint", as_of=city.now)
    city.moved(BREAKER_A, closed=True, after_s=3600, scan=True)
    city.round()
    with pytest.raises(acts.IncidentRefused, match="cause_note"):
        acts.close_incident(**given, cause=OutageCause.UNKNOWN, note="", as_of=city.now)
    incident = acts.close_incident(**given, cause=OutageCause.PUBLIC, note="", as_of=city.now)
    assert incident.status == IncidentStatus.CLOSED
    outage = Outage.objects.get(mrid=incident.outage_mrid)
    assert (outage.cause, outage.equipment_name) == (OutageCause.PUBLIC, "A1 cable")
    with pytest.raises(acts.IncidentRefused, match="closed"):
        acts.record_repair(**given, note="", as_of=city.now)


def test_what_was_no_outage_leaves_none(city: Feeders, olga: User) -> None:
    acts.cancel_incident(number=number(), reason="A test of the relay.", by=olga, as_of=city.now)
    assert not Outage.objects.exists()
    assert Incident.objects.get().status == IncidentStatus.CANCELLED


def test_the_estimate_says_what_it_rests_on_and_uses_past_outages_once_there_are_enough(
    city: Feeders, olga: User
) -> None:
    incident = Incident.objects.get()
    first = incident.estimates.latest("id")
    assert (first.past_outages, "stated prior" in first.basis) == (0, True)
    began = datetime(2026, 1, 1, tzinfo=UTC)
    Outage.objects.bulk_create(
        Outage(
            mrid=uuid4(), source=OutageSource.FILE, cause=OutageCause.PUBLIC, began_at=began,
            ended_at=began + timedelta(minutes=60 + n),
        )
        for n in range(41)
    )  # fmt: skip
    acts.record_damage(
        number=incident.number, damage_class=DamageClass.UNKNOWN, damage="", cause=OutageCause.PUBLIC, equipment=None,
        by=olga, as_of=city.now,
    )  # fmt: skip
    made = incident.estimates.latest("id")
    assert made.past_outages == 41
    assert [
        (at - incident.began_at).total_seconds() / 60 for at in (made.earliest_at, made.likely_at, made.latest_at)
    ] == (pytest.approx([64, 80, 96]))
    by_hand = estimating.estimate_by_hand(
        incident=incident, earliest_at=city.now, likely_at=city.now, latest_at=city.now, why="Seen.", by=olga,
        as_of=city.now,
    )  # fmt: skip
    assert incident.estimates.first() == by_hand


def test_the_api_lists_shows_and_acts(city: Feeders, browser: Client) -> None:
    listed = browser.get("/api/v1/incidents", {"open": "true"}).json()["incidents"]
    assert [one["number"] for one in listed] == [number()]
    whole = browser.get(f"/api/v1/incidents/{number()}").json()
    assert whole["steps"][0]["customers"] == 40
    assert whole["sections"][0]["rank"] == 1
    assert browser.get("/api/v1/incidents/INC-0").status_code == 404
    path = f"/api/v1/incidents/{number()}"
    done = browser.post(f"{path}/confirmed-section", {"key": whole["sections"][0]["key"]}, content_type=JSON)
    assert (done.status_code, done.json()["status"]) == (201, "located")
    for body in ({}, {"key": "x", "equipment_mrid": str(uuid4())}):
        assert browser.post(f"{path}/confirmed-section", body, content_type=JSON).status_code == 400
    assert browser.post(f"{path}/closure", {"cause": "weather"}, content_type=JSON).status_code == 409
    assert browser.post(f"{path}/closure", {"cause": "gremlins"}, content_type=JSON).status_code == 400
    assert browser.post(f"{path}/crews", {"crew_id": 999}, content_type=JSON).status_code == 400
    assert browser.post(f"{path}/note", {"text": "Seen from the road."}, content_type=JSON).status_code == 201
    bad = {"earliest_at": "2026-03-02T13:00Z", "likely_at": "2026-03-02T12:00Z", "latest_at": "2026-03-02T14:00Z"}
    refused = browser.post(f"{path}/estimate", bad | {"reason": "r"}, content_type=JSON)
    assert (refused.status_code, "likely_at" in refused.json()) == (400, True)
    assert browser.post(f"{path}/damage", {"damage_class": "cable"}, content_type=JSON).status_code == 201
    assert browser.post(f"{path}/repair", {}, content_type=JSON).status_code == 201
    assert browser.post(f"{path}/repair", {}, content_type=JSON).status_code == 409


def test_who_may_not_manage_incidents_only_reads(city: Feeders) -> None:
    viewer = Client()
    viewer.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert viewer.get("/api/v1/incidents").status_code == 200
    assert viewer.post(f"/api/v1/incidents/{number()}/repair", {}, content_type=JSON).status_code == 403


def test_meters_and_callers_are_taken_with_a_token_only(city: Feeders, browser: Client) -> None:
    event = {
        "id": "e1",
        "consumer_mrid": str(city.mrid("A1 load")),
        "kind": "last-gasp",
        "at": datetime.now(UTC).isoformat(),
    }
    body = {"events": [event, event | {"id": "e2", "kind": "shouts"}, {"id": "e3"}, "what"]}
    assert browser.post("/api/v1/outages/meter-events", body, content_type=JSON).status_code in (401, 403)
    holder = User.objects.create_user("head-end", role=Role.ADMIN)
    token = _token(holder)
    head = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    answer = Client().post("/api/v1/outages/meter-events", body, content_type=JSON, **head)
    assert answer.status_code == 200
    assert (answer.json()["taken"], [one["index"] for one in answer.json()["refused"]]) == (1, [1, 2, 3])
    again = Client().post("/api/v1/outages/meter-events", {"events": [event]}, content_type=JSON, **head).json()
    assert (again["taken"], again["repeated"]) == (0, 1)
    call = {"id": "c1", "usage_point": "nobody", "at": datetime.now(UTC).isoformat(), "text": "Dark."}
    refused = Client().post("/api/v1/outages/calls", {"calls": [call]}, content_type=JSON, **head).json()["refused"]
    assert "usage_point" in refused[0]["reason"]
    assert Client().post("/api/v1/outages/calls", {"calls": []}, content_type=JSON, **head).status_code == 400


def _token(holder: User) -> str:
    scopes = [Permission.WRITE_TELEMETRY]
    life, at = timedelta(days=1), datetime.now(UTC)
    return issue_token(owner=holder, name="meters", scopes=scopes, life=life, actor=holder, at=at)[1]
