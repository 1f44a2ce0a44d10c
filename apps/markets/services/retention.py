"""Prices and factors stay: they are few, and every settlement and backtest asks for them. Files and notes go."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from apps.markets.choices import FeedKind, FileFormat, FileOutcome
from apps.markets.models import MarketBlock, MarketFeed, MarketFile
from apps.markets.services.folders import folder_of
from gridops.intake.folders import REFUSED, TAKEN, FolderRefused, delete_older

REPEATED_FOR, REFUSED_FOR = timedelta(days=7), timedelta(days=90)


def forget_files(*, as_of: datetime) -> int:
    """Of what was known already or refused, and of answers to bids, whose trades stay. What was taken stays with its
    blocks."""
    of_file = MarketBlock.objects.filter(file=OuterRef("pk"))
    unused = MarketFile.objects.filter(~Exists(of_file))
    repeated = unused.filter(outcome=FileOutcome.KNOWN, received_at__lt=as_of - REPEATED_FOR)
    refused = unused.filter(outcome=FileOutcome.REFUSED, received_at__lt=as_of - REFUSED_FOR)
    answers = unused.filter(feed__file_format=FileFormat.RESULTS, received_at__lt=as_of - REFUSED_FOR)
    return sum(rows.delete()[0] for rows in (repeated, refused, answers))


def delete_files(*, as_of: datetime) -> int:
    """What lies in the folders of taken and refused files longer than anybody looks for it."""
    kept = {TAKEN: timedelta(days=settings.MARKET_FILES_DAYS), REFUSED: REFUSED_FOR}
    count = 0
    for feed in MarketFeed.objects.filter(kind=FeedKind.FOLDER).order_by("pk"):
        try:
            folder = folder_of(feed)
            count += sum(delete_older(folder / name, (as_of - age).timestamp()) for name, age in kept.items())
        except (FolderRefused, OSError) as error:
            MarketFeed.objects.filter(pk=feed.pk).update(reason=str(error)[:300])
    return count
