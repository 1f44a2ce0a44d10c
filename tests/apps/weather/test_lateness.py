from datetime import timedelta

import pytest

from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.weather.services.feeds import prepare_field_feeds
from apps.weather.services.lateness import watch_feeds
from tests.factories.weather_files import NOW, make_feed

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def standing() -> int:
    return Alarm.objects.filter(condition=Condition.WEATHER_LATE, is_active=True).count()


def test_a_late_feed_is_one_alarm_that_ends_with_the_next_file() -> None:
    feed = make_feed(heard_at=NOW, every_s=3600, reason="Not fetched: timed out")
    assert watch_feeds(as_of=NOW + 2 * HOUR) == 0
    for minutes in (11, 16):
        assert watch_feeds(as_of=NOW + 2 * HOUR + timedelta(minutes=minutes)) == 1
    alarm = Alarm.objects.get()
    assert "timed out" in alarm.message
    assert standing() == 1
    feed.heard_at = NOW + 3 * HOUR
    feed.save()
    assert watch_feeds(as_of=NOW + 3 * HOUR) == 0
    assert standing() == 0


def test_a_new_feed_has_its_time_from_the_first_look() -> None:
    make_feed(watched_from=NOW)
    make_feed("not looked at yet")
    assert watch_feeds(as_of=NOW + 2 * HOUR) == 0
    assert watch_feeds(as_of=NOW + 3 * HOUR) == 1


def test_an_archive_and_a_feed_that_is_off_are_never_late() -> None:
    make_feed("archive", is_archive=True, watched_from=NOW)
    make_feed("off", is_enabled=False, watched_from=NOW)
    assert watch_feeds(as_of=NOW + 100 * HOUR) == 0


def test_the_feeds_of_the_field_are_made_once() -> None:
    assert len(prepare_field_feeds()) == 4
    assert prepare_field_feeds() == []
