"""What people do with deliveries that were given up."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts import acts
from apps.accounts.models import User
from apps.openadr.choices import DeliveryStatus
from apps.openadr.models import Delivery, Notification

DELIVERED_DAYS, DEAD_DAYS = 7, 90


class Act(Protocol):
    def __call__(self, *, delivery_ids: Collection[int], by: User, as_of: datetime) -> int: ...


@transaction.atomic
def send_again(*, delivery_ids: Collection[int], by: User, as_of: datetime) -> int:
    """How many: those that are still given up, of subscriptions that still stand."""
    rows = _dead(delivery_ids).filter(subscription__withdrawn_at__isnull=True)
    keys = list(rows.values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=keys).update(status=DeliveryStatus.PENDING, attempts=0, next_attempt_at=as_of)
    return _told("openadr.delivery.again", keys, by, as_of)


@transaction.atomic
def forget(*, delivery_ids: Collection[int], by: User, as_of: datetime) -> int:
    keys = list(_dead(delivery_ids).values_list("pk", flat=True))
    Delivery.objects.filter(pk__in=keys).update(status=DeliveryStatus.FORGOTTEN)
    return _told("openadr.delivery.forgotten", keys, by, as_of)


def delete_old(*, as_of: datetime) -> int:
    """Rows that nobody needs: delivered and forgotten ones, dead ones after a season, and notices without any."""
    done = Delivery.objects.filter(status__in=(DeliveryStatus.DELIVERED, DeliveryStatus.FORGOTTEN))
    count = done.filter(next_attempt_at__lt=as_of - timedelta(days=DELIVERED_DAYS)).delete()[0]
    dead = Delivery.objects.filter(status=DeliveryStatus.DEAD)
    count += dead.filter(next_attempt_at__lt=as_of - timedelta(days=DEAD_DAYS)).delete()[0]
    told = Notification.objects.filter(fanned_out_at__isnull=False, deliveries__isnull=True)
    old = told.filter(recorded_at__lt=as_of - timedelta(days=DELIVERED_DAYS))
    return count + old.delete()[0]


def _dead(delivery_ids: Collection[int]) -> "QuerySet[Delivery]":
    return Delivery.objects.select_for_update(of=("self",)).filter(pk__in=delivery_ids, status=DeliveryStatus.DEAD)


def _told(action: str, keys: list[int], by: User, as_of: datetime) -> int:
    if keys:
        target = f"{len(keys)} webhooks that were given up" if len(keys) > 1 else f"webhook {keys[0]} that was given up"
        acts.record(actor=by, action=action, target=target, detail={"deliveries": keys[:1000]}, at=as_of)
    return len(keys)
