"""How far a streaming replica is behind, in seconds, by positions of the log alone.

The replica's own clock of replay says nothing when nothing is written, and looks fresh after its link is cut. So this
process notes now and then where the primary's log stands, and the lag is the age of the newest note that the replica
has replayed. It needs no right beyond that of connecting, and no clock but its own.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

EVERY_S = 2.0
NOTES = 300

_PRIMARY = "SELECT pg_is_in_recovery(), CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_lsn() - '0/0' END"
_REPLICA = "SELECT pg_is_in_recovery(), CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() - '0/0' END"


@dataclass(frozen=True)
class Lag:
    """None with a reason where it is not known; then nothing is read there."""

    seconds: float | None
    reason: str = ""


@dataclass(frozen=True)
class Places:
    """Bytes of log written and replayed. None: that server is not what it should be."""

    primary: int | None
    replica: int | None


def ask() -> Places:
    # the replica first: what it has replayed the primary had written by then
    replica = _place(connections["replica"], _REPLICA, in_recovery=True)
    return Places(_place(connections[DEFAULT_DB_ALIAS], _PRIMARY, in_recovery=False), replica)


def _place(connection: BaseDatabaseWrapper, question: str, *, in_recovery: bool) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(question)
        found, place = cursor.fetchone()
    return int(place) if found is in_recovery and place is not None else None


@dataclass
class ReplicaWatch:
    """Asks at most every two seconds, whoever wants to know; threads share what was found."""

    ask: Callable[[], Places] = ask
    now: Callable[[], float] = time.monotonic
    _notes: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=NOTES))
    _found: Lag = Lag(None, "it was not asked yet")
    _asked_at: float = float("-inf")
    _turn: Lock = field(default_factory=Lock)

    def lag(self) -> Lag:
        with self._turn:
            if self.now() - self._asked_at >= EVERY_S:
                self._found = self._look()
                self._asked_at = self.now()
            return self._found

    def _look(self) -> Lag:
        try:
            places = self.ask()
        except DatabaseError as error:
            return Lag(None, f"no answer: {(str(error).strip().splitlines() or ['?'])[0]}")
        if places.replica is None:
            return Lag(None, "what DATABASE_REPLICA_URL names is no replica, perhaps it was promoted")
        if places.primary is None:
            return Lag(None, "what DATABASE_URL names is not the primary")
        return self._judged(places.primary, places.replica)

    def _judged(self, primary: int, replica: int) -> Lag:
        now = self.now()
        if self._notes and primary < self._notes[-1][1]:
            self._notes.clear()  # another history: the primary is another server now
        self._notes.append((now, primary))
        if replica >= primary:
            return Lag(0.0)
        reached = [at for at, place in self._notes if place <= replica]
        if reached:
            return Lag(now - reached[-1])
        return Lag(None, "it has not come to where the primary stood when this process began to look")
