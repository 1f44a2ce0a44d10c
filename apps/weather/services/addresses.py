"""Weather feeds that are asked over the network."""

from datetime import datetime

from django.conf import settings

from apps.weather import rules
from apps.weather.adapters.parsed import MOST_BYTES
from apps.weather.choices import FeedKind
from apps.weather.models import Feed, WeatherFile
from apps.weather.services.files import take_file
from gridops.intake.addresses import FETCH_ERRORS, AddressRefused, fetch, resolver

ACCEPT = "application/json, text/csv, */*"


def ask_addresses(*, as_of: datetime) -> int:
    """How many feeds were asked."""
    feeds = Feed.objects.filter(kind=FeedKind.URL, is_enabled=True).order_by("pk")
    return len([ask(feed=feed, as_of=as_of) for feed in feeds if rules.must_ask(feed, as_of)])


def ask(*, feed: Feed, as_of: datetime) -> WeatherFile | None:
    feed.asked_at, feed.watched_from = as_of, feed.watched_from or as_of
    feed.save(update_fields=["asked_at", "watched_from"])
    listed = resolver(settings.WEATHER_PRIVATE_HOSTS, "GRIDOPS_WEATHER_HOSTS")
    try:
        content = fetch(feed.url, resolver=listed, accept=ACCEPT, most_bytes=MOST_BYTES)
    except (AddressRefused, *FETCH_ERRORS) as error:
        feed.reason = f"Not fetched: {error or type(error).__name__}"[:300]
        feed.save(update_fields=["reason"])
        return None
    name = f"{feed.name} asked {as_of:%Y-%m-%d %H:%M:%S}"  # no stamp of an issue, which names may tell
    return take_file(feed=feed, name=name, content=content, received_at=as_of)
