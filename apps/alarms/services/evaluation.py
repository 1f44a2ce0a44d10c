"""The alarm path: Postgres alone, inside the transaction of the caller."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.alarms.choices import EXPLAINS, PRIORITY_MATRIX, PROMPT_S, SOON_S, Consequence, Happening, Priority
from apps.alarms.models import Alarm, AlarmDefinition
from apps.alarms.rules import machine as machines
from apps.alarms.rules.rows import machine_of
from apps.alarms.selectors import Definitions, definitions
from apps.alarms.services.design import Context, explain_earlier, keep_quiet
from apps.alarms.services.facts import AlarmEnd, AlarmFact, Key
from apps.alarms.services.ledger import Ledger, number, one_writer, rows_of
from apps.assets import selectors as assets
from apps.assets.selectors.areas import Whereabouts, whereabouts

_NOWHERE = Whereabouts()
_TEXTS = {"equipment_name": 200, "path": 300, "message": 400, "unit": 16}


@transaction.atomic(savepoint=False)
def raise_alarms(*, facts: Sequence[AlarmFact]) -> list[Alarm]:
    """Raise what is not standing yet. Of a standing alarm only the doubt about its value is news.

    Returns the alarms raised.
    """
    standing = _standing(facts)
    news = {fact.key: fact for fact in reversed(facts) if fact.key not in standing}  # of two alike the first
    doubts = {
        fact.key: fact.quality_good for fact in facts if standing.get(fact.key, fact.quality_good) != fact.quality_good
    }
    if not news and not doubts:
        return []
    one_writer()
    ledger = Ledger()
    known = rows_of([*news, *doubts])
    _doubt(ledger, known, doubts)
    raised = _raise(ledger, list(reversed(news.values())), known) if news else []
    ledger.write()
    return raised


@transaction.atomic(savepoint=False)
def end_alarms(*, ends: Sequence[AlarmEnd]) -> list[Alarm]:
    """Returns the alarms that returned. An end of bad quality marks the alarm as doubtful and ends nothing."""
    standing = _standing(ends)
    news = {end.key: end for end in ends if end.key in standing}
    if not news:
        return []
    one_writer()
    ledger, known = Ledger(), rows_of(news)
    _doubt(ledger, known, {key: False for key, end in news.items() if not end.quality_good})
    ended = [alarm for key, end in news.items() if (alarm := known.get(key)) and _end(ledger, alarm, end)]
    ledger.write()
    return ended


def _end(ledger: Ledger, alarm: Alarm, end: AlarmEnd) -> bool:
    machine = machines.returned(machine_of(alarm), at=end.at, quality_good=end.quality_good)
    if machine is None:
        return False
    alarm.returned_at = end.at
    ledger.note(alarm, Happening.RETURNED, machine)
    return True


def _standing(items: Sequence[AlarmFact | AlarmEnd]) -> dict[Key, bool]:
    """A look without a lock, with the quality told: most scans bring no news, and need none."""
    if not items:
        return {}
    rows = Alarm.objects.standing().filter(source__in={item.source for item in items})
    return {
        (source, condition): good for source, condition, good in rows.values_list("source", "condition", "quality_good")
    }


def _doubt(ledger: Ledger, known: dict[Key, Alarm], doubts: dict[Key, bool]) -> None:
    for key, good in doubts.items():
        alarm = known.get(key)
        machine = machines.quality(machine_of(alarm), good=good) if alarm else None
        if alarm is not None and machine is not None:
            ledger.note(alarm, Happening.QUALITY, machine)


def _raise(ledger: Ledger, facts: Sequence[AlarmFact], known: dict[Key, Alarm]) -> list[Alarm]:
    settings, where = definitions(), whereabouts(fact.equipment_mrid for fact in facts if fact.equipment_mrid)
    moved = [
        (known.get(fact.key) or Alarm(source=fact.source, condition=fact.condition.value), fact)
        for fact in _named(facts)
    ]
    raised = [(alarm, machine) for alarm, fact in moved if (machine := _take(alarm, fact, settings, where)) is not None]
    alarms = [alarm for alarm, _ in raised]
    number(alarms)
    as_of = max((fact.at for fact in facts), default=None)
    if as_of is not None and raised:
        _tell(ledger, raised, as_of)
    return alarms


def _tell(ledger: Ledger, raised: Sequence[tuple[Alarm, machines.Machine]], as_of: datetime) -> None:
    for alarm, machine in raised:
        alarm.raised_at, alarm.is_active = machine.raised_at, True
    alarms = [alarm for alarm, _ in raised]
    context = Context(alarms, as_of=as_of)
    for alarm in sorted(alarms, key=lambda one: one.condition not in EXPLAINS):  # causes first: roots are flat
        alarm.parent_id = context.root_of(alarm)
    for alarm, machine in raised:
        reason = None if machine.is_by_design else context.reason(alarm)
        if reason is not None:
            keep_quiet(alarm, reason, as_of=as_of)
        ledger.note(alarm, Happening.RAISED, replace(machine, is_by_design=alarm.suppressed_rule != ""))
    if causes := [alarm for alarm in alarms if alarm.condition in EXPLAINS]:
        explain_earlier(ledger, causes, context, as_of=as_of, untouched=alarms)


def _take(
    alarm: Alarm, fact: AlarmFact, settings: Definitions, where: dict[UUID, Whereabouts]
) -> machines.Machine | None:
    place = where.get(fact.equipment_mrid, _NOWHERE) if fact.equipment_mrid else _NOWHERE
    setting = settings.of(fact.condition.value, place.class_name, fact.equipment_mrid)
    machine = machines.raised(
        machine_of(alarm), at=fact.at, quality_good=fact.quality_good, latches=setting is not None and setting.latches
    )
    if machine is None:
        return None
    for name, longest in _TEXTS.items():
        setattr(alarm, name, getattr(fact, name)[:longest])
    alarm.priority = priority_of(fact.priority, setting)
    alarm.value, alarm.limit, alarm.is_late = _finite(fact.value), _finite(fact.limit), fact.is_late
    alarm.equipment_mrid, alarm.equipment_class = fact.equipment_mrid, place.class_name
    alarm.substation_mrid, alarm.feeder_mrid = place.substation, place.feeder
    alarm.area_id = place.area_id if fact.area_id is None else fact.area_id
    alarm.returned_at = None
    return machine


def priority_of(asked: Priority, setting: AlarmDefinition | None) -> Priority:
    """By consequence and time to respond where they are set, else as the evaluator says."""
    if setting is None or setting.consequence_level is None:
        return asked
    column = 0 if setting.time_to_respond_s < PROMPT_S else 1 if setting.time_to_respond_s < SOON_S else 2
    return PRIORITY_MATRIX[Consequence(setting.consequence_level)][column]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _named(facts: Iterable[AlarmFact]) -> list[AlarmFact]:
    """Whoever raises an alarm may leave it to the network to say where the equipment stands."""
    facts = list(facts)
    wanted = {str(fact.equipment_mrid) for fact in facts if fact.equipment_mrid and not fact.path}
    model = assets.current_model() if wanted else None
    places = assets.elements(model=model, mrids=wanted) if model else {}
    return [
        replace(fact, path=_path(places.get(str(fact.equipment_mrid)))) if not fact.path else fact for fact in facts
    ]


def _path(element: assets.Element | None) -> str:
    return " / ".join(filter(None, (element.substation, element.feeder))) if element else ""
