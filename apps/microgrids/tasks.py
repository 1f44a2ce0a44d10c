from celery import shared_task
from django.utils import timezone

from apps.microgrids.services import readiness
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def assess_readiness() -> int:
    return readiness.assess_all(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_readiness() -> int:
    return readiness.forget_readiness(as_of=timezone.now())
