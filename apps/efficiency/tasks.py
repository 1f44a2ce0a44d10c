from celery import shared_task
from django.utils import timezone

from apps.efficiency.services import cvr_running, cvr_scoring
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def run_voltage_experiments() -> int:
    return cvr_running.run_experiments(clock=timezone.now)


@shared_task(queue=Queues.PIPELINES)
def score_voltage_experiments() -> int:
    return cvr_scoring.score_experiments(as_of=timezone.now())
