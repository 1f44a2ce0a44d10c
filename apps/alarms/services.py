"""The alarm path: Postgres alone, inside the transaction of the caller."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from apps.accounts.models import User
from apps.alarms.choices import STREAM, TRANSITIONS, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.alarms.rules import may_acknowledge
from apps.alarms.selectors import document
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.live import services as live

_ALARM_LOCK = 0x41_4C_52_4D


class AcknowledgementRefused(Exception):
    """The alarm is no longer what the operator saw."""


@dataclass(frozen=True, slots=True)
class AlarmFact:
    """A condition that has become true."""

    source: str
    condition: Condition
    priority: Priority
    equipment_name: str
    message: str
    at: datetime
    equipment_mrid: UUID | None = None
    path: str = ""
    value: float | None = None
    limit: float | None = None
    unit: str = ""
    quality_good: bool = True
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class AlarmEnd:
    """A condition that is no longer true."""

    source: str
    condition: Condition
    at: datetime


@transaction.atomic(savepoint=False)
def raise_alarms(*, facts: Sequence[AlarmFact]) -> list[Alarm]:
    """Raise what is not standing yet; a fact about a standing alarm changes nothing. Returns the alarms raised."""
    news = [fact for fact in facts if not _is_standing(fact)]
    if news:
        _one_writer()
    return [alarm for fact in _located(news) if (alarm := _raise(fact)) is not None]


@transaction.atomic(savepoint=False)
def end_alarms(*, ends: Iterable[AlarmEnd]) -> list[Alarm]:
    news = [end for end in ends if _is_standing(end)]
    if news:
        _one_writer()
    return [alarm for end in news if (alarm := _end(end)) is not None]


@transaction.atomic
def acknowledge(*, alarm_id: int, occurrence: int, by: User, as_of: datetime) -> Alarm:
    _one_writer()
    alarm = Alarm.objects.select_for_update().get(pk=alarm_id)
    verdict = may_acknowledge(alarm, occurrence=occurrence)
    if not verdict.allowed:
        raise AcknowledgementRefused(verdict.reason)
    alarm.acknowledged_at, alarm.acknowledged_by = as_of, by.get_username()
    _move(alarm, Happening.ACKNOWLEDGED)
    audit.record(
        actor=by,
        action="acknowledge-alarm",
        target=f"alarm/{alarm.pk}/{alarm.occurrence}",
        detail={"equipment": alarm.equipment_name, "condition": alarm.condition},
        at=as_of,
    )
    return alarm


def _is_standing(item: AlarmFact | AlarmEnd) -> bool:
    """A look without a lock: most scans bring no news, and need none."""
    return Alarm.objects.standing().filter(source=item.source, condition=item.condition).exists()


def _located(facts: Sequence[AlarmFact]) -> list[AlarmFact]:
    """Whoever raises an alarm may leave it to the network to say where the equipment stands."""
    wanted = {str(fact.equipment_mrid) for fact in facts if fact.equipment_mrid and not fact.path}
    model = assets.current_model() if wanted else None
    places = assets.elements(model=model, mrids=wanted) if model else {}
    return [
        replace(fact, path=_place(places.get(str(fact.equipment_mrid)))) if not fact.path else fact for fact in facts
    ]


def _place(element: assets.Element | None) -> str:
    return " / ".join(filter(None, (element.substation, element.feeder))) if element else ""


def _one_writer() -> None:
    """Transitions are rare and come from several processes, each with many at once: one lock keeps them in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALARM_LOCK])


def _raise(fact: AlarmFact) -> Alarm | None:
    Alarm.objects.bulk_create([_blank(fact)], ignore_conflicts=True)
    alarm = Alarm.objects.select_for_update().get(source=fact.source, condition=fact.condition)
    if (BaseState(alarm.base_state), Happening.RAISED) not in TRANSITIONS:
        return None
    for name in ("priority", "equipment_mrid", "equipment_name", "path", "message", "value", "limit", "unit"):
        setattr(alarm, name, getattr(fact, name))
    alarm.quality_good, alarm.is_late = fact.quality_good, fact.is_late
    alarm.occurrence += 1
    alarm.raised_at, alarm.returned_at = fact.at, None
    alarm.acknowledged_at, alarm.acknowledged_by = None, ""
    _move(alarm, Happening.RAISED)
    return alarm


def _blank(fact: AlarmFact) -> Alarm:
    return Alarm(
        source=fact.source,
        condition=fact.condition,
        priority=fact.priority,
        equipment_name=fact.equipment_name,
        message=fact.message,
    )


def _end(end: AlarmEnd) -> Alarm | None:
    alarm = Alarm.objects.select_for_update().filter(source=end.source, condition=end.condition).first()
    if alarm is None or (BaseState(alarm.base_state), Happening.RETURNED) not in TRANSITIONS:
        return None
    alarm.returned_at = end.at
    _move(alarm, Happening.RETURNED)
    return alarm


def _move(alarm: Alarm, happening: Happening) -> None:
    alarm.base_state = TRANSITIONS[BaseState(alarm.base_state), happening]
    alarm.save()
    live.record(stream=STREAM, kind=happening.value, subject=str(alarm.pk), payload=document(alarm))
