from celery import shared_task
from django.utils import timezone

from apps.forecasts.services import rounds
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def begin() -> int | None:
    """After a start."""
    run = rounds.begin(as_of=timezone.now())
    return run.pk if run else None


@shared_task(queue=Queues.PIPELINES)
def issue() -> int | None:
    run = rounds.quarter(as_of=timezone.now())
    return run.pk if run else None


@shared_task(queue=Queues.PIPELINES)
def week() -> int | None:
    run = rounds.week(as_of=timezone.now())
    return run.pk if run else None


@shared_task(queue=Queues.PIPELINES)
def examine() -> int:
    return rounds.hour(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def train() -> int | None:
    """Each night, after what was forecast of the day before is scored."""
    model = rounds.day(as_of=timezone.now())
    return model.pk if model else None
