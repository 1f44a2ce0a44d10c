"""How the feeds are: what came last and what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q

from apps.markets.choices import FeedState, FileOutcome
from apps.markets.models import MarketFeed

WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FeedHealth:
    feed: MarketFeed
    state: FeedState
    taken: int  # files of the last seven days
    refused: int


def feeds_health(*, as_of: datetime) -> Sequence[FeedHealth]:
    recent = Q(files__received_at__gte=as_of - WITHIN)
    feeds = (
        MarketFeed.objects.select_related("zone")
        .order_by("name")
        .annotate(
            taken=Count("files", filter=recent & Q(files__outcome=FileOutcome.TAKEN)),
            refused=Count("files", filter=recent & Q(files__outcome=FileOutcome.REFUSED)),
        )
    )
    return [FeedHealth(feed, state_of(feed), feed.taken, feed.refused) for feed in feeds]


def state_of(feed: MarketFeed) -> FeedState:
    if not feed.is_enabled:
        return FeedState.OFF
    if feed.reason:
        return FeedState.FAILING
    if feed.heard_at is None:
        return FeedState.WAITING
    return FeedState.ARCHIVE if feed.is_archive else FeedState.WORKING
