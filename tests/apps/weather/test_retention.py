from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytest_django.fixtures import Settings

from apps.weather.choices import DataKind, FileOutcome, Variable
from apps.weather.models import WeatherFile, WeatherRun
from apps.weather.selectors import as_forecast
from apps.weather.services.folders import read_folder
from apps.weather.services.retention import delete_files, forget_files, thin_runs
from tests.factories.weather import location, run
from tests.factories.weather_files import NOW, as_json, make_feed, open_meteo

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


def issued(at: datetime, late: timedelta = timedelta(minutes=5), **more: Any) -> WeatherRun:
    return run(location(), at, [float(at.hour)] * 48, available_at=at + late, **more)


def test_old_issues_are_thinned_to_what_was_known_at_each_gate_and_the_days_as_forecast_stay_alike(
    settings: Settings,
) -> None:
    settings.WEATHER_WHOLE_DAYS = 15
    begin = NOW.replace(hour=0, minute=0) - timedelta(days=20)
    for hour in range(0, 20 * 24, 3):
        issued(begin + timedelta(hours=hour))
    asked = {
        "location_id": location().pk,
        "variables": [Variable.TEMPERATURE_C],
        "starts_at": begin + timedelta(days=2),
        "steps": 17 * 24,
        "step_s": 3600,
    }
    before = as_forecast(**asked)
    gone = thin_runs(as_of=NOW)
    kept = WeatherRun.objects.filter(available_at__lt=NOW - timedelta(days=15)).values_list("issued_at", flat=True)
    assert gone > 30
    assert {at.hour for at in kept} <= {3, 12}  # 12: the newest of those that the next gate has not seen yet
    assert np.array_equal(as_forecast(**asked), before)
    assert thin_runs(as_of=NOW) == 0


def test_of_a_run_that_has_not_every_place_the_one_before_it_stays(settings: Settings) -> None:
    settings.WEATHER_WHOLE_DAYS = 15
    at = NOW.replace(hour=0, minute=0) - timedelta(days=30)
    run(location("Harbour"), at, [1.0] * 48)
    issued(at)
    only = issued(at + timedelta(hours=3))
    assert thin_runs(as_of=NOW) == 0
    run(location("Harbour"), only.issued_at, [1.0] * 48)
    assert thin_runs(as_of=NOW) == 1


def test_what_is_older_than_anything_is_needed_goes_with_its_file(settings: Settings) -> None:
    settings.WEATHER_DAYS = 60
    feed, old = make_feed(), NOW - timedelta(days=61)
    for at, kind in ((old, DataKind.OBSERVATION), (old, DataKind.FORECAST), (NOW, DataKind.FORECAST)):
        one = issued(at, late=timedelta(), data_kind=kind)
        one.file = WeatherFile.objects.create(
            feed=feed, name=kind, sha256="", received_at=at, outcome=FileOutcome.TAKEN
        )
        one.save()
    assert forget_files(as_of=NOW) == 0
    assert thin_runs(as_of=NOW) == 2
    assert forget_files(as_of=NOW) == 2
    assert [one.issued_at for one in WeatherRun.objects.all()] == [NOW]


def test_files_that_were_taken_long_ago_are_deleted_and_what_is_reached_by_links_stays(
    settings: Settings, tmp_path: Path
) -> None:
    settings.WEATHER_ROOT, settings.WEATHER_FILES_DAYS = str(tmp_path / "root"), 30
    feed = make_feed()
    make_feed("linked", folder="linked")
    folder, outside = tmp_path / "root" / "incoming", tmp_path / "outside"
    for place in (folder, outside, folder.parent / "linked"):
        place.mkdir(parents=True)
    (folder / "issue.json").write_bytes(as_json(open_meteo()))
    (outside / "old.json").write_text("{}")
    (folder.parent / "linked" / "taken").symlink_to(outside, target_is_directory=True)
    assert [one.outcome for one in read_folder(feed=feed, as_of=NOW, still_s=-1e9)] == [FileOutcome.TAKEN]
    (folder / "taken" / "link.json").symlink_to(outside / "old.json")
    assert delete_files(as_of=NOW + timedelta(days=29)) == 0
    assert delete_files(as_of=NOW + timedelta(days=31)) == 1
    assert [path.name for path in (folder / "taken").iterdir()] == ["link.json"]
    assert (outside / "old.json").exists()
