"""Webhooks on their way: made from the outbox, taken by a sender, ended or tried again. All of it in Postgres."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from apps.openadr.choices import DeliveryStatus
from apps.openadr.models import Delivery, Notification
from apps.openadr.rules import retries
from apps.openadr.rules.notices import message_of
from apps.openadr.selectors.audience import bearer_token, callbacks_of

NOTICES_AT_ONCE, ROWS_AT_ONCE = 20, 2000
# Longer than any call takes: a sender that died with a delivery in hand has lost it after this.
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Call:
    """What a sender needs to know, and no row."""

    delivery_id: int
    subscription_id: int
    url: str
    token: str
    body: bytes
    attempts: int


@dataclass(frozen=True, slots=True)
class Answer:
    call: Call
    status_code: int | None
    error: str

    @property
    def is_taken(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300


@transaction.atomic
def fan_out(*, as_of: datetime) -> int:
    """How many notifications have got their deliveries. Each is fanned out once, in the order of the outbox."""
    waiting = Notification.objects.filter(fanned_out_at__isnull=True).order_by("pk")
    notices = list(waiting.select_for_update(skip_locked=True)[:NOTICES_AT_ONCE])
    rows = (
        Delivery(
            notification=notice,
            subscription_id=callback.subscription_id,
            callback_url=callback.url,
            next_attempt_at=as_of,
        )
        for notice in notices
        for callback in callbacks_of(notice)
    )
    Delivery.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
    Notification.objects.filter(pk__in=[notice.pk for notice in notices]).update(fanned_out_at=as_of)
    return len(notices)


@transaction.atomic
def take(*, most: int, as_of: datetime) -> list[Call]:
    """Those to be called now: of each subscription only the oldest that is open, so that order is kept."""
    pending = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    # A first key is looked up row by row; an anti-join would read all that is pending in every round.
    first = pending.filter(subscription_id=OuterRef("subscription_id")).order_by("pk").values("pk")[:1]
    due = pending.filter(pk=Subquery(first), next_attempt_at__lte=as_of).order_by("pk")
    rows = list(
        due.select_related("notification", "subscription").select_for_update(of=("self",), skip_locked=True)[:most]
    )
    taken = Delivery.objects.filter(pk__in=[row.pk for row in rows])
    taken.update(attempts=F("attempts") + 1, next_attempt_at=as_of + LEASE)
    return [_call(row) for row in rows]


def _call(row: Delivery) -> Call:
    token = bearer_token(row.subscription, row.callback_url)
    return Call(row.pk, row.subscription_id, row.callback_url, token, message_of(row.notification), row.attempts + 1)


@transaction.atomic
def finish(answers: Sequence[Answer], *, as_of: datetime) -> int:
    """How many were given up."""
    open_rows = Delivery.objects.filter(status=DeliveryStatus.PENDING)
    taken: dict[int | None, list[int]] = defaultdict(list)
    for answer in answers:
        if answer.is_taken:
            taken[answer.status_code].append(answer.call.delivery_id)
    for code, keys in taken.items():
        open_rows.filter(pk__in=keys).update(
            status=DeliveryStatus.DELIVERED, delivered_at=as_of, last_status_code=code, last_error=""
        )
    return sum(_failed(answer, as_of) for answer in answers if not answer.is_taken)


def _failed(answer: Answer, as_of: datetime) -> int:
    call, said = answer.call, {"last_status_code": answer.status_code, "last_error": answer.error[:400]}
    row = Delivery.objects.filter(pk=call.delivery_id, status=DeliveryStatus.PENDING)
    if not retries.is_over(attempts=call.attempts, status_code=answer.status_code):
        draw = random.random()  # noqa: S311  no secret, only a scatter
        row.update(next_attempt_at=as_of + retries.pause(attempts=call.attempts, draw=draw), **said)
        return 0
    given_up = row.update(status=DeliveryStatus.DEAD, **said)
    behind = Delivery.objects.filter(
        subscription_id=call.subscription_id, status=DeliveryStatus.PENDING, callback_url=call.url
    )
    reason = f"Not tried: one before it was given up ({answer.error})"[:400]
    return given_up + behind.update(status=DeliveryStatus.DEAD, last_error=reason)
