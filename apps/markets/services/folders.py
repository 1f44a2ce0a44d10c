"""Drop folders of price feeds."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from apps.markets.adapters.parsed import MOST_BYTES
from apps.markets.choices import FeedKind, FileOutcome
from apps.markets.models import MarketFeed, MarketFile
from apps.markets.services.files import take_file
from gridops.intake.folders import STILL_S, FolderRefused, content_of, folder_inside, put_away, whole_files

FILES_AT_ONCE = 200


def folder_of(feed: MarketFeed) -> Path:
    """Raises FolderRefused."""
    return folder_inside(Path(settings.MARKET_ROOT), feed.folder)


def read_folders(*, as_of: datetime, still_s: float = STILL_S) -> int:
    """How many files were looked at. still_s: how long a file must have lain unchanged."""
    feeds = MarketFeed.objects.filter(kind=FeedKind.FOLDER, is_enabled=True).select_related("zone").order_by("pk")
    return sum(len(read_folder(feed=feed, as_of=as_of, still_s=still_s)) for feed in feeds)


def read_folder(*, feed: MarketFeed, as_of: datetime, still_s: float = STILL_S) -> list[MarketFile]:
    feed.asked_at = as_of
    feed.save(update_fields=["asked_at"])
    try:
        waiting = whole_files(folder_of(feed), as_of=as_of, still_s=still_s)
        return [_take(feed, path, as_of) for path in waiting[:FILES_AT_ONCE]]
    except (FolderRefused, OSError) as error:
        feed.reason = str(error)[:300]
        feed.save(update_fields=["reason"])
        return []


def _take(feed: MarketFeed, path: Path, as_of: datetime) -> MarketFile:
    """The rows come first: a file whose move fails is read again, and known."""
    file = take_file(feed=feed, name=path.name, content=content_of(path, MOST_BYTES), received_at=as_of)
    put_away(path, refusal=file.reason if file.outcome == FileOutcome.REFUSED else "", as_of=as_of)
    return file
