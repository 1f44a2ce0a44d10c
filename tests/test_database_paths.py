"""A second and a third way to the same test database stand for the replica and the way past a pooler."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.http import Http404, HttpResponse

from apps.telemetry.services.locks import sole_runner
from gridops import database_paths
from gridops.database_lag import Lag
from gridops.database_locks import SiteLock
from gridops.database_paths import READ_FROM, Replica, bears_lag, straight
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BACKEND = "SELECT pg_backend_pid()"


class Watch:
    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds

    def lag(self) -> Lag:
        return Lag(self.seconds)


@pytest.fixture
def ways(settings: Any) -> Iterator[None]:
    """Aliases that the settings of the tests do not have: other connections to where `default` leads."""
    default = connections["default"]
    added = ("direct", "replica")
    settings.DATABASES = {**settings.DATABASES, **dict.fromkeys(added, default.settings_dict)}
    for alias in added:
        other = default.copy(alias)
        other.settings_dict = {**default.settings_dict, "OPTIONS": {**default.settings_dict["OPTIONS"], "pool": None}}
        connections[alias] = other
    yield
    for alias in added:
        connections[alias].close()
        del connections[alias]


def lagging(monkeypatch: pytest.MonkeyPatch, seconds: float | None) -> Replica:
    replica = Replica(Watch(seconds))  # type: ignore[arg-type]
    monkeypatch.setattr(database_paths, "replica", replica)
    return replica


def session() -> int:
    with connection.cursor() as cursor:
        cursor.execute(BACKEND)
        return int(cursor.fetchone()[0])


def test_without_other_ways_everything_stays_where_it_was() -> None:
    with straight():
        assert connection.alias == "default"
    answer = bears_lag(HttpResponse)()
    assert READ_FROM not in answer.headers


@pytest.mark.usefixtures("ways")
def test_a_block_that_needs_a_session_has_one_of_its_own_and_the_way_back_is_found() -> None:
    usual = session()
    with straight():
        assert connection.alias == "direct"
        inside = {session() for _ in range(3)}
    assert len(inside) == 1
    assert usual not in inside
    assert connection.alias == "default"


@pytest.mark.usefixtures("ways")
def test_inside_a_transaction_no_other_way_is_entered() -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="Inside a transaction"), straight():
        pass


@pytest.mark.usefixtures("ways")
def test_upkeep_that_runs_alone_works_in_the_session_that_holds_its_lock() -> None:
    with sole_runner("a test") as is_alone:
        assert is_alone
        assert connection.alias == "direct"
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone() == (1,)
    with connections["direct"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("ways")
@pytest.mark.parametrize(
    ("lag_s", "read_from"), [(0.0, "replica"), (10.0, "replica"), (10.1, "primary"), (None, "primary")]
)
def test_the_past_is_read_from_the_replica_while_it_is_near(
    monkeypatch: pytest.MonkeyPatch, lag_s: float | None, read_from: str
) -> None:
    lagging(monkeypatch, lag_s)
    seen: list[str] = []

    @bears_lag
    def view() -> HttpResponse:
        seen.append(connection.alias)
        return HttpResponse()

    assert view()[READ_FROM] == read_from
    assert seen == ["replica" if read_from == "replica" else "default"]
    assert connection.alias == "default"


@pytest.mark.usefixtures("ways")
@pytest.mark.parametrize("error", [OperationalError("gone"), Http404()])
def test_what_the_replica_cannot_answer_the_primary_does(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    replica = lagging(monkeypatch, 0.0)

    @bears_lag
    def view() -> HttpResponse:
        if connection.alias == "replica":
            raise error
        return HttpResponse()

    assert view()[READ_FROM] == "primary"
    assert replica.serves() is isinstance(error, Http404), "one that failed is left alone for a while"


@pytest.mark.usefixtures("ways")
def test_inside_a_transaction_nothing_is_read_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    lagging(monkeypatch, 0.0)
    view: Any = bears_lag(lambda: HttpResponse(connection.alias))
    with transaction.atomic():
        assert view().content == b"default"


def test_a_lock_of_the_site_has_one_holder_and_goes_on_when_it_ends() -> None:
    first, second = SiteLock("a test"), SiteLock("a test")
    try:
        assert first.try_to_take()
        assert not second.try_to_take()
        assert first.is_held()
        first.close()
        assert not first.is_held()
        assert eventually(second.try_to_take, what="the lock of a session that has ended")
    finally:
        first.close()
        second.close()


def test_a_lock_whose_session_the_server_ended_is_lost() -> None:
    lock = SiteLock("a test")
    assert lock.try_to_take()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    assert not lock.is_held()
