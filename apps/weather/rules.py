import math
from datetime import datetime, timedelta

from apps.weather.models import Feed

EARTH_KM = 6371.0
LATE_AFTER = 2.0  # times its period, and a little for files that take their time
GRACE = timedelta(minutes=10)


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Along a great circle (haversine)."""
    phi, theta = math.radians(latitude), math.radians(other_latitude)
    half = math.sin((theta - phi) / 2) ** 2
    half += math.cos(phi) * math.cos(theta) * math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def next_due(feed: Feed) -> datetime | None:
    """When something new should be there; None of an archive and of a feed that is off."""
    since = feed.heard_at or feed.watched_from
    if feed.is_archive or not feed.is_enabled or since is None:
        return None
    return since + timedelta(seconds=feed.every_s)


def must_ask(feed: Feed, as_of: datetime) -> bool:
    if not feed.is_enabled or not feed.url:
        return False
    return feed.asked_at is None or as_of - feed.asked_at >= timedelta(seconds=feed.every_s)


def is_late(feed: Feed, as_of: datetime) -> bool:
    due = next_due(feed)
    return due is not None and as_of > due + timedelta(seconds=feed.every_s * (LATE_AFTER - 1)) + GRACE
