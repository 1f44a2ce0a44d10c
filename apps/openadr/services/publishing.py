"""The outbox on its way to topics."""

from datetime import datetime

from apps.openadr.models import Notification
from apps.openadr.rules.retries import NEWS

AT_ONCE = 50


def to_publish(*, as_of: datetime) -> list[Notification]:
    fresh = Notification.objects.filter(published_at__isnull=True, recorded_at__gt=as_of - NEWS)
    return list(fresh.select_related("program", "ven").order_by("pk")[:AT_ONCE])


def published(*, notice: Notification, as_of: datetime) -> None:
    Notification.objects.filter(pk=notice.pk, published_at__isnull=True).update(published_at=as_of)
