"""The stored states at and between past instants. What was not stored is a gap, never an interpolation."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import connection
from django.db.models import Max, Min

from apps.assets import selectors as assets
from apps.state.models import LookAhead, SecurityRun, Solution
from apps.state.selectors.latest import state_document
from apps.state.selectors.security import look_ahead_document, run_document

MAX_FRAMES = 600
MAX_FRAMES_SPAN = timedelta(days=1)
_RECORD = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the newest stored state; None where nothing is stored."""

    first: datetime | None
    newest: datetime | None


def stored_period() -> Period:
    return Period(**Solution.objects.aggregate(first=Min("as_of"), newest=Max("as_of")))


def solution_at(instant: datetime) -> Solution | None:
    """The newest scan at or before the instant."""
    return Solution.objects.filter(as_of__lte=instant).order_by("-as_of", "-id").first()


def state_at(instant: datetime) -> dict[str, Any]:
    """As the newest state, with the scans around it: the room between them is what nothing is known of."""
    solution = solution_at(instant)
    period = stored_period()
    return {
        "instant": instant.isoformat(),
        **state_document(solution),
        "next_as_of": _text(_next_after(instant)),
        "stored_from": _text(period.first),
        "stored_until": _text(period.newest),
    }


def model_id_at(instant: datetime) -> int | None:
    """The version that the newest scan of then was solved on: its frame is read with that one."""
    found = Solution.objects.filter(as_of__lte=instant).order_by("-as_of", "-id")
    version = found.values_list("network_model_id", flat=True).first()
    return version if version is not None else assets.current_model_id(at=instant)


def security_run_at(instant: datetime) -> dict[str, Any] | None:
    run = SecurityRun.objects.filter(as_of__lte=instant).order_by("-as_of", "-id").first()
    return run_document(run) if run else None


def look_ahead_at(instant: datetime) -> dict[str, Any] | None:
    found = LookAhead.objects.filter(as_of__lte=instant).order_by("-as_of", "-id").first()
    return look_ahead_document(found) if found else None


# The last scan of each step of time, and before them the one that stood at the begin.
_CHOSEN = """
(SELECT id FROM state_solution WHERE as_of <= %(start)s ORDER BY as_of DESC, id DESC LIMIT 1)
UNION ALL (
    SELECT id FROM (
        SELECT DISTINCT ON (step) id, as_of, floor(extract(epoch FROM as_of - %(start)s) / %(step_s)s) AS step
        FROM state_solution WHERE as_of > %(start)s AND as_of <= %(end)s ORDER BY step, as_of DESC, id DESC
    ) AS last ORDER BY as_of
)
"""


def frames_between(*, start: datetime, end: datetime, most: int) -> Iterator[bytes]:
    """The state at `start`, then at most `most` of those up to `end`, in order of time.

    A record: u32 octets of JSON, u32 octets of the frame (0: none was solved), both little-endian; the JSON; the frame.
    """
    step_s = max((end - start).total_seconds() / most, 1e-3)
    with connection.cursor() as cursor:
        cursor.execute(_CHOSEN, {"start": start, "end": end, "step_s": step_s})
        chosen = [pk for (pk,) in cursor.fetchall()]
    rows = Solution.objects.defer("inputs").filter(pk__in=chosen).order_by("as_of", "id")
    for solution in rows.iterator(chunk_size=50):
        yield _record(solution)


def _record(solution: Solution) -> bytes:
    told, frame = orjson.dumps(state_document(solution)), bytes(solution.frame)
    return b"".join((_RECORD.pack(len(told), len(frame)), told, frame))


def _next_after(instant: datetime) -> datetime | None:
    later = Solution.objects.filter(as_of__gt=instant).order_by("as_of")
    return later.values_list("as_of", flat=True).first()


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
