"""Price feeds that are asked over the network. In their address {from} and {to} stand for the span that is asked, and
{NAME} for a secret of the environment that no table holds."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.markets import rules
from apps.markets.adapters.parsed import MOST_BYTES
from apps.markets.choices import FeedKind
from apps.markets.models import MarketFeed, MarketFile
from apps.markets.services.files import take_file
from gridops.intake.addresses import FETCH_ERRORS, AddressRefused, fetch, resolver

ACCEPT = "application/xml, text/xml, text/csv, */*"
SECRET = "GRIDOPS_MARKET_SECRET_"  # noqa: S105  the name of a variable
_PLACE = re.compile(r"\{(\w*)\}")
_BACK, _AHEAD = timedelta(days=1), timedelta(days=2)


def ask_addresses(*, as_of: datetime) -> int:
    """How many feeds were asked."""
    feeds = MarketFeed.objects.filter(kind=FeedKind.URL, is_enabled=True).select_related("zone").order_by("pk")
    return len([ask(feed=feed, as_of=as_of) for feed in feeds if rules.must_ask(feed, as_of)])


def ask(*, feed: MarketFeed, as_of: datetime) -> MarketFile | None:
    feed.asked_at = as_of
    feed.save(update_fields=["asked_at"])
    listed = resolver(settings.MARKET_PRIVATE_HOSTS, "GRIDOPS_MARKET_HOSTS")
    try:
        url = filled(feed, as_of)
        content = fetch(url, resolver=listed, accept=ACCEPT, most_bytes=MOST_BYTES)
    except (AddressRefused, *FETCH_ERRORS) as error:
        feed.reason = f"Not fetched: {_without_secrets(str(error)) or type(error).__name__}"[:300]
        feed.save(update_fields=["reason"])
        return None
    return take_file(feed=feed, name=f"{feed.name} asked {as_of:%Y-%m-%d %H:%M:%S}", content=content, received_at=as_of)


def _without_secrets(text: str) -> str:
    for secret in settings.MARKET_SECRETS.values():
        text = text.replace(secret, "(secret)")
    return text


def filled(feed: MarketFeed, as_of: datetime) -> str:
    """The address with what stands for something. Raises AddressRefused."""
    clock = rules.clock_of(feed.zone) if feed.zone else ZoneInfo(settings.TIME_ZONE)
    today = datetime.combine(as_of.astimezone(clock).date(), datetime.min.time(), clock)

    def said(found: re.Match[str]) -> str:
        name = found[1]
        if name in ("from", "to"):
            day = today + (_AHEAD if name == "to" else -_BACK)  # by the local clock: whole days of delivery
            return f"{day.astimezone(UTC):%Y%m%d%H%M}"
        if f"{SECRET}{name.upper()}" not in settings.MARKET_SECRETS:
            raise AddressRefused(f"Nothing is known of {{{name}}}; set {SECRET}{name.upper()} in the environment.")
        return str(settings.MARKET_SECRETS[f"{SECRET}{name.upper()}"])

    return _PLACE.sub(said, feed.url)
