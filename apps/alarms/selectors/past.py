"""The journal between past instants, and what was grouped then."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.alarms.choices import STREAM, Happening
from apps.alarms.models import Flood
from apps.alarms.selectors.documents import alarm_of, with_response
from apps.alarms.selectors.groups import ShortList, short_list_of
from apps.alarms.selectors.history import told_at
from apps.live.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest alarms told before and after an instant."""

    before: datetime | None
    after: datetime | None


def entries_between(*, start: datetime, end: datetime, most: int, newest: bool = False) -> list[dict[str, Any]]:
    """What was told after `start` up to `end`, oldest first; the first `most` of it, or the last."""
    rows = _told().filter(recorded_at__gt=start, recorded_at__lte=end)
    order = ("-recorded_at", "-id") if newest else ("recorded_at", "id")
    found = list(rows.order_by(*order)[:most])
    chosen = found[::-1] if newest else found
    alarms = with_response(entry.payload for entry in chosen)
    return [
        {"position": str(entry.pk), "kind": entry.kind, "recorded_at": entry.recorded_at, "alarm": alarm}
        for entry, alarm in zip(chosen, alarms, strict=True)
    ]


def raised_around(instant: datetime) -> Neighbours:
    told = _told().filter(kind=Happening.RAISED).values_list("recorded_at", flat=True)
    return Neighbours(
        before=told.filter(recorded_at__lt=instant).order_by("-recorded_at").first(),
        after=told.filter(recorded_at__gt=instant).order_by("recorded_at").first(),
    )


def short_list_at(instant: datetime) -> ShortList:
    flooded = Flood.objects.filter(Q(ended_at__gt=instant) | Q(ended_at=None), began_at__lte=instant).exists()
    return short_list_of([alarm_of(told) for told in told_at(instant)], flooded=flooded)


def _told() -> Any:
    return JournalEntry.objects.filter(stream=STREAM).exclude(kind=Happening.CANARY)
