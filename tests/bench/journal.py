"""A storm of alarms."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
from psycopg.types.json import Jsonb

from apps.alarms.choices import STREAM, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.alarms.selectors import document
from apps.alarms.services import AlarmFact, raise_alarms
from tests.bench.context import Bench
from tests.bench.database import address
from tests.bench.figures import Figure, in_turns

ALARMS, ROUNDS = 100, 20
ALARM = """
INSERT INTO alarms_alarm (source, condition, priority, base_state, occurrence, equipment_name, path, message, unit,
    quality_good, is_late, acknowledged_by, raised_at)
VALUES (%s, %s, %s, %s, 1, %s, '', %s, '', true, false, '', %s)
"""
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
        self.payload = Jsonb(document(Alarm(source="", condition=Condition.OVERLOAD, message=self.facts[0].message)))

    def raised(self) -> None:
        assert len(raise_alarms(facts=self.facts)) == ALARMS

    def inserted(self) -> None:
        """Under sources of its own, for the other side has just taken these."""
        begun = BaseState.UNACKNOWLEDGED
        rows = [
            (f"bare/{one.source}", one.condition, one.priority, begun, one.equipment_name, one.message, one.at)
            for one in self.facts
        ]
        entries = [(STREAM, Happening.RAISED, one.source, self.payload) for one in self.facts]
        with self.bare.transaction(), self.bare.cursor() as cursor:
            cursor.executemany(ALARM, rows)
            cursor.executemany(JOURNAL, entries)
