from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.markets.models import BiddingZone, MarketFeed

DAY = timedelta(days=1)
QUARTER_S = 900


def clock_of(zone: BiddingZone) -> ZoneInfo:
    return ZoneInfo(zone.time_zone)


def midnight(zone: BiddingZone, day: date) -> datetime:
    """Where a day of delivery begins."""
    return datetime.combine(day, time(), clock_of(zone)).astimezone(UTC)


def midnights(zone: BiddingZone, starts_at: datetime, ends_at: datetime) -> Sequence[datetime]:
    """Of the days of delivery that a span touches."""
    first = starts_at.astimezone(clock_of(zone)).date()
    count = (ends_at.astimezone(clock_of(zone)).date() - first).days + 1
    return [midnight(zone, first + n * DAY) for n in range(count)]


def published_at(zone: BiddingZone, day: date) -> datetime:
    """When the day-ahead prices of a day of delivery come out."""
    return datetime.combine(day - DAY, zone.publishes_at, clock_of(zone)).astimezone(UTC)


def due_day(zone: BiddingZone, as_of: datetime) -> date:
    """The newest day of delivery whose day-ahead prices must be there."""
    local = as_of.astimezone(clock_of(zone))
    return local.date() + (DAY if local.time() >= zone.late_at else timedelta())


def must_ask(feed: MarketFeed, as_of: datetime) -> bool:
    if not feed.is_enabled or not feed.url:
        return False
    return feed.asked_at is None or as_of - feed.asked_at >= timedelta(seconds=feed.every_s)


def delivery_span(zone: BiddingZone, day: date) -> tuple[datetime, int]:
    """Where a day of delivery begins, and its quarter hours: 92, 96 or 100."""
    begin, end = midnight(zone, day), midnight(zone, day + DAY)
    return begin, int((end - begin).total_seconds()) // QUARTER_S


def gate_closes(zone: BiddingZone, day: date) -> datetime:
    """Until when bids of a day of delivery are taken."""
    return datetime.combine(day - DAY, zone.gate_closes_at, clock_of(zone)).astimezone(UTC)


def day_to_bid(zone: BiddingZone, as_of: datetime) -> date:
    """The next day of delivery whose gate is open."""
    tomorrow = as_of.astimezone(clock_of(zone)).date() + DAY
    return tomorrow if as_of < gate_closes(zone, tomorrow) else tomorrow + DAY
