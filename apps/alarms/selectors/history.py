"""Alarm state out of the journal alone: as it is, and as it was."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from apps.alarms.choices import STREAM, BaseState, Happening
from apps.alarms.models import Alarm
from apps.alarms.rules import machine as machines
from apps.alarms.rules.machine import Machine
from apps.alarms.rules.rows import machine_of
from apps.alarms.selectors.documents import alarm_of, document, with_response


@dataclass(frozen=True, slots=True)
class Told:
    id: int
    kind: str
    alarm: dict[str, Any]


@dataclass
class Fold:
    """The newest telling of each alarm, and what in the journal cannot be."""

    newest: dict[int, dict[str, Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    entries: int = 0


def fold(entries: Iterable[Told]) -> Fold:
    """Every step is made again by the pure machine: a step that it does not know, or a gap in the count, is a fault."""
    result = Fold()
    for entry in entries:
        result.entries += 1
        pk, known = entry.alarm["id"], result.newest.get(entry.alarm["id"])
        if known is not None and entry.alarm["version"] != known["version"] + 1:
            result.faults.append(f"alarm {pk}: {known['version']} is followed by {entry.alarm['version']}")
        elif known is not None and not is_legal(known, entry):
            result.faults.append(f"alarm {pk}: version {entry.alarm['version']} is no legal {entry.kind}")
        result.newest[pk] = entry.alarm
    return result


def is_legal(before: dict[str, Any], entry: Told) -> bool:
    was, told = alarm_of(before), alarm_of(entry.alarm)
    expected = _again(machine_of(was), Happening(entry.kind), told)
    return expected is not None and _seen(expected) == _seen(machine_of(told))


def _again(was: Machine, happening: Happening, told: Alarm) -> Machine | None:
    at, occurrence = told.swung_at or datetime.max.replace(tzinfo=UTC), told.occurrence
    steps: dict[Happening, Callable[[], Machine | None]] = {
        Happening.RAISED: lambda: machines.raised(
            replace(was, is_by_design=told.suppressed_rule != ""),  # a rule may hold from the first moment on
            at=at,
            quality_good=told.quality_good,
            latches=told.latches,
        ),
        Happening.RETURNED: lambda: machines.returned(was, at=at),
        Happening.ACKNOWLEDGED: lambda: machines.acknowledged(was, occurrence=occurrence),
        Happening.RESET: lambda: machines.reset(was, occurrence=occurrence),
        Happening.SHELVED: lambda: machines.shelved(was),
        Happening.UNSHELVED: lambda: machines.unshelved(was),
        Happening.SHELF_EXPIRED: lambda: machines.unshelved(was),
        Happening.SUPPRESSED: lambda: machines.suppressed(was),
        Happening.RELEASED: lambda: machines.released(was),
        Happening.OUT_OF_SERVICE: lambda: machines.out_of_service(was),
        Happening.IN_SERVICE: lambda: machines.in_service(was),
        Happening.QUALITY: lambda: machines.quality(was, good=told.quality_good),
        Happening.SETTLED: lambda: machines.settled(was, at=datetime.max.replace(tzinfo=UTC)),
    }
    return steps.get(happening, lambda: was)()


def _seen(machine: Machine) -> tuple[Any, ...]:
    return (
        machine.base,
        machine.is_active,
        machine.occurrence,
        machine.suppression,
        machine.is_shelved,
        machine.is_by_design,
        machine.is_out_of_service,
        machine.is_chattering,
        machine.quality_good,
    )


# In the order in which they were written, which for one alarm is the order of what happened.
_ALL = "SELECT id, kind, payload::text FROM live_journalentry WHERE stream = %s ORDER BY id"
_AS_OF = """
SELECT told.payload::text FROM alarms_alarm AS alarm CROSS JOIN LATERAL (
    SELECT payload FROM live_journalentry AS entry
    WHERE entry.stream = %s AND entry.subject = alarm.id::text AND entry.recorded_at <= %s
    ORDER BY entry.recorded_at DESC, entry.id DESC LIMIT 1
) AS told
WHERE told.payload->>'state' <> %s OR told.payload->>'suppression' <> 'none'
"""
_PAGE = 2000


def journal() -> Iterator[Told]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ALL, [STREAM])
        while rows := cursor.fetchmany(_PAGE):
            yield from (Told(pk, kind, _loaded(payload)) for pk, kind, payload in rows)


def _loaded(payload: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(payload)
    return told


@dataclass(frozen=True, slots=True)
class Comparison:
    entries: int
    alarms: int
    faults: tuple[str, ...]


def compared_with_the_journal() -> Comparison:
    """Is what is stored what the journal says, and is what the journal says possible?"""
    folded = fold(journal())
    stored = {alarm.pk: document(alarm) for alarm in Alarm.objects.all()}
    faults = list(folded.faults)
    for pk in sorted(folded.newest.keys() | stored.keys()):
        told = document(alarm_of(folded.newest[pk])) if pk in folded.newest else None
        if told != stored.get(pk):
            faults.append(f"alarm {pk}: {_difference(told, stored.get(pk))}")
    return Comparison(folded.entries, len(stored), tuple(faults))


def _difference(told: dict[str, Any] | None, stored: dict[str, Any] | None) -> str:
    if told is None or stored is None:
        return "is stored and was never told" if told is None else "was told and is not stored"
    names = [name for name in sorted(told.keys() | stored.keys()) if told.get(name) != stored.get(name)]
    return ", ".join(f"{name} was told as {told.get(name)} and is stored as {stored.get(name)}" for name in names)


def as_of(instant: datetime) -> list[dict[str, Any]]:
    """The alarms that were not normal, or were kept quiet, as the control room knew them at that instant."""
    return with_response(told_at(instant))


def told_at(instant: datetime) -> list[dict[str, Any]]:
    """As `as_of`, and nothing but what the journal says of them."""
    with connection.cursor() as cursor:
        cursor.execute(_AS_OF, [STREAM, instant, BaseState.NORMAL.value])
        told = [_loaded(payload) for (payload,) in cursor.fetchall()]
    return sorted(told, key=_urgency)


def _urgency(told: dict[str, Any]) -> tuple[int, str, int]:
    return told["priority"], told["raised_at"] or "", told["id"]
