from celery import shared_task
from django.utils import timezone

from apps.microgrids.services import readiness, scheduling, scheduling_scores
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def assess_readiness() -> int:
    return readiness.assess_all(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_readiness() -> int:
    return readiness.forget_readiness(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def schedule_microgrids() -> int:
    return scheduling.schedule_all(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def score_schedules() -> int:
    return scheduling_scores.score_schedules(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_schedules() -> int:
    return scheduling.forget_schedules(as_of=timezone.now())
