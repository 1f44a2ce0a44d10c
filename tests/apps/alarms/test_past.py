"""Alarms at past instants, against a fold of the journal written down here by brute force."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms.selectors import short_list_now
from apps.alarms.selectors.past import short_list_at
from apps.live.models import JournalEntry
from tests.apps.alarms.life import NOON, Ward

pytestmark = pytest.mark.django_db
STEPS, DRAWS = 400, 100


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("viewer", role=Role.VIEWER))
    return client


@pytest.fixture
def lived() -> list[JournalEntry]:
    """Some hundred random events, a second apart by the journal's clock too: in one transaction it stands still."""
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    boss = User.objects.create_user("boss", role=Role.SUPERVISOR)
    ward = Ward(olga=olga, boss=boss, chance=Random(5), sources=12)
    for _ in range(STEPS):
        ward.now += timedelta(seconds=1)
        ward.step()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE live_journalentry SET recorded_at = %s + id * interval '1 second'", [NOON])
    return list(JournalEntry.objects.filter(stream="alarms").order_by("id"))


def folded(entries: list[JournalEntry], instant: datetime) -> dict[int, Any]:
    newest = {}
    for entry in entries:
        if entry.recorded_at <= instant:
            newest[entry.payload["id"]] = entry.payload
    return {pk: told for pk, told in newest.items() if told["state"] != "normal" or told["suppression"] != "none"}


def without_procedure(alarm: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in alarm.items() if name != "procedure"}


def test_at_any_instant_the_list_is_the_journal_folded_up_to_it(client: Client, lived: list[JournalEntry]) -> None:
    chance, first, last = Random(3), lived[0].recorded_at, lived[-1].recorded_at
    for _ in range(DRAWS):
        instant = first + chance.uniform(-0.1, 1.1) * (last - first)
        told = client.get("/api/v1/alarms/past", {"instant": instant.isoformat()}).json()["alarms"]
        assert {alarm["id"]: without_procedure(alarm) for alarm in told} == folded(lived, instant)


def test_the_list_of_then_and_the_entries_after_it_give_the_list_of_later(
    client: Client, lived: list[JournalEntry]
) -> None:
    early, late = lived[len(lived) // 3].recorded_at, lived[2 * len(lived) // 3].recorded_at
    told = client.get("/api/v1/alarms/past", {"instant": early.isoformat()}).json()["alarms"]
    span = {"from": early.isoformat(), "to": late.isoformat()}
    entries = client.get("/api/v1/alarms/past/entries", span).json()["entries"]
    newest = {alarm["id"]: alarm for alarm in told} | {entry["alarm"]["id"]: entry["alarm"] for entry in entries}
    shown = {pk: a for pk, a in newest.items() if a["state"] != "normal" or a["suppression"] != "none"}
    assert {pk: without_procedure(alarm) for pk, alarm in shown.items()} == folded(lived, late)


def test_entries_are_cut_at_either_end_and_say_so(client: Client, lived: list[JournalEntry]) -> None:
    span = {"from": NOON.isoformat(), "to": lived[-1].recorded_at.isoformat(), "most": 5}
    first = client.get("/api/v1/alarms/past/entries", span).json()
    last = client.get("/api/v1/alarms/past/entries", {**span, "newest": "true"}).json()
    assert first["more"]
    assert [entry["position"] for entry in first["entries"]] == [str(e.pk) for e in lived[:5]]
    assert [entry["position"] for entry in last["entries"]] == [str(e.pk) for e in lived[-5:]]


def test_the_neighbours_are_the_nearest_alarms_raised(client: Client, lived: list[JournalEntry]) -> None:
    raised = [entry.recorded_at for entry in lived if entry.kind == "raised"]
    instant = raised[len(raised) // 2]
    found = client.get("/api/v1/alarms/past/neighbours", {"instant": instant.isoformat()}).json()
    assert datetime.fromisoformat(found["before"]) == max(at for at in raised if at < instant)
    assert datetime.fromisoformat(found["after"]) == min(at for at in raised if at > instant)


def test_the_groups_of_the_last_instant_are_those_of_now(lived: list[JournalEntry]) -> None:
    now = lived[-1].recorded_at
    assert short_list_at(now).groups == short_list_now(as_of=now).groups


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [("groups", {"instant": "then"}, "instant"), ("neighbours", {}, "instant"), ("entries", {"from": "x"}, "from")],
)
def test_a_bad_instant_is_refused_by_name(client: Client, path: str, query: dict[str, str], field: str) -> None:
    answer = client.get(f"/api/v1/alarms/past/{path}", query)
    assert answer.status_code == 400
    assert field in answer.json()
