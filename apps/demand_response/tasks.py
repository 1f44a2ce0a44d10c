from celery import Task, shared_task
from django.utils import timezone

from apps.accounts.models import User
from apps.demand_response.models import ImportRun
from apps.demand_response.services import (
    credentials,
    evaluations,
    field_call,
    import_runs,
    keeping,
    meter_folder,
    opportunities,
    progress,
    strategies,
)
from gridops.queues import Queues


@shared_task(queue=Queues.HOUSEKEEPING)
def check_import(run_id: int) -> str:
    return import_runs.check_run(run=ImportRun.objects.get(pk=run_id), as_of=timezone.now()).state


@shared_task(queue=Queues.PIPELINES)
def do_import(run_id: int) -> str:
    return import_runs.do_import(run=ImportRun.objects.get(pk=run_id), as_of=timezone.now()).state


@shared_task(queue=Queues.HOUSEKEEPING)
def read_meter_folder() -> int:
    return meter_folder.read_meter_folder(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def match_resources() -> int:
    return credentials.match_resources()


@shared_task(queue=Queues.HOUSEKEEPING)
def keep_promises() -> int:
    return keeping.keep_promises(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_for_opportunities() -> str:
    return opportunities.look(as_of=timezone.now()).outcome


@shared_task(queue=Queues.PIPELINES)
def work_out_strategy(strategy_id: int) -> str:
    found = strategies.work_out(strategy_id=strategy_id, as_of=timezone.now())
    return found.status if found else "another worker has it"


@shared_task(queue=Queues.PIPELINES)
def work_out_strategies() -> int:
    return strategies.work_out_waiting(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def follow_reports() -> int:
    return progress.follow_reports(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_looks() -> int:
    return opportunities.forget_looks(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def evaluate_due() -> int:
    return evaluations.evaluate_due(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def work_out(evaluation_id: int) -> str:
    return evaluations.work_out(evaluation_id=evaluation_id, as_of=timezone.now()).status


@shared_task(bind=True, queue=Queues.PIPELINES, max_retries=20, default_retry_delay=60)
def ask_first_call(self: "Task[..., str]", manager: str, approver: str) -> str:
    """Of a fresh demo: as soon as there is a state and a forecast to check it by."""
    people = {one.username: one for one in User.objects.filter(username__in=(manager, approver))}
    told = field_call.ask_first_call(manager=people[manager], approver=people[approver], as_of=timezone.now())
    if told in (field_call.MADE, field_call.THERE) or self.request.retries >= (self.max_retries or 0):
        return told
    raise self.retry()
