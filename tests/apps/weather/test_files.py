from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.weather.choices import DataKind, FileFormat, FileOutcome, Variable
from apps.weather.models import Location, WeatherFile, WeatherRun, WeatherSeries
from apps.weather.selectors import known_at
from apps.weather.services.files import take_file
from tests.factories.weather import location
from tests.factories.weather_files import MIDNIGHT, NOW, as_json, make_feed, open_meteo

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def take(feed: object, document: object, *, at: datetime = NOW, name: str = "file.json") -> WeatherFile:
    content = document if isinstance(document, bytes) else as_json(document)
    return take_file(feed=feed, name=name, content=content, received_at=at)  # type: ignore[arg-type]


def test_a_file_becomes_a_run_with_series_and_a_place() -> None:
    feed = make_feed()
    file = take(feed, open_meteo(issued_at="2026-03-10T06:00Z"))
    assert file.outcome == FileOutcome.TAKEN
    run = WeatherRun.objects.get()
    assert (run.issued_at, run.available_at, run.file) == (MIDNIGHT + 6 * HOUR, NOW, file)
    series = run.series.get()
    assert (series.starts_at, series.ends_at, series.location.latitude) == (MIDNIGHT, MIDNIGHT + 4 * HOUR, 53.1)
    feed.refresh_from_db()
    assert feed.heard_at == NOW


def test_what_a_file_says_of_its_availability_counts_only_in_an_archive() -> None:
    document = open_meteo(issued_at="2026-03-09T06:00Z", available_at="2026-03-09T06:05Z")
    take(make_feed(), document)
    take(make_feed("archive", provider="other", is_archive=True), document)
    found = dict(WeatherRun.objects.values_list("provider", "available_at"))
    assert found == {"provider": NOW, "other": datetime(2026, 3, 9, 6, 5, tzinfo=UTC)}


def test_without_a_time_of_issue_the_name_tells_it_and_else_the_arrival() -> None:
    feed = make_feed()
    take(feed, open_meteo(), name="icon_20260310T0600Z.json")
    take(feed, open_meteo(3), name="icon.json")
    issued = WeatherRun.objects.order_by("issued_at").values_list("issued_at", flat=True)
    assert list(issued) == [MIDNIGHT + 6 * HOUR, NOW]


def test_the_same_file_is_taken_once() -> None:
    feed = make_feed()
    first, second = take(feed, open_meteo()), take(feed, open_meteo(), at=NOW + HOUR, name="again.json")
    assert (first.outcome, second.outcome) == (FileOutcome.TAKEN, FileOutcome.KNOWN)
    feed.refresh_from_db()
    assert feed.heard_at == NOW  # nothing new was told
    assert WeatherSeries.objects.count() == 1


def test_the_same_value_in_another_file_is_known_and_the_first_stays() -> None:
    feed = make_feed()
    issued = {"issued_at": "2026-03-10T06:00Z"}
    take(feed, open_meteo(**issued))
    file = take(feed, open_meteo(6, **issued), at=NOW + HOUR)
    assert file.outcome == FileOutcome.KNOWN
    assert WeatherSeries.objects.get().ends_at == MIDNIGHT + 4 * HOUR


def test_an_issue_in_two_files_is_known_when_the_second_has_come() -> None:
    feed = make_feed()
    issued = {"issued_at": "2026-03-10T06:00Z"}
    take(feed, open_meteo(**issued))
    take(feed, open_meteo(latitude=50.0, **issued), at=NOW + HOUR)
    assert WeatherRun.objects.get().available_at == NOW + HOUR
    late = take(feed, open_meteo(latitude=40.0, **issued), at=NOW + 48 * HOUR)
    assert late.outcome == FileOutcome.REFUSED
    assert WeatherRun.objects.get().available_at == NOW + HOUR
    assert Location.objects.count() == 2


def test_a_refused_file_leaves_nothing_but_its_reason() -> None:
    feed = make_feed()
    good, bad = open_meteo(issued_at="2026-03-10T06:00Z"), open_meteo(issued_at="2026-03-11T06:00Z")
    file = take(feed, [good, bad])
    assert file.outcome == FileOutcome.REFUSED
    assert "issued_at: 2026-03-11 06:00 UTC lies ahead" in file.reason
    assert not WeatherRun.objects.exists()
    assert not Location.objects.exists()
    feed.refresh_from_db()
    assert feed.reason == file.reason
    assert feed.heard_at is None


def test_a_refused_file_may_come_again() -> None:
    feed = make_feed()
    content = as_json(open_meteo(issued_at="2026-03-11T06:00Z"))
    assert take(feed, content).outcome == FileOutcome.REFUSED
    assert take(feed, content, at=NOW + 24 * HOUR).outcome == FileOutcome.TAKEN


def test_an_observation_ends_where_it_arrives() -> None:
    feed = make_feed(data_kind=DataKind.OBSERVATION)
    take(feed, open_meteo(24))
    run = WeatherRun.objects.get()
    assert run.series.get().ends_at == MIDNIGHT + 13 * HOUR  # the instant of 12:00 is the last before 12:30
    assert run.issued_at == NOW


def test_a_provider_near_a_known_place_speaks_of_it_and_a_feed_may_name_its_place() -> None:
    near = location("Airport", 53.15, 8.25)
    take(make_feed(), open_meteo())
    assert Location.objects.get() == near
    far = location("Far", 10.0, 10.0)
    take(make_feed("two", provider="two", location=far), open_meteo())
    assert WeatherSeries.objects.filter(location=far).count() == 1


def test_a_name_without_coordinates_must_be_known() -> None:
    feed = make_feed(file_format=FileFormat.CSV)
    content = b"valid_at,location,variable,value\n2026-03-10T00:00Z,Airport,temperature_c,7\n"
    assert "location 'Airport': no location has this name" in take(feed, content).reason
    location("Airport")
    assert take(feed, content).outcome == FileOutcome.TAKEN


def test_members_are_kept_apart_and_values_come_back_as_they_came() -> None:
    document = open_meteo(issued_at="2026-03-10T06:00Z")
    document["hourly"]["temperature_2m_member01"] = [5, 5, 5, None]
    take(make_feed(), document)
    place = Location.objects.get()
    question = {"location_id": place.pk, "variables": [Variable.TEMPERATURE_C], "starts_at": MIDNIGHT}
    values = known_at(**question, steps=4, step_s=3600, as_of=NOW)[:, 0]
    assert values == pytest.approx([0.5, 1.5, 2.5, 3.0])
    assert np.isnan(known_at(**question, steps=4, step_s=3600, as_of=NOW - HOUR)).all()
    assert sorted(WeatherSeries.objects.values_list("member", flat=True)) == [0, 1]
