"""A feed that is late is one alarm."""

from datetime import datetime

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.weather import rules
from apps.weather.models import Feed

PREFIX = "weather/"


@transaction.atomic
def watch_feeds(*, as_of: datetime) -> int:
    """How many feeds are late."""
    late = {f"{PREFIX}{feed.pk}": feed for feed in Feed.objects.order_by("pk") if rules.is_late(feed, as_of)}
    told = {source for source, _ in standing_sources([Condition.WEATHER_LATE]) if source.startswith(PREFIX)}
    if over := told - set(late):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.WEATHER_LATE, as_of) for source in sorted(over)])
    if new := sorted(set(late) - told):
        alarms.raise_alarms(facts=[_fact(source, late[source], as_of) for source in new])
    return len(late)


def _fact(source: str, feed: Feed, at: datetime) -> alarms.AlarmFact:
    since = f"nothing since {feed.heard_at:%Y-%m-%d %H:%M} UTC" if feed.heard_at else "nothing came yet"
    return alarms.AlarmFact(
        source=source,
        condition=Condition.WEATHER_LATE,
        priority=Priority.LOW,
        equipment_name=f"Weather feed {feed.name}"[:200],
        message=f"Weather feed {feed.name} is late: {since}. {feed.reason}".strip()[:200],
        at=at,
    )
