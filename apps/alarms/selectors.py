from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from apps.alarms.choices import PROCEDURES, STREAM, Condition
from apps.alarms.models import Alarm
from apps.live import selectors as live


@dataclass(frozen=True, slots=True)
class AlarmList:
    epoch: str
    position: str
    alarms: list[dict[str, Any]]


def _instant(value: Any) -> str | None:
    return value.isoformat() if value else None


def document(alarm: Alarm) -> dict[str, Any]:
    """The one form in which an alarm leaves this app: in the journal, the API and the socket alike."""
    return {
        "id": alarm.pk,
        "occurrence": alarm.occurrence,
        "priority": alarm.priority,
        "state": alarm.base_state,
        "equipment_mrid": str(alarm.equipment_mrid) if alarm.equipment_mrid else None,
        "equipment_name": alarm.equipment_name,
        "path": alarm.path,
        "condition": alarm.condition,
        "condition_label": alarm.get_condition_display(),
        "message": alarm.message,
        "value": alarm.value,
        "limit": alarm.limit,
        "unit": alarm.unit,
        "quality_good": alarm.quality_good,
        "is_late": alarm.is_late,
        "raised_at": _instant(alarm.raised_at),
        "returned_at": _instant(alarm.returned_at),
        "acknowledged_at": _instant(alarm.acknowledged_at),
        "acknowledged_by": alarm.acknowledged_by,
        "procedure": asdict(PROCEDURES[Condition(alarm.condition)]),
    }


def annunciated() -> list[dict[str, Any]]:
    return [document(alarm) for alarm in Alarm.objects.annunciated()]


def alarm_list() -> AlarmList:
    """All alarms that are not normal, with the journal position from which a reader goes on without a gap."""
    snapshot = live.consistent_snapshot(stream=STREAM, read=annunciated)
    return AlarmList(epoch=snapshot.epoch, position=snapshot.position, alarms=snapshot.data)


def standing_sources(conditions: Iterable[Condition]) -> set[tuple[str, str]]:
    """(source, condition) of the alarms whose condition is true now: what a restarted evaluator starts from."""
    rows = Alarm.objects.standing().filter(condition__in=list(conditions))
    return set(rows.values_list("source", "condition"))
