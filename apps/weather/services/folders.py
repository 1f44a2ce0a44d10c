"""Drop folders: for rooms without a way out, files are carried in and put there."""

import os
import stat
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.weather.adapters.parsed import MOST_BYTES
from apps.weather.choices import FeedKind, FileOutcome
from apps.weather.models import Feed, WeatherFile
from apps.weather.services.files import take_file

TAKEN, REFUSED = "taken", "refused"
UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart")
STILL_S = 2.0  # a file that changed within the last seconds may still be written
FILES_AT_ONCE = 200


class FolderRefused(Exception):
    pass


def folder_of(feed: Feed) -> Path:
    """Inside the one root that holds drop folders, whatever links say. Raises FolderRefused."""
    root = Path(settings.WEATHER_ROOT).resolve()
    folder = (root / feed.folder).resolve()
    if not feed.folder or folder == root or not folder.is_relative_to(root):
        raise FolderRefused(f"The folder must lie inside {root}; give it relative to that, such as 'forecasts'.")
    return folder


def read_folders(*, as_of: datetime, still_s: float = STILL_S) -> int:
    """How many files were looked at. still_s: how long a file must have lain unchanged."""
    feeds = Feed.objects.filter(kind=FeedKind.FOLDER, is_enabled=True).order_by("pk")
    return sum(len(read_folder(feed=feed, as_of=as_of, still_s=still_s)) for feed in feeds)


def read_folder(*, feed: Feed, as_of: datetime, still_s: float = STILL_S) -> list[WeatherFile]:
    feed.asked_at, feed.watched_from = as_of, feed.watched_from or as_of
    feed.save(update_fields=["asked_at", "watched_from"])
    try:
        folder = folder_of(feed)
        folder.mkdir(parents=True, exist_ok=True)
        waiting = sorted(path for path in folder.iterdir() if _is_whole(path, as_of, still_s))
        return [_take(feed, path, as_of) for path in waiting[:FILES_AT_ONCE]]
    except (FolderRefused, OSError) as error:
        feed.reason = str(error)[:300]
        feed.save(update_fields=["reason"])
        return []


def _is_whole(path: Path, as_of: datetime, still_s: float) -> bool:
    if path.name.startswith((".", "~")) or path.name.lower().endswith(UNFINISHED):
        return False
    with suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and as_of.timestamp() - found.st_mtime >= still_s
    return False


def _take(feed: Feed, path: Path, as_of: datetime) -> WeatherFile:
    """The rows come first: a file whose move fails is read again, and known."""
    file = take_file(feed=feed, name=path.name, content=_content(path), received_at=as_of)
    is_refused = file.outcome == FileOutcome.REFUSED
    place = path.parent / (REFUSED if is_refused else TAKEN)
    place.mkdir(exist_ok=True)
    moved = path.replace(_free(place / path.name, as_of))
    os.utime(moved, (as_of.timestamp(), as_of.timestamp()))  # since when it lies there
    if is_refused:
        moved.with_name(f"{moved.name}.txt").write_text(f"{file.reason}\n", encoding="utf-8")
    return file


def _content(path: Path) -> bytes:
    """One byte beyond the limit is enough to refuse it."""
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
        return file.read(MOST_BYTES + 1)


def _free(path: Path, as_of: datetime) -> Path:
    return path if not path.exists() else path.with_name(f"{as_of:%Y%m%dT%H%M%S%f}_{path.name}")
