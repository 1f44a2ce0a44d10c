from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import services
from apps.alarms.choices import STREAM, TRANSITIONS, BaseState, Condition, Happening, Priority
from apps.alarms.models import Alarm
from apps.audit.models import AuditEvent
from apps.live.models import JournalEntry

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def fact(source: str = "line-1", **changes: object) -> services.AlarmFact:
    given_ = {
        "condition": Condition.OVERLOAD,
        "priority": Priority.HIGH,
        "equipment_name": "Line 1",
        "message": "Line 1 carries 110 % of its rating",
        "at": NOON,
        **changes,
    }
    return services.AlarmFact(source=source, **given_)  # type: ignore[arg-type]


def end(source: str = "line-1", at: datetime = NOON) -> services.AlarmEnd:
    return services.AlarmEnd(source, Condition.OVERLOAD, at)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("olga", password="a long enough password", role=Role.OPERATOR)


def acknowledge(alarm: Alarm, by: User, occurrence: int | None = None) -> Alarm:
    return services.acknowledge(
        alarm_id=alarm.pk, occurrence=occurrence or alarm.occurrence, by=by, as_of=NOON + timedelta(minutes=1)
    )


@pytest.mark.django_db
def test_a_raised_alarm_is_unacknowledged_and_in_the_journal() -> None:
    (alarm,) = services.raise_alarms(facts=[fact()])

    assert (alarm.base_state, alarm.occurrence) == (BaseState.UNACKNOWLEDGED, 1)
    entry = JournalEntry.objects.get(stream=STREAM)
    assert (entry.kind, entry.payload["message"]) == (Happening.RAISED, alarm.message)


@pytest.mark.django_db
def test_a_standing_alarm_is_not_raised_twice() -> None:
    services.raise_alarms(facts=[fact()])

    assert services.raise_alarms(facts=[fact(value=2.0)]) == []
    assert JournalEntry.objects.count() == 1


def test_acknowledging_leaves_the_condition_standing(operator: User) -> None:
    (alarm,) = services.raise_alarms(facts=[fact()])

    alarm = acknowledge(alarm, operator)

    assert (alarm.base_state, alarm.acknowledged_by) == (BaseState.ACKNOWLEDGED, "olga")
    assert AuditEvent.objects.filter(action="acknowledge-alarm", actor_name="olga").count() == 1


def test_a_returned_alarm_stays_until_it_is_acknowledged(operator: User) -> None:
    (alarm,) = services.raise_alarms(facts=[fact()])
    (alarm,) = services.end_alarms(ends=[end()])
    assert alarm.base_state == BaseState.RETURNED

    assert acknowledge(alarm, operator).base_state == BaseState.NORMAL


@pytest.mark.django_db
def test_an_alarm_raised_again_while_returned_is_a_new_occurrence() -> None:
    services.raise_alarms(facts=[fact()])
    services.end_alarms(ends=[end()])

    (alarm,) = services.raise_alarms(facts=[fact()])

    assert (alarm.base_state, alarm.occurrence) == (BaseState.UNACKNOWLEDGED, 2)


def test_an_acknowledgement_of_an_old_occurrence_does_not_touch_the_new_one(operator: User) -> None:
    services.raise_alarms(facts=[fact()])
    services.end_alarms(ends=[end()])
    (alarm,) = services.raise_alarms(facts=[fact()])

    with pytest.raises(services.AcknowledgementRefused, match="occurrence 2 is now on"):
        acknowledge(alarm, operator, occurrence=1)

    alarm.refresh_from_db()
    assert alarm.base_state == BaseState.UNACKNOWLEDGED


@pytest.mark.django_db(transaction=True)
def test_of_many_acknowledgements_at_once_exactly_one_counts(operator: User) -> None:
    (alarm,) = services.raise_alarms(facts=[fact()])

    def attempt(_: int) -> bool:
        try:
            acknowledge(alarm, operator)
        except services.AcknowledgementRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 1
    assert JournalEntry.objects.filter(kind=Happening.ACKNOWLEDGED).count() == 1


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["raise", "end", "acknowledge", "stale-acknowledge"]), max_size=25))
def test_any_sequence_of_events_follows_the_standard_and_is_told_whole_by_the_journal(
    operator: User, events: list[str]
) -> None:
    Alarm.objects.all().delete()
    JournalEntry.objects.all().delete()
    state, occurrence = BaseState.NORMAL, 0
    for minutes, event in enumerate(events):
        alarm, at = Alarm.objects.first(), NOON + timedelta(minutes=minutes)  # too slow for a chatter
        if event == "raise":
            services.raise_alarms(facts=[fact(at=at)])
            if (state, Happening.RAISED) in TRANSITIONS:
                state, occurrence = TRANSITIONS[state, Happening.RAISED], occurrence + 1
        elif event == "end":
            services.end_alarms(ends=[end(at=at)])
            state = TRANSITIONS.get((state, Happening.RETURNED), state)
        elif alarm is not None:
            wanted = alarm.occurrence - (event == "stale-acknowledge")
            legal = wanted == occurrence and (state, Happening.ACKNOWLEDGED) in TRANSITIONS
            try:
                services.acknowledge(alarm_id=alarm.pk, occurrence=wanted, by=operator, as_of=timezone.now())
            except services.AcknowledgementRefused:
                assert not legal
            else:
                assert legal
                state = TRANSITIONS[state, Happening.ACKNOWLEDGED]

    stored = Alarm.objects.first()
    assert (stored.base_state, stored.occurrence) == (state, occurrence) if stored else state == BaseState.NORMAL
    told = JournalEntry.objects.order_by("id").last()
    assert told is None or told.payload["state"] == state
