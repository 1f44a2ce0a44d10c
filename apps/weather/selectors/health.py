"""How the feeds are: what came last, what is due, what was refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q

from apps.weather import rules
from apps.weather.choices import FeedState, FileOutcome
from apps.weather.models import Feed, WeatherRun

REFUSED_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class FeedHealth:
    feed: Feed
    state: FeedState
    next_due_at: datetime | None
    newest_issue_at: datetime | None  # of the feed's provider and model
    taken: int  # files of the last seven days
    refused: int


def feeds_health(*, as_of: datetime) -> Sequence[FeedHealth]:
    recent = Q(files__received_at__gte=as_of - REFUSED_WITHIN)
    feeds = Feed.objects.order_by("name").annotate(
        taken=Count("files", filter=recent & Q(files__outcome=FileOutcome.TAKEN)),
        refused=Count("files", filter=recent & Q(files__outcome=FileOutcome.REFUSED)),
    )
    newest = {
        (provider, model, kind): at
        for provider, model, kind, at in WeatherRun.objects.values_list("provider", "model", "data_kind").annotate(
            Max("issued_at")
        )
    }
    return [
        FeedHealth(
            feed=feed,
            state=state_of(feed, as_of),
            next_due_at=rules.next_due(feed),
            newest_issue_at=newest.get((feed.provider, feed.model, feed.data_kind)),
            taken=feed.taken,
            refused=feed.refused,
        )
        for feed in feeds
    ]


def state_of(feed: Feed, as_of: datetime) -> FeedState:
    if not feed.is_enabled:
        return FeedState.OFF
    if rules.is_late(feed, as_of):
        return FeedState.LATE
    if feed.heard_at is None:
        return FeedState.WAITING
    return FeedState.ARCHIVE if feed.is_archive else FeedState.ON_TIME
