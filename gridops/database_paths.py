"""Which way a read or a session takes to Postgres, where there is more than one.

`default`  the primary, perhaps behind a pooler that lends a connection for one transaction at a time.
`direct`   the primary past that pooler, for whatever belongs to a session: LISTEN, session locks, temporary tables.
`replica`  a streaming copy, for reads of the past that may be some seconds behind.

A way is taken by putting its connection in the place of the default one for a block of one thread. So a block has one
way, raw SQL as well as models, and nothing in it mixes two instants of the database.
"""

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections
from django.http import Http404
from rest_framework.exceptions import APIException

from gridops.database_lag import Lag, ReplicaWatch

log = logging.getLogger(__name__)

DIRECT, REPLICA = "direct", "replica"
READ_FROM = "X-GridOps-Read-From"
REST_S = 10.0  # after a failure the replica is left alone

View = TypeVar("View", bound=Callable[..., Any])


def direct_alias() -> str:
    return DIRECT if DIRECT in settings.DATABASES else DEFAULT_DB_ALIAS


@contextmanager
def straight() -> Iterator[None]:
    """Past a pooler, for a block that needs a session of its own. Not inside a transaction."""
    with _by(direct_alias()):
        yield


@contextmanager
def _by(alias: str) -> Iterator[None]:
    usual = connections[DEFAULT_DB_ALIAS]
    if alias in {DEFAULT_DB_ALIAS, usual.alias}:
        yield
        return
    if usual.in_atomic_block:
        raise RuntimeError(f"Inside a transaction the way to the database stays; enter {alias} before it.")
    connections[DEFAULT_DB_ALIAS] = connections[alias]
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = usual


class Replica:
    """Whether reads may go to the copy now: it is one, it answers, and it is not too far behind."""

    def __init__(self, watch: ReplicaWatch | None = None) -> None:
        self._watch = watch or ReplicaWatch()
        self._rests_until = 0.0

    @property
    def is_named(self) -> bool:
        return REPLICA in settings.DATABASES

    def lag(self) -> Lag:
        if time.monotonic() < self._rests_until:
            return Lag(None, "it failed a moment ago")
        return self._watch.lag()

    def serves(self) -> bool:
        if not self.is_named or connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return False
        lag = self.lag().seconds
        return lag is not None and lag <= settings.REPLICA_MOST_LAG_S

    def rest(self) -> None:
        self._rests_until = time.monotonic() + REST_S


replica = Replica()


def bears_lag(view: View) -> View:
    """For a view that only reads the past. It reads the replica if that serves, and else the primary.

    Never for alarms, orders or anything that a person acts on at once: these are read where they are written.
    """

    @functools.wraps(view)
    def read(*args: Any, **kwargs: Any) -> Any:
        if not replica.serves():
            return _told(view(*args, **kwargs), DEFAULT_DB_ALIAS)
        try:
            with _by(REPLICA):
                return _told(view(*args, **kwargs), REPLICA)
        except (Http404, APIException):
            pass  # what is refused there may have come to the primary a moment ago
        except (OperationalError, InterfaceError) as error:
            log.warning("The replica failed, the primary is asked: %s", error)
            connections[REPLICA].close()
            replica.rest()
        return _told(view(*args, **kwargs), DEFAULT_DB_ALIAS)

    return cast(View, read)


def _told(answer: Any, alias: str) -> Any:
    if replica.is_named:
        answer[READ_FROM] = REPLICA if alias == REPLICA else "primary"
    return answer
