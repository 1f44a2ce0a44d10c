from typing import Any

from apps.alarms.choices import STREAM
from apps.live.models import JournalEntry

JOURNAL_SHOWN = 100


def alarm_journal_tail() -> list[dict[str, Any]]:
    """The newest entries, newest first, in the form in which the API gives them; the page goes on from there."""
    newest = JournalEntry.objects.filter(stream=STREAM).order_by("-xid", "-id")[:JOURNAL_SHOWN]
    return [
        {
            "position": f"{entry.xid}.{entry.pk}",
            "kind": entry.kind,
            "recorded_at": entry.recorded_at,
            "alarm": entry.payload,
        }
        for entry in newest
    ]
