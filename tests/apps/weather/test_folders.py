import os
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from apps.weather.choices import FeedKind, FileOutcome
from apps.weather.models import Feed, WeatherFile, WeatherSeries
from apps.weather.services.folders import folder_of, read_folder, read_folders
from gridops.intake.folders import FolderRefused
from tests.factories.weather_files import NOW, as_json, make_feed, open_meteo

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.WEATHER_ROOT = str(tmp_path)
    (tmp_path / "incoming").mkdir()
    return tmp_path / "incoming"


def put(folder: Path, name: str, content: bytes, *, age_s: float = 60.0) -> Path:
    path = folder / name
    path.write_bytes(content)
    os.utime(path, (NOW.timestamp() - age_s,) * 2)
    return path


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_taken_and_refused_files_are_moved_and_a_refusal_says_why(folder: Path) -> None:
    feed = make_feed()
    put(folder, "good.json", as_json(open_meteo()))
    put(folder, "bad.json", as_json(open_meteo())[:-30])
    assert read_folders(as_of=NOW) == 2
    assert names(folder) == ["refused/bad.json", "refused/bad.json.txt", "taken/good.json"]
    assert "no complete JSON" in (folder / "refused/bad.json.txt").read_text()
    assert sorted(feed.files.values_list("outcome", flat=True)) == [FileOutcome.REFUSED, FileOutcome.TAKEN]


@pytest.mark.parametrize("name", [".hidden.json", "half.json.part", "half.json.TMP", "~lock.json"])
def test_unfinished_files_wait(folder: Path, name: str) -> None:
    make_feed()
    put(folder, name, as_json(open_meteo()))
    assert read_folders(as_of=NOW) == 0
    assert names(folder) == [name]


def test_a_file_that_is_still_written_waits_until_it_is_whole(folder: Path) -> None:
    make_feed()
    whole = as_json(open_meteo())
    put(folder, "file.json", whole[:40], age_s=0.5)
    assert read_folders(as_of=NOW) == 0
    put(folder, "file.json", whole, age_s=0.5)
    assert read_folders(as_of=NOW + timedelta(seconds=5)) == 1
    assert WeatherFile.objects.get().outcome == FileOutcome.TAKEN


def test_a_file_of_the_same_name_later_overwrites_none(folder: Path) -> None:
    feed = make_feed()
    for hours in (3, 4):
        put(folder, "latest.json", as_json(open_meteo(hours)))
        read_folder(feed=feed, as_of=NOW + timedelta(hours=hours))
    assert len(names(folder)) == 2
    assert WeatherSeries.objects.count() == 2


def test_a_link_out_of_the_folder_is_not_followed(folder: Path, tmp_path: Path) -> None:
    make_feed()
    secret = put(tmp_path, "secret.json", as_json(open_meteo()))
    (folder / "link.json").symlink_to(secret)
    assert read_folders(as_of=NOW) == 0
    assert secret.exists()


@pytest.mark.parametrize("told", ["", "/etc", "../..", "incoming/../..", "."])
def test_a_folder_outside_the_root_is_refused(folder: Path, told: str) -> None:
    feed = make_feed(folder=told)
    with pytest.raises(FolderRefused, match="inside"):
        folder_of(feed)
    assert read_folder(feed=feed, as_of=NOW) == []
    feed.refresh_from_db()
    assert "must lie inside" in feed.reason


def test_a_folder_that_is_missing_is_made_and_the_watch_begins(folder: Path) -> None:
    feed = make_feed(folder="new/one")
    read_folders(as_of=NOW)
    assert (folder.parent / "new/one").is_dir()
    feed.refresh_from_db()
    assert feed.watched_from == NOW


def test_feeds_that_are_off_or_have_no_folder_are_left_alone(folder: Path) -> None:
    make_feed(is_enabled=False)
    make_feed("address", kind=FeedKind.URL)
    put(folder, "file.json", as_json(open_meteo()))
    assert read_folders(as_of=NOW) == 0
    assert Feed.objects.filter(watched_from__isnull=False).count() == 0
