from datetime import timedelta

import pytest
from django.db import InternalError, ProgrammingError, connection, transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.assets.models import ACLineSegment
from apps.audit.models import AuditEvent
from apps.logbook import services
from apps.logbook.models import Note
from apps.logbook.selectors.shift_log import notes_to_follow_up, shift_log
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", role=Role.OPERATOR)


def written(by: User, text: str = "Crew 4 is at station Nord.", **more) -> Note:
    return services.write_note(text=text, by=by, as_of=timezone.now(), **more)


def corrected(note: Note, by: User) -> Note:
    return services.correct_note(note_id=note.pk, text="Crew 5, not 4.", by=by, as_of=timezone.now())


def closed(note: Note, by: User) -> Note:
    return services.close_note(note_id=note.pk, text="Done.", by=by, as_of=timezone.now())


def entries() -> list[dict]:
    now = timezone.now()
    return shift_log(start=now - timedelta(hours=1), end=now + timedelta(minutes=1))


def test_a_note_is_in_the_log_and_in_the_audit(anna: User) -> None:
    written(anna)
    (entry,) = entries()
    assert (entry["who"], entry["text"], entry["kind"]) == ("anna", "Crew 4 is at station Nord.", "note")
    assert AuditEvent.objects.get().action == "note.written"


def test_a_correction_is_added_and_the_first_words_stay(anna: User) -> None:
    note = written(anna)
    right = corrected(note, anna)
    assert [(e["text"], e["is_corrected"]) for e in entries()] == [(right.text, False), (note.text, True)]


def test_nobody_corrects_the_note_of_another(anna: User, ben: User) -> None:
    note = written(anna)
    with pytest.raises(services.Refused, match="Only its author"):
        corrected(note, ben)


def test_a_note_is_corrected_once_then_its_correction(anna: User) -> None:
    note = written(anna)
    second = corrected(note, anna)
    with pytest.raises(services.Refused, match="corrected before"):
        corrected(Note.objects.get(pk=note.pk), anna)
    corrected(second, anna)
    assert Note.objects.standing().count() == 1


def test_an_open_note_waits_until_somebody_closes_it(anna: User, ben: User) -> None:
    note = written(anna, is_open=True)
    assert [one["id"] for one in notes_to_follow_up()] == [note.pk]
    closed(note, ben)
    assert notes_to_follow_up() == []
    with pytest.raises(services.Refused, match="ben has closed"):
        closed(Note.objects.get(pk=note.pk), anna)


def test_the_correction_of_an_open_note_is_open_in_its_place(anna: User) -> None:
    right = corrected(written(anna, is_open=True), anna)
    assert [one["id"] for one in notes_to_follow_up()] == [right.pk]


@pytest.mark.parametrize("sql", ["UPDATE logbook_note SET text = 'other'", "DELETE FROM logbook_note"])
def test_the_database_itself_refuses_to_change_a_note(anna: User, sql: str) -> None:
    written(anna)
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Note.objects.get().text == "Crew 4 is at station Nord."


def test_every_act_of_an_operator_has_exactly_one_entry(anna: User) -> None:
    imported(CASE33)
    fact = alarms.AlarmFact("x", Condition.OVERLOAD, Priority.HIGH, "T1", "T1 above rating", timezone.now())
    (alarm,) = alarms.raise_alarms(facts=[fact])
    alarms.acknowledge(alarm_id=alarm.pk, occurrence=1, by=anna, as_of=timezone.now())
    assert [e["text"] for e in entries() if e["who"] == "anna"] == ["acknowledge-alarm"]


def test_a_note_names_the_equipment_it_is_about(anna: User) -> None:
    line = ACLineSegment.objects.filter(model=imported(CASE33)).earliest("index")
    assert written(anna, equipment_mrid=line.mrid).equipment_name == line.name


def test_over_http_a_note_of_unknown_equipment_or_without_words_is_refused(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    unknown = {"text": "x", "equipment_mrid": "11111111-1111-4111-8111-111111111111"}
    answer = client.post("/api/v1/logbook/notes", unknown, content_type="application/json")
    assert (answer.status_code, "mRID" in answer.json()["detail"]) == (409, True)
    empty = client.post("/api/v1/logbook/notes", {"text": " "}, content_type="application/json")
    assert (empty.status_code, "text" in empty.json()) == (400, True)
    assert Note.objects.count() == 0


def test_over_http_a_note_is_written_read_and_corrected(anna: User) -> None:
    client = Client()
    client.force_login(anna)
    made = client.post("/api/v1/logbook/notes", {"text": "Fog.", "is_open": True}, content_type="application/json")
    assert made.status_code == 201
    again = client.post(
        f"/api/v1/logbook/notes/{made.json()['id']}/correction", {"text": "Ice."}, content_type="application/json"
    )
    assert again.status_code == 201
    texts = [e["text"] for e in client.get("/api/v1/logbook?text=ice").json()["entries"]]
    assert texts == ["Ice."]
    assert client.get("/api/v1/logbook?from=2026-01-02T00:00Z&to=2026-01-01T00:00Z").status_code == 400


def test_a_viewer_reads_the_log_and_writes_nothing(anna: User) -> None:
    client = Client()
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    assert client.get("/api/v1/logbook").status_code == 200
    assert client.post("/api/v1/logbook/notes", {"text": "x"}, content_type="application/json").status_code == 403
