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
_CHANGING = [field.name for field in Alarm._meta.concrete_fields if field.name not in ("id", "source", "condition")]


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
    standing = _standing(facts)
    news = {_key(fact): fact for fact in reversed(facts) if _key(fact) not in standing}  # of two alike the first
    if not news:
        return []
    _one_writer()
    known = _rows(news)
    facts_now = _located(list(reversed(news.values())))
    raised = [_raised(known.get(_key(fact)) or _blank(fact), fact) for fact in facts_now]
    return _move([alarm for alarm in raised if alarm is not None], Happening.RAISED)


@transaction.atomic(savepoint=False)
def end_alarms(*, ends: Sequence[AlarmEnd]) -> list[Alarm]:
    standing = _standing(ends)
    news = {_key(end): end for end in ends if _key(end) in standing}
    if not news:
        return []
    _one_writer()
    known = _rows(news)
    returned = [alarm for key in news if (alarm := known.get(key)) and _may(alarm, Happening.RETURNED)]
    for alarm in returned:
        alarm.returned_at = news[alarm.source, alarm.condition].at
    return _move(returned, Happening.RETURNED)


@transaction.atomic
def acknowledge(*, alarm_id: int, occurrence: int, by: User, as_of: datetime) -> Alarm:
    _one_writer()
    alarm = Alarm.objects.select_for_update().get(pk=alarm_id)
    verdict = may_acknowledge(alarm, occurrence=occurrence)
    if not verdict.allowed:
        raise AcknowledgementRefused(verdict.reason)
    alarm.acknowledged_at, alarm.acknowledged_by = as_of, by.get_username()
    _move([alarm], Happening.ACKNOWLEDGED)
    audit.record(
        actor=by,
        action="acknowledge-alarm",
        target=f"alarm/{alarm.pk}/{alarm.occurrence}",
        detail={"equipment": alarm.equipment_name, "condition": alarm.condition},
        at=as_of,
    )
    return alarm


def _key(item: AlarmFact | AlarmEnd) -> tuple[str, str]:
    return item.source, item.condition.value


def _standing(items: Sequence[AlarmFact | AlarmEnd]) -> set[tuple[str, str]]:
    """A look without a lock: most scans bring no news, and need none."""
    if not items:
        return set()
    rows = Alarm.objects.standing().filter(source__in={item.source for item in items})
    return set(rows.values_list("source", "condition"))


def _rows(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Alarm]:
    wanted = set(keys)
    rows = Alarm.objects.select_for_update().filter(source__in={source for source, _ in wanted})
    return {key: row for row in rows if (key := (row.source, row.condition)) in wanted}


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


def _may(alarm: Alarm, happening: Happening) -> bool:
    return (BaseState(alarm.base_state), happening) in TRANSITIONS


def _raised(alarm: Alarm, fact: AlarmFact) -> Alarm | None:
    if not _may(alarm, Happening.RAISED):
        return None
    for name in ("priority", "equipment_mrid", "equipment_name", "path", "message", "value", "limit", "unit"):
        setattr(alarm, name, getattr(fact, name))
    alarm.quality_good, alarm.is_late = fact.quality_good, fact.is_late
    alarm.occurrence += 1
    alarm.raised_at, alarm.returned_at = fact.at, None
    alarm.acknowledged_at, alarm.acknowledged_by = None, ""
    return alarm


def _blank(fact: AlarmFact) -> Alarm:
    return Alarm(source=fact.source, condition=fact.condition)


def _move(alarms: Sequence[Alarm], happening: Happening) -> list[Alarm]:
    """New rows and known ones in one statement: a storm brings hundreds at once."""
    for alarm in alarms:
        alarm.base_state = TRANSITIONS[BaseState(alarm.base_state), happening]
    Alarm.objects.bulk_create(
        alarms, update_conflicts=True, unique_fields=["source", "condition"], update_fields=_CHANGING
    )
    entries = [(happening.value, str(alarm.pk), document(alarm)) for alarm in alarms]
    live.record_many(stream=STREAM, entries=entries)
    return list(alarms)
