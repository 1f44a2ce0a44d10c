from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from apps.alarms.choices import STREAM, Condition
from apps.alarms.models import Alarm
from apps.alarms.selectors.documents import document, with_response
from apps.live import selectors as live


@dataclass(frozen=True, slots=True)
class AlarmList:
    epoch: str
    position: str
    alarms: list[dict[str, Any]]


def shown() -> list[dict[str, Any]]:
    """All that are not normal, and those that are kept quiet, most urgent first."""
    return with_response(document(alarm) for alarm in Alarm.objects.shown())


def alarm_list() -> AlarmList:
    """With the journal position from which a reader goes on without a gap."""
    snapshot = live.consistent_snapshot(stream=STREAM, read=shown)
    return AlarmList(epoch=snapshot.epoch, position=snapshot.position, alarms=snapshot.data)


def standing_sources(conditions: Iterable[Condition]) -> set[tuple[str, str]]:
    """(source, condition) of the alarms whose condition is true now: what a restarted evaluator starts from."""
    rows = Alarm.objects.standing().filter(condition__in=list(conditions))
    return set(rows.values_list("source", "condition"))
