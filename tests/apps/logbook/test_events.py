"""The sequence of events: one order of three sources, paged by key, and cheap on a long history."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.assets.models import Switch
from apps.audit.models import AuditEvent
from apps.audit.services import record
from apps.live.models import JournalEntry
from apps.logbook.selectors.events import Asked, Kind, alarm_entries, state_changes
from apps.telemetry.choices import Quantity
from apps.telemetry.models import StateChange
from tests.factories.grids import MEDIUM_VOLTAGE, grid
from tests.factories.networks import imported
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def client_of(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"a-{role}", role=role))
    return client


@pytest.fixture
def client() -> Client:
    return client_of(Role.OPERATOR)


def moved(seconds: float, name: str = "CB 1", value: float = 0.0, **fields: Any) -> StateChange:
    given = {"point_id": 1, "equipment_mrid": uuid.uuid4(), "received_at": after(seconds + 1), **fields}
    return StateChange(
        at=after(seconds),
        point_name=name,
        quantity=Quantity.SWITCH_STATE,
        previous=1.0,
        value=value,
        quality=0,
        **given,
    )


def told(seconds: float, name: str = "Line 1") -> None:
    fact = alarms.AlarmFact(
        source=name, condition=Condition.OVERLOAD, priority=Priority.HIGH, equipment_name=name, message="127 %", at=NOON
    )
    alarms.raise_alarms(facts=[fact])
    JournalEntry.objects.filter(pk=JournalEntry.objects.latest("pk").pk).update(recorded_at=after(seconds))


def ask(client: Client, **query: Any) -> dict[str, Any]:
    answer = client.get("/api/v1/events", query)
    assert answer.status_code == 200, answer.content
    return answer.json()


def whole(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Every page, one after the other."""
    found: list[dict[str, Any]] = []
    document = ask(client, **query)
    while True:
        found += document["events"]
        if document["next"] is None:
            return found
        document = ask(client, after=document["next"], **query)


def test_what_moved_was_told_and_was_done_stand_in_one_order(client: Client) -> None:
    StateChange.objects.bulk_create([moved(1.001), moved(1.002, value=1.0)])
    told(1.5)
    record(
        actor=User.objects.get(),
        action="acknowledge-alarm",
        target="Line 1",
        detail={"equipment": "Line 1"},
        at=after(2),
    )
    found = ask(client)["events"]
    assert [(event["kind"], event["what"]) for event in found if event["what"] != "sign in"] == [
        ("act", "acknowledge alarm"),
        ("alarm", "Raised: 127 %"),
        ("state", "closed"),
        ("state", "open"),
    ]
    assert datetime.fromisoformat(found[-1]["at"]) == after(1.001)
    assert datetime.fromisoformat(found[-1]["received_at"]) == after(2.001)


@pytest.mark.parametrize("most", [1, 3, 7])
def test_pages_by_key_give_every_event_once_in_a_stable_order_also_among_equal_times(client: Client, most: int) -> None:
    chance = Random(4)
    StateChange.objects.bulk_create(moved(chance.choice([1, 1, 2, 3.0001])) for _ in range(30))
    for second in (1, 1, 2, 2):
        told(second, f"Line {chance.random()}")
    pages = [event["key"] for event in whole(client, most=most)]
    assert pages == [event["key"] for event in ask(client, most=500)["events"]]
    assert len(pages) == len(set(pages)) >= 34


def test_what_comes_in_meanwhile_moves_no_row_to_another_page(client: Client) -> None:
    StateChange.objects.bulk_create(moved(second) for second in range(10))
    first = ask(client, most=4)
    StateChange.objects.bulk_create([moved(100)])
    second = ask(client, most=4, after=first["next"])
    assert [datetime.fromisoformat(event["at"]) for event in second["events"]] == [after(s) for s in (5, 4, 3, 2)]


def test_filters_by_kind_period_text_and_place(client: Client) -> None:
    gateway = make_gateway(2, quantity="switch_state", unit="")
    one, other = gateway.points.order_by("slot")
    StateChange.objects.bulk_create(
        [
            moved(1, one.name, point_id=one.pk, equipment_mrid=one.equipment_mrid),
            moved(2, other.name, point_id=other.pk, equipment_mrid=other.equipment_mrid),
        ]
    )
    told(3, "Line 9")
    assert [event["kind"] for event in whole(client, kinds="alarm")] == ["alarm"]
    assert [event["equipment_name"] for event in whole(client, text="POINT 1")] == [other.name]
    assert [event["equipment_name"] for event in whole(client, text="line 9")] == ["Line 9"]
    assert [event["equipment_name"] for event in whole(client, place=str(one.equipment_mrid))] == [one.name]
    span = {"from": after(1.5).isoformat(), "to": after(3).isoformat()}
    assert [event["equipment_name"] for event in whole(client, kinds="state", **span)] == [other.name]


@pytest.fixture(scope="module")
def converted() -> None:
    """Before a transaction begins: a first conversion takes longer than one may idle."""
    grid(MEDIUM_VOLTAGE)


def test_a_feeder_stands_for_all_that_is_in_it(converted: None, client: Client) -> None:
    imported(MEDIUM_VOLTAGE)
    switch = (
        Switch.objects.filter(from_node__feeder__isnull=False).select_related("from_node__feeder").earliest("index")
    )
    gateway = make_gateway(2, quantity="switch_state", unit="")
    gateway.points.filter(slot=0).update(equipment_mrid=switch.mrid)
    StateChange.objects.bulk_create([moved(1, "inside", equipment_mrid=switch.mrid), moved(2, "elsewhere")])
    feeder = switch.from_node.feeder
    assert feeder is not None
    for place in (switch.mrid, feeder.mrid):
        assert [event["equipment_name"] for event in whole(client, place=str(place))] == ["inside"]


def test_who_may_not_see_alarms_sees_what_moved_only() -> None:
    StateChange.objects.bulk_create([moved(1)])
    told(2)
    assert [event["kind"] for event in whole(client_of(Role.PROGRAM_MANAGER))] == ["state"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kinds": "state,magic"}, "kinds"),
        ({"after": "1.2"}, "after"),
        ({"after": "999999999999999999.0.1"}, "after"),
        ({"most": "0"}, "most"),
        ({"place": "here"}, "place"),
        ({"from": "then"}, "from"),
    ],
)
def test_a_bad_question_is_refused_by_name(client: Client, query: dict[str, str], field: str) -> None:
    answer = client.get("/api/v1/events", query)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_the_export_has_the_same_rows_and_no_formula(client: Client) -> None:
    StateChange.objects.bulk_create([moved(1, "=1+1"), moved(2)])
    answer = client.get("/api/v1/events/export", {"kinds": "state"})
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [(row["equipment_name"], row["what"]) for row in rows] == [("CB 1", "open"), ("'=1+1", "open")]


def test_a_page_of_a_long_history_reads_an_index_and_sorts_nothing(client: Client) -> None:
    gateway = make_gateway(100, quantity="switch_state", unit="")
    points = list(gateway.points.all())
    chance = Random(2)
    StateChange.objects.bulk_create(
        moved(n, point.name, point_id=point.pk, equipment_mrid=point.equipment_mrid)
        for n in range(20_000)
        for point in [chance.choice(points)]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE telemetry_statechange")
    everything = frozenset(Kind)
    plain = state_changes(Asked(everything)).order_by("-at", "-pk")[:200].explain()
    assert "change_at" in plain
    assert "Sort" not in plain
    named = state_changes(Asked(everything, place=points[0].equipment_mrid)).order_by("-at", "-pk")[:200].explain()
    assert "change_" in named
    assert "Seq Scan" not in plain + named
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "live_journal" in alarm_entries(Asked(everything)).order_by("-recorded_at", "-pk")[:200].explain()


def test_the_audit_is_not_written_by_looking(client: Client) -> None:
    before = AuditEvent.objects.count()
    whole(client)
    assert AuditEvent.objects.count() == before
