"""What the time machine is told, against a brute-force reading of what was stored."""

import json
import struct
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import numpy as np
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import ACLineSegment
from apps.state import frames
from apps.state.choices import Outcome
from apps.state.models import Solution
from tests.factories.field import make_room
from tests.factories.grids import CASE33, MEDIUM_VOLTAGE, cache_dir
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DRAWS = 200
HEADER = struct.Struct("<II")


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def frame_of(number: int, at: datetime) -> bytes:
    none = np.zeros(0)
    blank = np.zeros(0, np.uint8)
    return frames.encode(
        frames.Frame(1, at.timestamp() * 1e3, number, none, none, none, none, none, blank, blank, blank, blank)
    )


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("olga", role=Role.OPERATOR))
    return client


@pytest.fixture
def stored() -> list[datetime]:
    """A day as thinning leaves it: one a minute, every scan at the end, holes, and scans that came in wrong order."""
    chance, network = Random(7), imported(CASE33)
    seconds = [60.0 * n for n in range(600) if not 200 <= n < 260] + [36_000 + 2.0 * n for n in range(600)]
    instants = [after(second + chance.random()) for second in seconds if chance.random() < 0.95]
    shuffled = chance.sample(instants, len(instants))
    Solution.objects.bulk_create(
        Solution(as_of=at, network_model=network, outcome=Outcome.SOLVED, duration_ms=1, frame=frame_of(n, at))
        for n, at in enumerate(shuffled)
    )
    return instants


def ask(client: Client, path: str, **query: Any) -> Any:
    return client.get(f"/api/v1/state/{path}", query)


def records(body: bytes) -> list[tuple[dict[str, Any], bytes]]:
    found, at = [], 0
    while at < len(body):
        told, frame = HEADER.unpack_from(body, at)
        at += HEADER.size
        found.append((json.loads(body[at : at + told]), body[at + told : at + told + frame]))
        at += told + frame
    return found


def as_of(document: dict[str, Any]) -> datetime | None:
    return datetime.fromisoformat(document["solution"]["as_of"]) if document["solution"] else None


def test_an_offset_that_no_database_knows_is_an_instant_all_the_same(client: Client, stored: list[datetime]) -> None:
    told = ask(client, "at", instant="2026-06-02T12:00:00-17:36").json()
    assert as_of(told) == max(at for at in stored if at <= after(41.6 * 3600))


def test_at_any_instant_the_state_is_the_newest_that_was_stored(client: Client, stored: list[datetime]) -> None:
    chance = Random(11)
    for _ in range(DRAWS):
        instant = after(chance.uniform(-600, 38_000))
        expected = max((at for at in stored if at <= instant), default=None)
        (record,) = records(
            ask(client, "frames", **{"from": instant.isoformat(), "to": instant.isoformat()}).content
        ) or [({"solution": None}, b"")]
        assert as_of(record[0]) == expected
        if expected:
            assert frames.decode(record[1]).as_of_ms == expected.timestamp() * 1e3


def test_a_gap_is_told_by_the_scans_around_it(client: Client, stored: list[datetime]) -> None:
    instant = after(60 * 230)
    told = ask(client, "at", instant=instant.isoformat()).json()
    assert as_of(told) == max(at for at in stored if at <= instant)
    assert datetime.fromisoformat(told["next_as_of"]) == min(at for at in stored if at > instant)
    assert datetime.fromisoformat(told["stored_from"]) == min(stored)
    assert datetime.fromisoformat(told["stored_until"]) == max(stored)


def test_before_everything_nothing_is_invented(client: Client, stored: list[datetime]) -> None:
    told = ask(client, "at", instant=after(-60).isoformat()).json()
    assert (told["solution"], told["system"]) == (None, None)
    assert ask(client, "frames", **{"from": after(-60).isoformat(), "to": after(-50).isoformat()}).content == b""


def test_a_span_holds_every_scan_or_evenly_chosen_ones(client: Client, stored: list[datetime]) -> None:
    start, end = after(36_100), after(36_200)
    inside = [at for at in stored if start < at <= end]

    def chosen(most: int) -> list[datetime | None]:
        span = {"from": start.isoformat(), "to": end.isoformat(), "most": most}
        return [as_of(told) for told, _ in records(ask(client, "frames", **span).content)]

    assert chosen(600)[1:] == inside
    few = chosen(10)
    assert few[0] == max(at for at in stored if at <= start)
    assert 8 <= len(few[1:]) <= 10
    assert few[-1] == inside[-1]


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("at", {}, "instant"),
        ("at", {"instant": "noon"}, "instant"),
        ("at", {"instant": "2026-06-01T12:00:00"}, "instant"),
        ("at", {"instant": "0100-01-15T13:50:01-18:34"}, "instant"),
        ("frames", {"from": NOON.isoformat()}, "to"),
        ("frames", {"from": NOON.isoformat(), "to": after(-1).isoformat()}, "to"),
        ("frames", {"from": NOON.isoformat(), "to": after(90_000).isoformat()}, "to"),
        ("frames", {"from": NOON.isoformat(), "to": NOON.isoformat(), "most": "0"}, "most"),
        ("elements/0e9d5d1c-0000-4000-8000-000000000000", {"at": "then"}, "at"),
        ("security", {"at": "then"}, "at"),
    ],
)
def test_a_bad_instant_is_refused_by_name(client: Client, path: str, query: dict[str, str], field: str) -> None:
    answer = ask(client, path, **query)
    assert answer.status_code == 400
    assert list(answer.json()) == [field]


def test_a_stranger_sees_no_past(db: None) -> None:
    assert Client().get("/api/v1/state/at", {"instant": NOON.isoformat()}).status_code in {401, 403}


def test_an_element_is_shown_as_it_was(client: Client) -> None:
    room = make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON)
    first = room.step(NOON)
    room.step(after(2))
    line = ACLineSegment.objects.earliest("index")

    then = ask(client, f"elements/{line.mrid}", at=after(1.5).isoformat()).json()

    frame = frames.decode(bytes(first.frame))
    loading = next(value for value in then["values"] if value["quantity"] == "loading")
    assert loading["value"] == pytest.approx(100 * float(frame.line_loading[0]))
    assert datetime.fromisoformat(loading["at"]) == NOON
    assert all(point["at"] is None or datetime.fromisoformat(point["at"]) <= after(1.5) for point in then["points"])
    trend = ask(client, f"elements/{line.mrid}/trend", at=after(1.5).isoformat()).json()
    assert {series["t"][-1] for series in trend["series"]} == {NOON.timestamp()}
