from collections.abc import Sequence
from datetime import datetime

from apps.markets.choices import FeedKind, FileFormat, FileOutcome
from apps.markets.models import BiddingZone, MarketFeed, MarketFile
from apps.markets.services.files import take_file
from tests.factories.market_files import DAY, NOW, ZONE, day_document


def make_zone(code: str = ZONE, **more: object) -> BiddingZone:
    return BiddingZone.objects.create(code=code, **{"name": "Town", "time_zone": "Europe/Berlin", **more})


def make_feed(name: str = "provider", **more: object) -> MarketFeed:
    usual = {"kind": FeedKind.FOLDER, "file_format": FileFormat.ENTSOE_XML, "folder": "incoming"}
    return MarketFeed.objects.create(name=name, **{**usual, **more})


def take(feed: MarketFeed, content: bytes, at: datetime = NOW) -> MarketFile:
    file = take_file(feed=feed, name="file", content=content, received_at=at)
    assert file.outcome != FileOutcome.REFUSED, file.reason
    return file


def take_day(feed: MarketFeed, prices: Sequence[object], *, begin: datetime = DAY, at: datetime = NOW) -> MarketFile:
    return take(feed, day_document(prices, begin=begin), at)
