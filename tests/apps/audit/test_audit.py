import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit import chain, services
from apps.audit.models import AuditEvent
from apps.audit.selectors import verify_chain

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
AWKWARD = {
    "big": 1e22,
    "bigger": 2**70,
    "minus_nothing": -0.0,
    "small": 5e-324,
    "third": 1 / 3,
    "not a number": float("nan"),
    "endless": float("-inf"),
    "text": "NUL \0, half a pair \ud800, ünï",
    "when": AT,
    "nested": [{"a": (1, 2.50)}, None, True],
    3: "a key that is a number",
}


def note(action: str = "test.done", **detail: Any) -> AuditEvent:
    return services.record(actor=None, action=action, target="thing 1", detail=detail, at=AT)


def altered(sql: str) -> None:
    """What somebody with all rights over the server could do."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER USER")


@pytest.mark.django_db
def test_what_is_written_verifies_whatever_its_detail_holds() -> None:
    services.record(actor=None, action="a", target="t\0", detail=AWKWARD, at=AT)  # type: ignore[arg-type]
    note()
    verdict = verify_chain()

    assert (verdict.rows, verdict.fault) == (2, "")


numbers = st.integers(-(2**80), 2**80) | st.floats(allow_nan=True, allow_infinity=True)
details = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.django_db
@given(detail=st.dictionaries(st.text(max_size=5), details, max_size=3), target=st.text(max_size=400))
def test_no_detail_breaks_the_chain(detail: dict[str, Any], target: str) -> None:
    services.record(actor=None, action="a", target=target, detail=detail, at=AT)

    assert not verify_chain().fault


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE audit_auditevent SET detail = '{\"n\": 9}' WHERE id = 3", "row 3 was altered"),
        ("UPDATE audit_auditevent SET at = at + interval '1 microsecond' WHERE id = 2", "row 2 was altered"),
        ("UPDATE audit_auditevent SET actor_name = 'eve' WHERE id = 4", "row 4 was altered"),
        ("UPDATE audit_auditevent SET hash = repeat('0', 64) WHERE id = 5", "row 5 was altered"),
        ("UPDATE audit_auditevent SET previous_hash = repeat('0', 64) WHERE id = 5", "row 5 does not continue"),
        ("DELETE FROM audit_auditevent WHERE id = 3", "row 3 is missing"),
        ("DELETE FROM audit_auditevent WHERE id = 1", "row 1 is missing"),
    ],
)
def test_the_first_altered_row_is_named(sql: str, named: str) -> None:
    for number in range(6):
        note(n=number)
    altered(sql)

    with pytest.raises(CommandError, match=named):
        call_command("verify_audit")


@pytest.mark.django_db
def test_rows_cut_off_at_the_end_show_against_a_kept_head() -> None:
    note()
    kept = note().hash
    out = StringIO()
    call_command("verify_audit", head=kept, stdout=out)
    assert kept in out.getvalue()
    altered("DELETE FROM audit_auditevent WHERE id = 2")

    call_command("verify_audit", stdout=StringIO())
    with pytest.raises(CommandError, match="cut off"):
        call_command("verify_audit", head=kept)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit_auditevent SET target = 'x'",
        "DELETE FROM audit_auditevent",
        "TRUNCATE audit_auditevent",
        "UPDATE audit_auditevent SET target = 'x' WHERE false",
    ],
)
def test_rows_are_only_added(sql: str) -> None:
    note()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent ENABLE TRIGGER audit_table_stays")  # off between tests
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(sql)

    assert AuditEvent.objects.count() == 1


@pytest.mark.django_db
def test_an_act_that_failed_leaves_no_row() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        note()
        1 / 0  # noqa: B018

    assert not AuditEvent.objects.exists()


@pytest.mark.django_db
def test_a_person_may_leave_and_the_row_stays() -> None:
    user = User.objects.create_user("gone", role=Role.ENGINEER)
    services.record(actor=user, action="a", target="t", detail={}, at=AT, source_ip="192.0.2.7")
    user.delete()
    event = AuditEvent.objects.get()

    assert (event.actor_name, event.actor_role, event.source_ip) == ("gone", "engineer", "192.0.2.7")
    assert not verify_chain().fault


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain() -> None:
    start = threading.Barrier(6)

    def write(number: int) -> None:
        start.wait(10)
        for index in range(20):
            with transaction.atomic():
                note(n=number, index=index)
        connection.close()

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(write, range(6)))
    verdict = verify_chain()

    assert (verdict.rows, verdict.fault) == (120, "")


def test_a_row_hashes_the_same_in_every_time_zone() -> None:
    row = chain.Row(1, AT, None, "", "", "a", "t", {}, None)
    same = chain.Row(1, datetime.fromisoformat("2026-03-01T14:00:00+02:00"), None, "", "", "a", "t", {}, None)

    assert chain.link(chain.GENESIS, row) == chain.link(chain.GENESIS, same)


@pytest.mark.django_db
def test_the_administration_shows_the_audit_and_changes_nothing() -> None:
    event = note(n=1)
    browser = Client()
    browser.force_login(User.objects.create_user("ada", role=Role.ADMIN))

    assert browser.get("/admin/audit/auditevent/").status_code == 200
    page = browser.get(f"/admin/audit/auditevent/{event.pk}/change/")
    assert event.hash in page.content.decode()
    for address in (f"{event.pk}/delete/", "add/", f"{event.pk}/change/"):
        assert browser.post(f"/admin/audit/auditevent/{address}", {"post": "yes", "target": "x"}).status_code == 403
    browser.post("/admin/audit/auditevent/", {"action": "delete_selected", "_selected_action": event.pk, "post": "yes"})
    assert AuditEvent.objects.filter(pk=event.pk, target="thing 1").exists()
