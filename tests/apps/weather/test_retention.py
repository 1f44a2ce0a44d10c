from datetime import timedelta

import pytest

from apps.weather.choices import FileOutcome
from apps.weather.models import WeatherFile
from apps.weather.services.retention import forget_files
from tests.factories.weather_files import NOW, make_feed

pytestmark = pytest.mark.django_db


def test_repeated_and_refused_files_are_forgotten_in_time_and_taken_ones_stay() -> None:
    feed = make_feed()
    for outcome in FileOutcome:
        for days in (1, 8, 91):
            at = NOW - timedelta(days=days)
            WeatherFile.objects.create(feed=feed, name=str(days), sha256="", received_at=at, outcome=outcome)
    assert forget_files(as_of=NOW) == 3
    kept = set(WeatherFile.objects.values_list("outcome", "name"))
    assert kept == {
        *((FileOutcome.TAKEN, days) for days in ("1", "8", "91")),
        (FileOutcome.KNOWN, "1"),
        (FileOutcome.REFUSED, "1"),
        (FileOutcome.REFUSED, "8"),
    }
