from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.alarms.choices import STREAM, Happening
from apps.assets.models import ACLineSegment, Feeder, NetworkModel, Substation
from apps.live.models import JournalEntry

JOURNAL_SHOWN = 100


def alarm_journal_tail(*, until: datetime | None = None) -> list[dict[str, Any]]:
    """The newest entries, newest first, in the form in which the API gives them; the page goes on from there."""
    told = JournalEntry.objects.filter(stream=STREAM).exclude(kind=Happening.CANARY)
    if until is not None:
        told = told.filter(recorded_at__lte=until)
    newest = told.order_by("-id")[:JOURNAL_SHOWN]
    return [
        {
            "position": str(entry.pk),
            "kind": entry.kind,
            "recorded_at": entry.recorded_at,
            "alarm": entry.payload,
        }
        for entry in newest
    ]


def station_at_an_end(mrid: str) -> UUID | None:
    """A substation that a line between places leads to."""
    lines = ACLineSegment.objects.filter(model__in=NetworkModel.objects.current(), mrid=mrid)
    ends = lines.values_list("from_node__substation__mrid", "to_node__substation__mrid").first()
    return next(filter(None, ends or ()), None)


def place_mrids(names: Iterable[str]) -> dict[str, UUID]:
    """The pages of substations and feeders of the current network, by name."""
    wanted = list(names)
    found: dict[str, UUID] = {}
    for kind in (Feeder, Substation):
        found |= dict(
            kind.objects.filter(model__in=NetworkModel.objects.current(), name__in=wanted).values_list("name", "mrid")
        )
    return found
