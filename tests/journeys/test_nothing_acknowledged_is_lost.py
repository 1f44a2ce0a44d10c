"""kill -9 of one process after another while samples and alarms flow: what was acknowledged is there, and once."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.books import DOUBLES, WHOLE_AGAIN_S, Books, harm, is_whole
from tests.journeys.meters import Sender, install
from tests.journeys.site import Site
from tests.journeys.witnesses import Listener, Load, fold
from tests.waiting import eventually

LIMIT_KV = 20
KILLED = ("web", "worker", "valkey", "gateway", "estimator", "postgres")


@pytest.fixture(scope="module")
def books(site: Site) -> Iterator[Books]:
    plain = install(site, "plain", [str(uuid4()) for _ in range(40)])
    watched = install(site, "watched", [str(uuid4()) for _ in range(6)], limit=LIMIT_KV)
    load, listener = Load(Sender(site), plain, watched), Listener(site, "operator")
    since = datetime.now(UTC)
    load.start()
    listener.start()
    eventually(lambda: is_whole(site, load, listener, since), patience_s=60, what="the site is at work")
    recovery_s = {name: harm(site, name, load, listener) for name in KILLED}
    books = Books(site, load.end(), listener, recovery_s, [meter.equipment for meter in watched])
    eventually(lambda: listener.active == books.listed(), patience_s=30, what="the listener knows what the list knows")
    yield books
    listener.end()


def test_the_site_heals_itself_within_half_a_minute(books: Books, tell: Callable[[str], None]) -> None:
    tell("whole again after kill -9 of " + ", ".join(f"{name} {s:.1f} s" for name, s in books.recovery_s.items()))
    tell(f"answers to the sender meanwhile: {dict(books.ledger.answers)}")
    assert set(books.recovery_s) == set(KILLED)
    assert max(books.recovery_s.values()) < WHOLE_AGAIN_S


def test_every_acknowledged_sample_is_stored_exactly_once(books: Books) -> None:
    stored = books.stored()
    promised = Counter(books.ledger.samples)
    assert len(promised) > 100
    assert not promised - stored, "acknowledged and not stored"
    assert max(stored.values()) == 1, "stored twice"


def test_no_sample_of_the_field_is_stored_twice(books: Books) -> None:
    assert books.rows(DOUBLES) == []


def test_the_outstation_lost_no_value_while_nobody_listened(books: Books) -> None:
    told = re.findall(r"(\d+) lost", (books.site.var / "log" / "field.log").read_text())
    assert {int(number) for number in told} <= {0}


def test_every_crossing_of_a_limit_is_in_the_journal_in_its_order(books: Books) -> None:
    told: dict[str, list[bool]] = {equipment: [] for equipment in books.watched}
    for entry in books.journal():
        if entry["alarm"]["equipment_mrid"] in told and entry["kind"] in ("raised", "returned"):
            told[entry["alarm"]["equipment_mrid"]].append(entry["kind"] == "raised")
    meters = {mrid: str(equipment) for mrid, equipment in meters_of(books)}
    expected: dict[str, list[bool]] = {equipment: [] for equipment in books.watched}
    for mrid, is_high in books.ledger.swings:
        expected[meters[mrid]].append(is_high)
    assert all(len(swings) > 2 for swings in expected.values())
    assert told == expected


def meters_of(books: Books) -> list[tuple[str, str]]:
    rows = books.rows(
        "SELECT p.mrid, p.equipment_mrid FROM telemetry_measurementpoint p"
        " JOIN telemetry_gateway g ON g.id = p.gateway_id WHERE g.name = 'watched'"
    )
    return [(str(mrid), equipment) for mrid, equipment in rows]


def test_every_alarm_that_was_raised_stands_in_the_list(books: Books) -> None:
    listed = {alarm["equipment_mrid"]: alarm["is_active"] for alarm in books.listed().values()}
    meters = dict(meters_of(books))
    last = {str(meters[mrid]): is_high for mrid, is_high in books.ledger.swings}
    for equipment, is_high in last.items():
        assert listed[equipment] == is_high  # one that chatters stands on until it has rested


def test_a_listener_that_only_followed_the_journal_knows_what_stands(books: Books) -> None:
    assert books.listener.active == books.listed()
    assert books.listener.snapshots == 1, "no fault began another history"
    assert books.listener.connections > 1, "it was cut off and came back"


def test_the_journal_folds_to_the_list(books: Books) -> None:
    active: dict[int, dict[str, Any]] = {}
    fold(active, books.journal())
    assert active == books.listed()


def test_the_chain_of_the_audit_is_whole(books: Books) -> None:
    books.site.manage("verify_audit")
