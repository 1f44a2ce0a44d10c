from celery import shared_task
from django.utils import timezone

from apps.efficiency.services import cvr_running, cvr_scoring, loss_suspects, losses, program_savings, program_sites
from gridops.queues import Queues


@shared_task(queue=Queues.PIPELINES)
def run_voltage_experiments() -> int:
    return cvr_running.run_experiments(clock=timezone.now)


@shared_task(queue=Queues.PIPELINES)
def score_voltage_experiments() -> int:
    return cvr_scoring.score_experiments(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def work_out_losses() -> int:
    return len(losses.work_out_due(clock=timezone.now))


@shared_task(queue=Queues.PIPELINES)
def look_for_loss_suspects() -> int:
    return len(loss_suspects.look_for_suspects(as_of=timezone.now()))


@shared_task(queue=Queues.PIPELINES)
def verify_measure(enrolment_id: int) -> bool:
    return program_savings.carry_out_verification(enrolment_id=enrolment_id, as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def verify_asked() -> int:
    return program_savings.carry_out_asked(as_of=timezone.now())


@shared_task(queue=Queues.PIPELINES)
def follow_meters() -> int:
    return program_sites.follow_meters(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_losses() -> int:
    return losses.forget_old(as_of=timezone.now())
