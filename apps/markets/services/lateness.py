"""Day-ahead prices that are not there when they should be are one alarm a zone."""

from datetime import datetime

from django.db import transaction

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.alarms.selectors import standing_sources
from apps.markets import rules
from apps.markets.choices import DayState
from apps.markets.models import BiddingZone
from apps.markets.selectors.days import DeliveryDay, delivery_day
from apps.markets.selectors.expected import FALLBACK

PREFIX = "markets/zone/"


@transaction.atomic
def watch_zones(*, as_of: datetime) -> int:
    """How many zones lack prices that are due."""
    days = [_due(zone, as_of) for zone in BiddingZone.objects.filter(is_watched=True).order_by("pk")]
    late = {f"{PREFIX}{day.zone.pk}": day for day in days if day.state == DayState.LATE}
    told = {source for source, _ in standing_sources([Condition.PRICES_LATE]) if source.startswith(PREFIX)}
    if over := told - set(late):
        alarms.end_alarms(ends=[alarms.AlarmEnd(source, Condition.PRICES_LATE, as_of) for source in sorted(over)])
    if new := sorted(set(late) - told):
        alarms.raise_alarms(facts=[_fact(source, late[source], as_of) for source in new])
    return len(late)


def _due(zone: BiddingZone, as_of: datetime) -> DeliveryDay:
    return delivery_day(zone=zone, day=rules.due_day(zone, as_of), as_of=as_of)


def _fact(source: str, late: DeliveryDay, at: datetime) -> alarms.AlarmFact:
    return alarms.AlarmFact(
        source=source,
        condition=Condition.PRICES_LATE,
        priority=Priority.LOW,
        equipment_name=f"Prices of {late.zone}"[:200],
        message=(
            f"Day-ahead prices of {late.zone} for {late.day} are not all there: {late.missing} of "
            f"{late.prices.span.steps} quarter hours missing. Until then: {FALLBACK}."
        )[:200],
        at=at,
    )
