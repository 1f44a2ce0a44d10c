"""A storm of alarms."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from apps.alarms.choices import STREAM, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.alarms.selectors import document
from apps.alarms.services import AlarmFact, raise_alarms
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Figure, in_turns

ALARMS, ROUNDS = 100, 20
FIELDS = [column for column in Alarm._meta.concrete_fields if not column.primary_key]
COLUMNS = ", ".join(f'"{column.column}"' for column in FIELDS)
ALARM = f"INSERT INTO alarms_alarm ({COLUMNS}) VALUES ({', '.join(['%s'] * len(FIELDS))})"  # noqa: S608  of constants
JOURNAL = "INSERT INTO live_journalentry (stream, kind, subject, payload) VALUES (%s, %s, %s, %s)"


def measure(_: Bench) -> list[Figure]:
    """Alarms raised a second, 100 of them in one transaction, each with its journal entry (not standing yet, one
    writer, transition, entry, commit), against as many bare INSERTs into the same two tables, pipelined, with commit.
    """
    with psycopg.connect(**address(), autocommit=True) as bare:
        storm = _Storm(bare)
        ours, limit = in_turns(storm.raised, storm.inserted, rounds=ROUNDS, before=storm.make)
    Alarm.objects.all().delete()
    note = f"{ALARMS} alarms and their journal entries / the same rows by bare INSERT"
    return [Figure("journal", ALARMS / ours, "alarms/s", ALARMS / limit, note=note)]


@dataclass
class _Storm:
    bare: psycopg.Connection
    facts: list[AlarmFact] = field(default_factory=list)
    rows: list[list[object]] = field(default_factory=list)
    payload: Jsonb = field(default_factory=lambda: Jsonb({}))

    def make(self) -> None:
        now = datetime.now(UTC)
        self.facts = [
            AlarmFact(
                source=str(uuid.uuid4()),
                condition=Condition.OVERLOAD,
                priority=Priority.HIGH,
                equipment_name=f"Line {number}",
                message=f"Line {number} carries 120 % of its rating",
                at=now,
            )
            for number in range(ALARMS)
        ]
        self.rows = [_row(one) for one in self.facts]
        self.payload = Jsonb(document(Alarm(source="", condition=Condition.OVERLOAD, message=self.facts[0].message)))

    def raised(self) -> None:
        assert len(raise_alarms(facts=self.facts)) == ALARMS

    def inserted(self) -> None:
        """Under sources of its own, for the other side has just taken these."""
        entries = [(STREAM, Happening.RAISED, one.source, self.payload) for one in self.facts]
        with self.bare.transaction(), self.bare.cursor() as cursor:
            cursor.executemany(ALARM, self.rows)
            cursor.executemany(JOURNAL, entries)


def _row(fact: AlarmFact) -> list[object]:
    alarm = Alarm(
        source=f"bare/{fact.source}",
        condition=fact.condition,
        priority=fact.priority,
        base_state=BaseState.UNACKNOWLEDGED,
        is_active=True,
        occurrence=1,
        equipment_name=fact.equipment_name,
        message=fact.message,
        raised_at=fact.at,
    )
    return [column.get_db_prep_save(getattr(alarm, column.attname), connection) for column in FIELDS]
