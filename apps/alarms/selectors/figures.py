"""How well the alarm system serves its operators: the standard's figures, computed from the journal alone."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np
from django.db import connection

from apps.alarms.choices import (
    FLOOD_BEGINS_ABOVE,
    FLOOD_ENDS_BELOW,
    STREAM,
    BaseState,
    Happening,
    Priority,
    Suppression,
)

SLOT = timedelta(minutes=10)
HOUR = timedelta(hours=1)
SLOT_LIMIT, HOUR_LIMIT = 10, 30
CHATTER_SPAN, CHATTER_RAISES = timedelta(seconds=60), 3
FLEETING = timedelta(seconds=10)
STALE = timedelta(hours=24)
TOP = 10
_TELLING = {
    Happening.RAISED,
    Happening.UNSHELVED,
    Happening.SHELF_EXPIRED,
    Happening.RELEASED,
    Happening.IN_SERVICE,
}
_QUERY = """
SELECT recorded_at, kind, subject, (payload->>'occurrence')::int, (payload->>'priority')::int, payload->>'state',
    payload->>'suppression', concat(payload->>'equipment_name', ': ', payload->>'condition_label')
FROM live_journalentry
WHERE stream = %(stream)s AND kind <> 'canary' AND recorded_at >= %(start)s AND recorded_at < %(end)s
    AND (NOT %(one_area)s OR (payload->>'area_id')::bigint IS NOT DISTINCT FROM %(area)s)
ORDER BY id
"""
# What stands at an instant: the newest entry of each alarm before it.
_STANDING = """
SELECT count(*) FILTER (WHERE (told.payload->>'is_active')::bool
        AND (told.payload->>'raised_at')::timestamptz < %(stale)s),
    count(*) FILTER (WHERE told.payload->>'shelved_until' IS NOT NULL)
FROM alarms_alarm AS alarm CROSS JOIN LATERAL (
    SELECT payload FROM live_journalentry AS entry
    WHERE entry.stream = %(stream)s AND entry.subject = alarm.id::text AND entry.recorded_at < %(end)s
    ORDER BY entry.recorded_at DESC, entry.id DESC LIMIT 1
) AS told
WHERE NOT %(one_area)s OR (told.payload->>'area_id')::bigint IS NOT DISTINCT FROM %(area)s
"""


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    kind: str
    subject: str
    occurrence: int
    priority: int
    base_state: str
    suppression: str
    name: str

    @property
    def is_telling(self) -> bool:
        """Somebody was called: an occurrence began, or was told anew, and nothing kept it quiet."""
        loud = self.suppression == Suppression.NONE and self.base_state == BaseState.UNACKNOWLEDGED
        return loud and self.kind in _TELLING


@dataclass(frozen=True, slots=True)
class Answered:
    """Time from telling to acknowledgement, s; None without any."""

    count: int
    p50_s: float | None
    p95_s: float | None


@dataclass(frozen=True, slots=True)
class Figures:
    start: datetime
    end: datetime
    told: int
    per_10_min: float
    most_in_10_min: int
    share_of_10_min_above: float
    share_of_hours_above: float
    flood_share: float
    floods: int
    top: list[tuple[str, int]]
    top_share: float
    chattering: list[str]
    fleeting: int
    stale: int
    by_priority: dict[int, int]
    answered: dict[int, Answered]
    shelved_standing: int
    shelvings: int


def alarm_figures(*, start: datetime, end: datetime, area_id: int | None = None, one_area: bool = False) -> Figures:
    """Of the half-open interval; with `one_area` of that area alone, None being the default one."""
    asked: dict[str, str | datetime | int | None] = {
        "stream": STREAM,
        "start": start,
        "end": end,
        "one_area": one_area,
        "area": area_id,
        "stale": end - STALE,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, asked)
        entries = [Entry(*row) for row in cursor.fetchall()]
        cursor.execute(_STANDING, asked)
        stale, shelved = cursor.fetchone() or (0, 0)
    return figures_of(entries, start=start, end=end, stale=stale, shelved=shelved)


def figures_of(entries: list[Entry], *, start: datetime, end: datetime, stale: int, shelved: int) -> Figures:
    told = _told(entries)
    slots, hours = _counts(told, start, end, SLOT), _counts(told, start, end, HOUR)
    flooded = _flooded(slots)
    sources = Counter(entry.subject for entry in told)
    names = {entry.subject: entry.name for entry in entries}
    top = sorted(sources.items(), key=lambda item: (-item[1], item[0]))[:TOP]
    return Figures(
        start=start,
        end=end,
        told=len(told),
        per_10_min=len(told) / ((end - start) / SLOT),
        most_in_10_min=int(slots.max(initial=0)),
        share_of_10_min_above=_share(slots > SLOT_LIMIT),
        share_of_hours_above=_share(hours > HOUR_LIMIT),
        flood_share=_share(flooded),
        floods=int(np.count_nonzero(np.diff(flooded.astype(int), prepend=0) == 1)),
        top=[(names[subject], count) for subject, count in top],
        top_share=sum(count for _, count in top) / len(told) if told else 0.0,
        chattering=sorted(names[subject] for subject in _chattering(entries)),
        fleeting=_fleeting(entries),
        stale=stale,
        by_priority={p.value: sum(entry.priority == p for entry in told) for p in Priority},
        answered=_answered(entries, told),
        shelved_standing=shelved,
        shelvings=sum(entry.kind == Happening.SHELVED for entry in entries),
    )


def _told(entries: list[Entry]) -> list[Entry]:
    first: dict[tuple[str, int], Entry] = {}
    for entry in entries:
        if entry.is_telling:
            first.setdefault((entry.subject, entry.occurrence), entry)
    return list(first.values())


def _counts(told: list[Entry], start: datetime, end: datetime, width: timedelta) -> np.ndarray:
    number = -((start - end) // width)
    counts = np.zeros(number, int)
    for entry in told:
        counts[(entry.at - start) // width] += 1
    return counts


def _flooded(slots: np.ndarray) -> np.ndarray:
    """Begins with a slot above ten, lasts until one below five."""
    flooded, on = np.zeros(len(slots), bool), False
    for number, count in enumerate(slots):
        on = bool(count > FLOOD_BEGINS_ABOVE or (on and count >= FLOOD_ENDS_BELOW))
        flooded[number] = on
    return flooded


def _share(which: np.ndarray) -> float:
    return float(which.mean()) if len(which) else 0.0


def _chattering(entries: list[Entry]) -> set[str]:
    raised: dict[str, list[datetime]] = defaultdict(list)
    for entry in entries:
        if entry.kind == Happening.RAISED:
            raised[entry.subject].append(entry.at)
    last = CHATTER_RAISES - 1
    return {
        subject
        for subject, at in raised.items()
        if any(later - earlier < CHATTER_SPAN for earlier, later in zip(at, at[last:], strict=False))
    }


def _fleeting(entries: list[Entry]) -> int:
    """Over before anybody could act."""
    by_subject: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in (Happening.RAISED, Happening.RETURNED):
            by_subject[entry.subject].append(entry)
    return sum(
        later.kind == Happening.RETURNED and earlier.is_telling and later.at - earlier.at <= FLEETING
        for own in by_subject.values()
        for earlier, later in pairwise(own)
    )


def _answered(entries: list[Entry], told: list[Entry]) -> dict[int, Answered]:
    began = {(entry.subject, entry.occurrence): entry for entry in told}
    waits: dict[int, list[float]] = {p.value: [] for p in Priority}
    for entry in entries:
        first = began.pop((entry.subject, entry.occurrence), None) if entry.kind == Happening.ACKNOWLEDGED else None
        if first is not None:
            waits[first.priority].append((entry.at - first.at).total_seconds())
    return {priority: _spread(seconds) for priority, seconds in waits.items()}


def _spread(seconds: list[float]) -> Answered:
    if not seconds:
        return Answered(0, None, None)
    p50, p95 = np.percentile(seconds, [50, 95])
    return Answered(len(seconds), float(p50), float(p95))
