"""Two probes. They stand before every other middleware: a probe names no host, has no session and asks for little."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils import timezone

from apps.state.models import Solution
from gridops.database_paths import replica

PATIENCE_S = 1.0


def alive() -> JsonResponse:
    return JsonResponse({"alive": True})


def readiness() -> JsonResponse:
    """Ready means that an act can be recorded. Valkey only carries hints, so its loss is told and not fatal."""
    database = _database()
    ready = database["writable"] and database["pending_migrations"] == 0
    report = {
        "ready": ready,
        "database": database,
        "valkey": _valkey(),
        **({"replica": _replica()} if replica.is_named else {}),
        "solution_age_s": _solution_age() if ready else None,
    }
    return JsonResponse(report, status=HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE)


def _database() -> dict[str, Any]:
    try:
        with connection.cursor() as cursor:
            # A transaction id is given out only where rows may be written.
            cursor.execute("SELECT pg_current_xact_id(), current_setting('transaction_read_only') = 'off'")
            writable = bool(cursor.fetchone()[1])
        executor = MigrationExecutor(connection)
        pending = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError:
        return {"writable": False, "pending_migrations": None}
    return {"writable": writable, "pending_migrations": pending}


def _solution_age() -> float | None:
    """How old the picture of the grid is. Old is bad news for an operator, but no reason to take the site away."""
    newest = Solution.objects.order_by("-id").values_list("as_of", flat=True).first()
    return None if newest is None else round((timezone.now() - newest).total_seconds(), 1)


def _replica() -> dict[str, Any]:
    """Not fatal either: without it the primary is read."""
    lag = replica.lag()
    seconds = None if lag.seconds is None else round(lag.seconds, 1)
    return {"lag_s": seconds, "is_read": replica.serves(), "reason": lag.reason}


def _valkey() -> str:
    try:
        with redis.Redis.from_url(
            settings.LIVE_REDIS_URL, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S
        ) as client:
            client.ping()
    except redis.RedisError:
        return "down"
    return "up"


def probes(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.path == "/livez":
            return alive()
        if request.path == "/readyz":
            return readiness()
        return get_response(request)

    return answered
