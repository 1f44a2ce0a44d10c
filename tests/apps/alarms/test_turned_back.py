"""Alarms of a time that the server's clock had only for a while."""

from datetime import timedelta

import pytest

from apps.alarms import selectors, services
from apps.alarms.choices import BaseState, Condition, Happening
from apps.alarms.models import Alarm
from apps.alarms.services.clock import sweep
from apps.live.models import JournalEntry
from tests.apps.alarms.life import NOON, fact

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_an_alarm_raised_while_the_clock_was_ahead_can_end_after_it_went_back() -> None:
    services.raise_alarms(facts=[fact("ahead", at=NOON + DAY), fact("right", at=NOON)])

    assert sweep(as_of=NOON + timedelta(seconds=5)) == 1
    services.end_alarms(ends=[services.AlarmEnd("ahead", Condition.OVERLOAD, NOON + timedelta(seconds=6))])

    alarm = Alarm.objects.get(source="ahead")
    assert (alarm.base_state, alarm.is_active) == (BaseState.RETURNED, False)
    assert JournalEntry.objects.filter(kind=Happening.DATED_ANEW).count() == 1
    assert selectors.compared_with_the_journal().faults == ()


def test_chatter_of_that_time_settles() -> None:
    for second in range(0, 40, 10):
        at = NOON + DAY + timedelta(seconds=second)
        services.raise_alarms(facts=[fact("swings", at=at)])
        services.end_alarms(ends=[services.AlarmEnd("swings", Condition.OVERLOAD, at + timedelta(seconds=5))])
    assert Alarm.objects.get().is_chattering

    sweep(as_of=NOON)
    sweep(as_of=NOON + timedelta(minutes=5))

    assert not Alarm.objects.get().is_chattering
    assert selectors.compared_with_the_journal().faults == ()
