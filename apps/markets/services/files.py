"""A file becomes rows as a whole, or leaves nothing but the reasons why not."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from apps.markets.adapters import csv_results, csv_tariffs
from apps.markets.adapters.files import parse_file, plain
from apps.markets.adapters.parsed import Defaults, FileRefused, ParsedSeries
from apps.markets.choices import FileFormat, FileOutcome, Product
from apps.markets.models import BiddingZone, MarketFeed, MarketFile
from apps.markets.services.storing import Knowledge, store
from apps.markets.services.tariff_rows import store_tariffs
from apps.markets.services.trades import store_results

KNOWN_CONTENT, KNOWN_VALUES = "This content was taken before.", "Every value of it was known."
LONGEST_REASON = 1000
_LOCK = "markets: prices"


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a file besides its content."""

    feed: MarketFeed | None
    name: str
    sha256: str
    received_at: datetime


def take_file(*, feed: MarketFeed, name: str, content: bytes, received_at: datetime) -> MarketFile:
    """Parse, check and store. The same content is taken once, and of every file only what is news."""
    told = Told(feed, name[:300], hashlib.sha256(content).hexdigest(), received_at)
    if feed.files.filter(sha256=told.sha256, outcome=FileOutcome.TAKEN).exists():
        return _heard(feed, note(told, FileOutcome.KNOWN, KNOWN_CONTENT))
    try:
        return _heard(feed, _stored(told, feed, content))
    except FileRefused as refusal:
        MarketFeed.objects.filter(pk=feed.pk).update(reason=str(refusal)[:300])
        return note(told, FileOutcome.REFUSED, str(refusal))


def _stored(told: Told, feed: MarketFeed, content: bytes) -> MarketFile:
    if feed.file_format == FileFormat.TARIFFS:
        return _keep_tariffs(told, csv_tariffs.parse(plain(content)))
    if feed.file_format == FileFormat.RESULTS:
        return _keep_results(told, csv_results.parse(plain(content)))
    zone = feed.zone.code if feed.zone else ""
    found = parse_file(content, FileFormat(feed.file_format), defaults(zone, Product(feed.product)))
    return keep(told, found.series, is_archive=feed.is_archive)


@transaction.atomic
def _keep_tariffs(told: Told, tariffs: Sequence[csv_tariffs.ParsedTariff]) -> MarketFile:
    store_tariffs(tariffs)
    return note(told, FileOutcome.TAKEN)


@transaction.atomic
def _keep_results(told: Told, answers: Sequence[csv_results.Answer]) -> MarketFile:
    """Raises FileRefused."""
    file = note(told, FileOutcome.TAKEN)
    store_results(answers, file=file, as_of=told.received_at)
    return file


def defaults(zone: str, product: Product) -> Defaults:
    """The clock of a zone that is not known is the room's."""
    clocks = dict(BiddingZone.objects.values_list("code", "time_zone"))
    return Defaults(lambda code: ZoneInfo(clocks.get(code, settings.TIME_ZONE)), zone, product)


@transaction.atomic
def keep(told: Told, series: Sequence[ParsedSeries], *, is_archive: bool) -> MarketFile:
    """Two that tell the same at the same time wait for each other: what is news is seen by one of them. Raises
    FileRefused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [_LOCK])
    file = note(told, FileOutcome.TAKEN)
    if not store(series, file=file, knowledge=Knowledge(told.received_at, is_archive)):
        file.outcome, file.reason = FileOutcome.KNOWN, KNOWN_VALUES
        file.save(update_fields=["outcome", "reason"])
    return file


def note(told: Told, outcome: FileOutcome, reason: str = "") -> MarketFile:
    return MarketFile.objects.create(
        feed=told.feed,
        name=told.name,
        sha256=told.sha256,
        received_at=told.received_at,
        outcome=outcome,
        reason=reason[:LONGEST_REASON],
    )


def _heard(feed: MarketFeed, file: MarketFile) -> MarketFile:
    news = {"heard_at": file.received_at} if file.outcome == FileOutcome.TAKEN else {}
    MarketFeed.objects.filter(pk=feed.pk).update(reason="", **news)
    return file
