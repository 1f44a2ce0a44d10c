"""What time alone does to alarms. Any process may call it, and as many as like: one writer acts, and only once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from apps.accounts import selectors as accounts
from apps.accounts import services as people
from apps.accounts.selectors import AreaWatch
from apps.alarms.choices import (
    FLOOD_BEGINS_ABOVE,
    FLOOD_ENDS_BELOW,
    BaseState,
    Condition,
    Happening,
    Priority,
    Suppression,
)
from apps.alarms.models import Alarm, Flood
from apps.alarms.rules import machine as machines
from apps.alarms.rules.machine import CHATTER_WINDOW
from apps.alarms.rules.rows import machine_of
from apps.alarms.selectors.floods import told_lately
from apps.alarms.selectors.lists import standing_sources
from apps.alarms.services.acts import take_off_the_shelf
from apps.alarms.services.design import begin_maintenance, release
from apps.alarms.services.evaluation import end_alarms, raise_alarms
from apps.alarms.services.facts import AlarmEnd, AlarmFact
from apps.alarms.services.ledger import Ledger, number, one_writer

AHEAD = timedelta(seconds=60)  # no source can raise an alarm of a later time
ESCALATE_AFTER = timedelta(minutes=2)
UNATTENDED_AFTER = timedelta(seconds=60)
_CANARY = "alarm processor"


@transaction.atomic
def sweep(*, as_of: datetime) -> int:
    """Shelves that are over, chatter that has settled, rules that begin and end, and what nobody has looked at."""
    one_writer()
    done = 0
    for step in (_date_anew, _expire, _settle, _escalate, release, begin_maintenance):
        ledger = Ledger()
        step(ledger, as_of=as_of)
        ledger.write()
        done += len(ledger)
    _follow_floods(as_of=as_of)
    return done


def _date_anew(ledger: Ledger, *, as_of: datetime) -> None:
    """Raised while the server's clock was ahead: no end could come after that before its time does."""
    limit = as_of + AHEAD
    ahead = Alarm.objects.filter(Q(is_active=True, raised_at__gt=limit) | Q(is_chattering=True, swung_at__gt=limit))
    for alarm in ahead.order_by("id"):
        alarm.raised_at = alarm.swung_at = as_of
        ledger.note(alarm, Happening.DATED_ANEW)


def _expire(ledger: Ledger, *, as_of: datetime) -> None:
    for alarm in Alarm.objects.due(as_of).order_by("id"):
        machine = machines.unshelved(machine_of(alarm))
        take_off_the_shelf(alarm)
        ledger.note(alarm, Happening.SHELF_EXPIRED, machine)


def _settle(ledger: Ledger, *, as_of: datetime) -> None:
    quiet = Alarm.objects.filter(is_chattering=True, swung_at__lte=as_of - CHATTER_WINDOW)
    for alarm in quiet.order_by("id"):
        machine = machines.settled(machine_of(alarm), at=as_of)
        if machine is not None:
            alarm.returned_at = alarm.returned_at if machine.is_active else alarm.swung_at
            ledger.note(alarm, Happening.SETTLED, machine)


def _escalate(ledger: Ledger, *, as_of: datetime) -> None:
    """The first priority that nobody has acknowledged is told to the supervisor, once an occurrence."""
    waiting = Alarm.objects.filter(
        priority=Priority.CRITICAL,
        base_state=BaseState.UNACKNOWLEDGED,
        suppression=Suppression.NONE,
        escalated_at=None,
        raised_at__lte=as_of - ESCALATE_AFTER,
    )
    for alarm in waiting.order_by("id"):
        alarm.escalated_at = as_of
        ledger.note(alarm, Happening.ESCALATED)


def _follow_floods(*, as_of: datetime) -> None:
    counts = told_lately(as_of=as_of)
    running = {flood.area_id: flood for flood in Flood.objects.filter(ended_at=None)}
    for area, count in counts.items():
        if count > FLOOD_BEGINS_ABOVE and area not in running:
            Flood.objects.create(area_id=area, began_at=as_of)
    for area, flood in running.items():
        if counts.get(area, 0) < FLOOD_ENDS_BELOW:
            Flood.objects.filter(pk=flood.pk, ended_at=None).update(ended_at=as_of)


@transaction.atomic
def watch_areas(*, as_of: datetime) -> None:
    """An area before which nobody sits is itself an alarm, from its first attendance on."""
    people.default_area()
    standing = {source for source, _ in standing_sources([Condition.AREA_UNATTENDED])}
    empty = {_source(area): area for area in accounts.area_watch() if _is_empty(area, as_of)}
    raise_alarms(facts=[_unattended(area, as_of) for source, area in empty.items() if source not in standing])
    end_alarms(ends=[AlarmEnd(gone, Condition.AREA_UNATTENDED, as_of) for gone in sorted(standing - empty.keys())])


def _source(area: AreaWatch) -> str:
    return f"area/{area.id}"


def _is_empty(area: AreaWatch, as_of: datetime) -> bool:
    if area.seen_at is None:
        return not area.is_default
    return as_of - area.seen_at >= UNATTENDED_AFTER


def _unattended(area: AreaWatch, as_of: datetime) -> AlarmFact:
    nobody = "no display is open" if area.is_default else "nobody answers for it"
    who = f"none of {', '.join(area.assigned)} is present" if area.assigned else nobody
    since = f" since {area.seen_at:%H:%M:%S} UTC" if area.seen_at else ""
    return AlarmFact(
        source=_source(area),
        condition=Condition.AREA_UNATTENDED,
        priority=Priority.HIGH,
        equipment_name=f"Area {area.name}",
        message=f"{area.name} has no operator: {who}{since}",
        at=as_of,
        area_id=area.id,
    )


@transaction.atomic
def sing(*, as_of: datetime) -> Alarm:
    """A sign of life through lock, rows, journal and all that follows; displays miss it after a minute."""
    one_writer()
    canary = Alarm.objects.filter(source=_CANARY, condition=Condition.CANARY).first() or Alarm(
        source=_CANARY, condition=Condition.CANARY, priority=Priority.LOW, equipment_name="Alarm processor"
    )
    number([canary])
    canary.message, canary.raised_at, canary.returned_at = "Alarms are being processed", as_of, as_of
    ledger = Ledger()
    ledger.note(canary, Happening.CANARY)
    ledger.write()
    return canary
