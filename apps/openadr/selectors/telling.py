"""How it stands with what subscribers are to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Max, Min

from apps.openadr.choices import DeliveryStatus
from apps.openadr.models import Delivery, Notification, Subscription
from apps.openadr.rules.retries import NEWS

MOST = 200


@dataclass(frozen=True, slots=True)
class Telling:
    subscriptions: int
    is_broker_named: bool
    to_publish: int
    pending: int
    oldest_pending_s: float | None
    delivered_last_hour: int
    last_delivered_at: datetime | None
    given_up: int
    dead: Sequence[Delivery]


def telling(*, as_of: datetime) -> Telling:
    rows = Delivery.objects.all()
    pending = rows.filter(status=DeliveryStatus.PENDING)
    delivered = rows.filter(status=DeliveryStatus.DELIVERED)
    dead = rows.filter(status=DeliveryStatus.DEAD)
    unheard = Notification.objects.filter(published_at__isnull=True, recorded_at__gt=as_of - NEWS)
    oldest = pending.aggregate(at=Min("notification__recorded_at"))["at"]
    is_broker_named = bool(settings.OPENADR_MQTT_BROKER)
    return Telling(
        subscriptions=Subscription.objects.standing().count(),
        is_broker_named=is_broker_named,
        to_publish=unheard.count() if is_broker_named else 0,
        pending=pending.count(),
        oldest_pending_s=None if oldest is None else (as_of - oldest).total_seconds(),
        delivered_last_hour=delivered.filter(delivered_at__gt=as_of - timedelta(hours=1)).count(),
        last_delivered_at=delivered.aggregate(at=Max("delivered_at"))["at"],
        given_up=dead.count(),
        dead=list(dead.select_related("notification", "subscription").order_by("-pk")[:MOST]),
    )
