"""What desks and dispatch ask of the VTN: programs, events, enrolment in bulk, readings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.audit.models import AuditEvent
from apps.openadr.models import Event, Notification, OpenAdrClient, Program, Ven
from apps.openadr.rules.callers import OURSELVES
from apps.openadr.rules.refusals import Conflicting
from apps.openadr.rules.times import duration_of, span_of
from apps.openadr.selectors import reports, vens
from apps.openadr.services import enrolment, objects
from apps.openadr.services.enrolment import VenDraft
from apps.openadr.services.events import IntervalDraft, publish_event, withdraw_event
from apps.openadr.services.programs import PROGRAM, publish_program, withdraw_program
from tests.apps.openadr.door import Outsider, asked_for_token, business, ven

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LEVEL = [{"type": "SIMPLE", "values": [2]}]


def program() -> Program:
    return publish_program(program_name="peak", targets=["homes"], as_of=NOW)


def event(of: Program, *targets: str, **more: Any) -> Event:
    intervals = [IntervalDraft(QUARTER, LEVEL), IntervalDraft(QUARTER, LEVEL)]
    return publish_event(
        program=of, event_name="call 1", targets=targets, starts_at=NOW, intervals=intervals, as_of=NOW, **more
    )


def test_a_program_is_published_once_and_changed_afterwards() -> None:
    first = program()
    again = publish_program(program_name="peak", targets=["homes", "cars"], as_of=NOW + QUARTER)
    assert (again.pk, again.targets, Program.objects.count()) == (first.pk, ["cars", "homes"], 1)
    withdraw_program(program=again, as_of=NOW + QUARTER)
    assert not Program.objects.standing().exists()


def test_an_event_says_when_each_interval_is() -> None:
    made = event(program(), "stage-1", priority=1, report_descriptors=[{"payloadType": "USAGE", "units": "KWH"}])
    assert (made.starts_at, made.ends_at, made.priority) == (NOW, NOW + 2 * QUARTER, 1)
    starts = [each["intervalPeriod"]["start"] for each in made.body["intervals"]]
    assert starts == ["2026-03-02T16:00:00.000000Z", "2026-03-02T16:15:00.000000Z"]
    assert made.body["reportDescriptors"][0]["payloadType"] == "USAGE"
    withdraw_event(event=made, reason="The feeder is back.", as_of=NOW)
    assert AuditEvent.objects.get(action="openadr.event.delete").detail["reason"] == "The feeder is back."


def test_what_is_our_own_no_client_changes() -> None:
    made, bl = event(program(), "homes"), business()
    for path, body in (("events", {"programID": str(made.program.public_id)}), ("programs", {"programName": "mine"})):
        key = made.object_id if path == "events" else made.program.object_id
        assert bl.put(f"{path}/{key}", body).status_code == bl.delete(f"{path}/{key}").status_code == 403


def test_of_two_that_change_one_object_at_the_same_moment_one_is_told() -> None:
    first, second = program(), Program.objects.get()
    objects.replace(PROGRAM, first, document={"programName": "a"}, caller=OURSELVES, as_of=NOW)
    with pytest.raises(Conflicting, match="same moment"):
        objects.replace(PROGRAM, second, document={"programName": "b"}, caller=OURSELVES, as_of=NOW)
    assert Program.objects.get().program_name == "a"


def test_an_enrolled_ven_signs_in_and_sees_what_it_is_granted() -> None:
    made = enrolment.enrol_ven(ven_name="house 1", targets=["homes"], as_of=NOW)
    token = asked_for_token(made.client_id, made.client_secret).json()["access_token"]
    house = Outsider(made.client_id, token)
    event(program(), "homes")
    assert len(house.get("events").json()) == len(house.get("programs").json()) == 1
    enrolment.retire_ven(ven=made.ven, as_of=NOW)
    assert house.get("events").status_code == 401
    assert OpenAdrClient.objects.get().retired_at == NOW


def test_vens_are_enrolled_and_given_targets_in_bulk_with_few_queries() -> None:
    drafts = [VenDraft(f"house {number}", ["homes"]) for number in range(300)]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        made = enrolment.enrol_vens(drafts, as_of=NOW)
    assert len({each.client_secret for each in made}) == 300 and len(asked) < 30
    with CaptureQueriesContext(connection) as asked:
        wanted = {each.ven.pk: ["homes", "stage-1"] for each in made[:200]}
        assert enrolment.retarget_vens(targets_by_ven=wanted, as_of=NOW) == 200
    assert len(asked) < 15
    assert Ven.objects.filter(granted__contains=["stage-1"]).count() == 200
    assert Notification.objects.filter(object_type="VEN", operation="UPDATE").count() == 200
    enrolment.retarget_vens(targets_by_ven={each.ven.pk: ["homes"] for each in made}, as_of=NOW)
    stored = Ven.objects.get(pk=made[0].ven.pk)
    assert (stored.granted, stored.once_granted) == (["homes"], ["homes", "stage-1"])


def test_a_name_that_is_taken_refuses_the_whole_enrolment() -> None:
    enrolment.enrol_ven(ven_name="house 1", targets=[], as_of=NOW)
    with pytest.raises(Conflicting):
        enrolment.enrol_vens([VenDraft("house 2"), VenDraft("house 1")], as_of=NOW)
    assert Ven.objects.count() == OpenAdrClient.objects.count() == 1


def usage(made: Event, *values: float, **more: Any) -> dict[str, Any]:
    resource = {
        "resourceName": "meter",
        "intervalPeriod": {"start": "2026-03-02T16:00:00Z", "duration": "PT15M"},
        "intervals": [{"id": n, "payloads": [{"type": "USAGE", "values": [value]}]} for n, value in enumerate(values)],
    }
    units = [{"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": "USAGE", "units": "KWH"}]
    body = {"eventID": made.object_id, "clientName": "x", "payloadDescriptors": units, "resources": [resource]}
    return {**body, **more}


def test_readings_are_the_intervals_of_reports() -> None:
    made, house = event(program()), ven("house 1")
    house.post("reports", usage(made, 0.4, 0.5))
    first = reports.readings([made.pk])
    state = {"id": 0, "payloads": [{"type": "OPERATING_STATE", "values": ["NORMAL", True, {"x": 1, "y": 2}]}]}
    nowhen = {"resourceName": "meter", "intervals": [state]}
    house.post(
        "reports", usage(made, resources=[nowhen, {**nowhen, "intervalPeriod": {"start": "2026-03-02T16:00:00Z"}}])
    )
    assert [(each.starts_at - NOW, each.duration_s, each.value, each.unit) for each in first] == [
        (timedelta(0), 900.0, 0.4, "KWH"),
        (QUARTER, 900.0, 0.5, "KWH"),
    ]
    (told,) = reports.readings([made.pk], since_id=first[0].report_id)
    assert (told.value, told.payload_type, told.ven_id) == ("NORMAL", "OPERATING_STATE", Ven.objects.get().pk)
    assert reports.readings([made.pk + 1]) == []


def test_what_stands_is_counted() -> None:
    ven("house 1").get("events")
    event(program())
    found = vens.standing(as_of=timezone.now())
    assert (found.clients, found.vens, found.vens_seen, found.events_open) == (1, 1, 1, 0)
    assert vens.standing(as_of=NOW).events_open == 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT15M", 900),
        ("P1DT1H", 90_000),
        ("-PT1S", -1),
        ("PT0.5S", 0.5),
        ("P1W", 604_800),
        ("P9999Y", None),
        ("", None),
    ],
)
def test_durations_are_read(text: str, seconds: float | None) -> None:
    found = duration_of(text)
    assert (found and found.total_seconds()) == seconds


def test_spans_of_events_follow_their_intervals() -> None:
    at = "2026-03-02T16:00:00Z"
    one = [{"id": 0, "payloads": []}]
    assert span_of({}).starts_at is None
    assert span_of({"intervalPeriod": {"start": at}}).ends_at is None
    assert span_of({"intervalPeriod": {"start": at, "duration": "PT1H"}}).ends_at == NOW + timedelta(hours=1)
    assert span_of(
        {"intervalPeriod": {"start": at, "duration": "PT1H"}, "intervals": one * 3}
    ).ends_at == NOW + timedelta(hours=3)
    assert span_of({"intervalPeriod": {"start": "0001-01-01T00:00:00Z"}, "intervals": one}).starts_at is None
    assert span_of({"intervalPeriod": {"start": "9999-12-31T23:59:59Z", "duration": "P1D"}}).ends_at is None


def test_the_command_prints_a_secret_once(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_openadr_client", "--role", "ven", "--name", "head end", "--ven", "house 1", "--json")
    told = capsys.readouterr().out
    assert '"client_id"' in told and '"client_secret"' in told
    with pytest.raises(CommandError, match="there already"):
        call_command("create_openadr_client", "--role", "ven", "--name", "head end")
    with pytest.raises(CommandError, match="--ven"):
        call_command("create_openadr_client", "--role", "bl", "--name", "desk", "--ven", "house 1")
