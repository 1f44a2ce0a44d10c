from celery import shared_task
from django.utils import timezone

from apps.optimization.services import runs
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def look() -> int | None:
    """Only where five minutes are over or a limit is newly broken; asked often, and cheap."""
    run = runs.begin_if_due(as_of=timezone.now())
    return runs.carry_out(run_id=run.pk, clock=timezone.now).pk if run else None


@shared_task(queue=Queues.PIPELINES)
def carry_out(run_id: int) -> str:
    return str(runs.carry_out(run_id=run_id, clock=timezone.now).outcome)


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_runs() -> int:
    return runs.forget_runs(as_of=timezone.now())
