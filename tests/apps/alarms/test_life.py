"""The machine in Postgres: what is stored, what was told, and what the pure machine says are one."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Max

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import selectors
from apps.alarms.models import Alarm
from apps.live.models import JournalEntry
from tests.apps.alarms.life import Ward

pytestmark = pytest.mark.django_db


@pytest.fixture
def ward() -> Ward:
    olga = User.objects.create_user("olga", role=Role.OPERATOR)
    boss = User.objects.create_user("boss", role=Role.SUPERVISOR)
    return Ward(olga, boss, Random(1), sources=8)


def test_random_events_leave_rows_journal_and_machine_equal(ward: Ward) -> None:
    for _ in range(800):
        ward.step()
    ward.check()

    found = selectors.compared_with_the_journal()
    assert found.faults == ()
    assert (found.entries, found.alarms) == (sum(ward.moves.values()), 8)
    assert ward.refused > 20


def test_the_check_finds_a_row_that_the_journal_does_not_tell_of(ward: Ward) -> None:
    ward.raise_("a")
    call_command("fold_alarms", check=True)
    Alarm.objects.update(message="something else")
    with pytest.raises(CommandError):
        call_command("fold_alarms", check=True)


def test_the_check_finds_an_entry_that_is_missing(ward: Ward) -> None:
    for _ in range(60):
        ward.step()
    busiest = max(ward.moves, key=lambda name: ward.moves[name])
    subject = str(Alarm.objects.get(source=busiest).pk)
    JournalEntry.objects.filter(subject=subject).order_by("id")[1].delete()
    assert any("is followed by" in fault for fault in selectors.compared_with_the_journal().faults)


def test_a_past_instant_is_as_it_was_then(ward: Ward) -> None:
    seen: dict[datetime, list[dict[str, Any]]] = {}
    told = 0
    for minute in range(80):
        ward.step()
        instant = datetime(2026, 7, 1, tzinfo=UTC) + timedelta(minutes=minute)
        # The database's clock cannot be set; what it wrote down since the last step is moved to this one.
        JournalEntry.objects.filter(id__gt=told).update(recorded_at=instant)
        told = JournalEntry.objects.aggregate(last=Max("id"))["last"] or 0
        seen[instant] = selectors.shown()
    assert len({len(shown) for shown in seen.values()}) > 3
    for instant, shown in seen.items():
        was = {alarm["id"]: alarm for alarm in selectors.as_of(instant)}
        assert was == {alarm["id"]: alarm for alarm in shown}
