from celery import shared_task
from django.utils import timezone

from apps.dispatch.services.hours_ahead import thin_hours_ahead
from apps.optimization.choices import RunTrigger
from apps.optimization.services import hours_ahead, runs, study_optima
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def look() -> int | None:
    """Only where five minutes are over or a limit is newly broken; asked often, and cheap."""
    run = runs.begin_if_due(as_of=timezone.now())
    if run is not None and run.trigger == RunTrigger.VIOLATION:
        hours_ahead_now.delay()
    return runs.carry_out(run_id=run.pk, clock=timezone.now).pk if run else None


@shared_task(queue=Queues.PIPELINES)
def carry_out(run_id: int) -> str:
    return str(runs.carry_out(run_id=run_id, clock=timezone.now).outcome)


@shared_task(queue=Queues.PIPELINES)
def best_of_study(run_id: int) -> str:
    return str(study_optima.carry_out(run_id=run_id, clock=timezone.now).outcome)


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_runs() -> int:
    return runs.forget_runs(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def hours_ahead_now() -> str:
    return str(hours_ahead.work_out(clock=timezone.now).outcome)


@shared_task(queue=Queues.HOUSEKEEPING)
def thin_hours() -> int:
    return thin_hours_ahead(as_of=timezone.now())
