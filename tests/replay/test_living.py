"""The clock of the room and the names of its databases."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
from django.db import connection
from django.utils import timezone
from psycopg.conninfo import conninfo_to_dict

from gridops.replay.living.clock import TapeClock
from gridops.replay.living.database import _CLOCK, CannotReplay, server_url, url_of

BEGIN = datetime(2025, 6, 2, tzinfo=UTC)


@pytest.mark.django_db
def test_process_and_database_are_told_the_time_of_the_tape() -> None:
    clock = TapeClock()
    with connection.cursor() as cursor:
        cursor.execute(_CLOCK)
    began = perf_counter()
    clock.begin(BEGIN)
    try:
        clock.move(BEGIN + timedelta(hours=7))
        assert timezone.now() == BEGIN + timedelta(hours=7)
        with connection.cursor() as cursor:
            cursor.execute("SELECT public.statement_timestamp()")
            assert cursor.fetchone() == (BEGIN + timedelta(hours=7),)
    finally:
        clock.end()
    assert timezone.now() > BEGIN + timedelta(days=1), "afterwards it is the machine's time again"
    assert 0 <= perf_counter() - began < timedelta(hours=1).total_seconds(), "durations are the machine's"


def test_a_clock_that_has_not_begun_is_not_moved() -> None:
    with pytest.raises(RuntimeError, match="has not begun"):
        TapeClock().move(BEGIN)


@pytest.mark.parametrize(
    "server",
    ["postgresql://who@/db?host=/run/sockets", "postgresql://who:pass%2Fword@example.org:5433/db?sslmode=require"],
)
def test_the_url_of_a_run_is_that_of_the_server_with_another_name(server: str) -> None:
    before, after = conninfo_to_dict(server), conninfo_to_dict(url_of(server, "gridops_replay_1"))
    assert after == {**before, "dbname": "gridops_replay_1"}


def test_without_a_server_a_sentence_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(CannotReplay, match="DATABASE_URL is not set"):
        server_url()
