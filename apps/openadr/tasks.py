from celery import shared_task
from django.utils import timezone

from apps.openadr.services import clients, dead_letters
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_expired() -> None:
    clients.forget_expired(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_deliveries() -> int:
    return dead_letters.delete_old(as_of=timezone.now())
