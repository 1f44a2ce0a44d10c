"""The short list: every alarm is in one group, and there are never more groups than an eye can take in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.accounts.models import Area
from apps.alarms.choices import NEEDS_ACKNOWLEDGEMENT, Condition, Priority, Suppression
from apps.alarms.models import Alarm
from apps.alarms.rules.grouping import Group, Member, short_list
from apps.alarms.selectors.floods import flooded_areas

MOST_ROWS = 10
_FIELDS = ("pk", "parent_id", "priority", "base_state", "suppression", "raised_at", "equipment_name", "path")
_PLACES = ("feeder_mrid", "substation_mrid", "area_id", "condition")
_LABELS = dict(Condition.choices)


@dataclass(frozen=True, slots=True)
class ShortList:
    groups: list[dict[str, Any]]
    flooded: bool


def short_list_now(*, as_of: datetime, most: int = MOST_ROWS) -> ShortList:
    rows = Alarm.objects.shown().only(*_FIELDS, *_PLACES)
    return short_list_of(rows, flooded=bool(flooded_areas(as_of=as_of)), most=most)


def short_list_of(rows: Iterable[Alarm], *, flooded: bool, most: int = MOST_ROWS) -> ShortList:
    """In a flood, or above `most` rows, places join what no root explains."""
    loud = [alarm for alarm in rows if alarm.suppression == Suppression.NONE or alarm.parent_id]
    areas = {area.pk: area.name for area in Area.objects.all()}
    members = [_member(alarm, areas) for alarm in sorted(loud, key=_attention)]
    by_id = {alarm.pk: alarm for alarm in loud}
    missing = {alarm.parent_id for alarm in loud if alarm.parent_id and alarm.parent_id not in by_id}
    roots = by_id | Alarm.objects.in_bulk(missing)
    groups = short_list(members, most=most)
    return ShortList([_described(group, by_id, roots) for group in groups], flooded)


def _attention(alarm: Alarm) -> tuple[bool, bool, int, float, int]:
    """Quiet ones last, then who waits for an acknowledgement, then by priority and the newest."""
    raised = alarm.raised_at.timestamp() if alarm.raised_at else 0.0
    waits = alarm.base_state in NEEDS_ACKNOWLEDGEMENT
    return alarm.suppression != Suppression.NONE, not waits, alarm.priority, -raised, alarm.pk


def _member(alarm: Alarm, areas: dict[int, str]) -> Member:
    return Member(
        id=alarm.pk,
        parent_id=alarm.parent_id,
        priority=alarm.priority,
        feeder=str(alarm.feeder_mrid or ""),
        substation=str(alarm.substation_mrid or ""),
        area=areas.get(alarm.area_id or 0, "whole network"),
    )


def _described(group: Group, by_id: dict[int, Alarm], roots: dict[int, Alarm]) -> dict[str, Any]:
    alarms = [by_id[pk] for pk in group.members]
    root = roots.get(int(group.key)) if group.kind == "alarm" else None
    first = min(alarms, key=lambda alarm: (alarm.raised_at is None, alarm.raised_at, alarm.pk))
    loud = [alarm for alarm in alarms if alarm.suppression == Suppression.NONE]
    waiting = [alarm for alarm in loud if alarm.base_state in NEEDS_ACKNOWLEDGEMENT]
    return {
        "key": f"{group.kind}/{group.key}",
        "kind": group.kind,
        "title": _title(group, root, alarms),
        "root": root.pk if root else None,
        "root_stands": bool(root and root.pk in by_id),
        "first_out": first.pk,
        "alarms": list(group.members),
        "urgent": [alarm.pk for alarm in waiting if alarm.priority == Priority.CRITICAL],
        "by_priority": {str(p): n for p, n in sorted(Counter(alarm.priority for alarm in loud).items())},
        "unacknowledged": len(waiting),
        "quiet": len(alarms) - len(loud),
    }


def _title(group: Group, root: Alarm | None, alarms: Sequence[Alarm]) -> str:
    if root is not None:
        return f"{root.equipment_name}: {_LABELS.get(root.condition, root.condition)}"
    steps = alarms[0].path.split(" / ") if alarms else []
    if group.kind == "feeder":
        return " / ".join(steps[:2]) or "One feeder"
    if group.kind == "substation":
        return steps[0] if steps and steps[0] else "One station"
    return f"Area {group.key}" if group.kind == "area" else "Elsewhere"
