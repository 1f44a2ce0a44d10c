from celery import shared_task
from django.utils import timezone

from apps.storage.services import cases, lifespans, offering, planning, rounds, today
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def look() -> int:
    return rounds.look(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def plan_hours() -> int:
    return rounds.plan_hours(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def plan_one(plant_id: int, horizon: str) -> int:
    return rounds.plan_one(plant_id=plant_id, horizon=horizon, as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def plan_tomorrow() -> int:
    return rounds.plan_tomorrow(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def tell_day() -> int:
    return today.tell_day(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def look_back() -> int:
    return rounds.look_back(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def work_out_lifespans() -> int:
    return lifespans.work_out_due(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def work_out_lifespan(plant_id: int, end_of_life: float) -> int:
    return lifespans.work_out_one(plant_id=plant_id, end_of_life=end_of_life, as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def work_out_cases() -> int:
    return cases.work_out_waiting(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_lifespans() -> int:
    return lifespans.forget_lifespans(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_schedules() -> int:
    return planning.forget_schedules(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def tell_market() -> int:
    return offering.tell_market(as_of=timezone.now())
