from celery import shared_task
from django.utils import timezone

from apps.telemetry.services import ordering, push, retention, rollup, rollup_ordering, state_changes, storage
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def roll_up() -> int:
    return rollup.roll_up(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def keep_partitions() -> list[str]:
    now = timezone.now()
    state_changes.forget_changes(as_of=now)
    return retention.keep_partitions(as_of=now)


@shared_task(queue=Queues.HOUSEKEEPING)
def read_storage() -> None:
    storage.read_storage(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def order_closed_days() -> list[str]:
    now = timezone.now()
    return rollup_ordering.order_closed_rollups(as_of=now) + ordering.order_closed_days(as_of=now)


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_receipts() -> int:
    return push.forget_receipts(as_of=timezone.now())
