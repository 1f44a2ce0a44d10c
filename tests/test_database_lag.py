"""The lag of a replica by positions of the log alone; positions and clock are the test's own."""

from dataclasses import dataclass, field

from django.db import OperationalError

from gridops.database_lag import Lag, Places, ReplicaWatch


@dataclass
class Servers:
    """The primary writes 100 bytes a second."""

    seconds: float = 0.0
    replayed_at: float | None = None  # the replica has what the primary had then; None: all of it
    is_away: bool = False
    is_promoted: bool = False
    asked: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.seconds

    def ask(self) -> Places:
        self.asked.append(self.seconds)
        if self.is_away:
            raise OperationalError("connection refused\nmore words")
        reached = self.seconds if self.replayed_at is None else self.replayed_at
        return Places(int(1000 + 100 * self.seconds), None if self.is_promoted else int(1000 + 100 * reached))


def watched() -> tuple[Servers, ReplicaWatch]:
    servers = Servers()
    return servers, ReplicaWatch(ask=servers.ask, now=servers.now)


def passing(servers: Servers, watch: ReplicaWatch, seconds: int) -> Lag:
    for _ in range(seconds):
        servers.seconds += 1
        watch.lag()
    return watch.lag()


def test_a_replica_that_has_everything_is_not_behind() -> None:
    servers, watch = watched()
    assert passing(servers, watch, 5) == Lag(0.0)


def test_a_replica_whose_link_is_cut_falls_behind_second_by_second_although_it_has_replayed_all_it_got() -> None:
    servers, watch = watched()
    passing(servers, watch, 20)
    servers.replayed_at = servers.seconds
    lag = passing(servers, watch, 30).seconds
    assert lag is not None
    assert 28 <= lag <= 32


def test_a_replica_that_was_behind_before_anybody_looked_is_unknown_and_not_fresh() -> None:
    servers, watch = watched()
    servers.seconds, servers.replayed_at = 100, 10
    lag = watch.lag()
    assert lag.seconds is None
    assert "began to look" in lag.reason


def test_a_promoted_replica_is_none_however_fresh_it_looks() -> None:
    servers, watch = watched()
    servers.is_promoted = True
    assert watch.lag().seconds is None
    assert "promoted" in watch.lag().reason


def test_a_silent_server_is_told_in_one_line() -> None:
    servers, watch = watched()
    servers.is_away = True
    assert watch.lag() == Lag(None, "no answer: connection refused")


def test_servers_are_asked_every_other_second_whoever_wants_to_know() -> None:
    servers, watch = watched()
    for _ in range(1000):
        servers.seconds += 0.01
        watch.lag()
    assert len(servers.asked) == 5


def test_another_primary_begins_another_history() -> None:
    """Positions of the old one say nothing of the new one's."""
    servers, watch = watched()
    passing(servers, watch, 50)
    servers.seconds, servers.replayed_at = servers.seconds + 2, None
    watch.ask = lambda: Places(500, 400)
    assert watch.lag().seconds is None
