from celery import shared_task
from django.utils import timezone

from apps.studies.services import runs
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def carry_out(run_id: int) -> str:
    return str(runs.carry_out(run_id=run_id, clock=timezone.now).outcome)
