"""The only way in which alarms change: rows and journal together, one writer at a time."""

from collections.abc import Iterable
from typing import Any

from django.db import connection

from apps.alarms.choices import STREAM, BaseState, Happening
from apps.alarms.models import Alarm
from apps.alarms.rules.machine import Machine
from apps.alarms.rules.rows import set_machine
from apps.alarms.selectors import document
from apps.alarms.services.facts import Key
from apps.live import services as live

_ALARM_LOCK = 0x41_4C_52_4D
_CHANGING = [field.name for field in Alarm._meta.concrete_fields if field.name not in ("id", "source", "condition")]
_NUMBERS = "SELECT nextval(pg_get_serial_sequence('alarms_alarm', 'id')) FROM generate_series(1, %s)"


def one_writer() -> None:
    """Transitions are rare and come from several processes, each with many at once: one lock keeps them in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ALARM_LOCK])


def rows_of(keys: Iterable[Key]) -> dict[Key, Alarm]:
    wanted = set(keys)
    rows = Alarm.objects.select_for_update().filter(source__in={source for source, _ in wanted})
    return {key: row for row in rows if (key := (row.source, row.condition)) in wanted}


def number(alarms: list[Alarm]) -> None:
    """New rows get their numbers before they are stored, because the journal tells of them by number."""
    new = [alarm for alarm in alarms if alarm.pk is None]
    if not new:
        return
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, [len(new)])
        for alarm, (pk,) in zip(new, cursor.fetchall(), strict=True):
            alarm.pk = pk


class Ledger:
    """Collects what happens to alarms in memory; `write` stores rows and journal in a few statements for all."""

    def __init__(self) -> None:
        self._alarms: dict[int, Alarm] = {}
        self._entries: list[tuple[str, str, dict[str, Any]]] = []

    def note(self, alarm: Alarm, happening: Happening, machine: Machine | None = None) -> None:
        if machine is not None:
            set_machine(alarm, machine)
        alarm.version += 1
        self._alarms[alarm.pk] = alarm
        self._entries.append((happening.value, str(alarm.pk), document(alarm)))

    def __len__(self) -> int:
        return len(self._entries)

    def write(self) -> None:
        if not self._entries:
            return
        Alarm.objects.bulk_create(
            self._alarms.values(), update_conflicts=True, unique_fields=["id"], update_fields=_CHANGING
        )
        live.record_many(stream=STREAM, entries=self._entries)


def swap(alarm: Alarm, *, seen_version: int, seen_state: BaseState) -> bool:
    """Compare and swap of one row: False if somebody else was quicker."""
    values = {name: getattr(alarm, name) for name in _CHANGING}
    unchanged = Alarm.objects.filter(pk=alarm.pk, version=seen_version, base_state=seen_state)
    return unchanged.update(**values) == 1
