import os
import socket

from celery import shared_task
from django.utils import timezone

from apps.impact.services.arm_keeping import keep_runs
from apps.impact.services.arm_playing import play_run
from apps.impact.services.cycles import forget_cycles as forget_old_cycles
from apps.impact.services.cycles import gather_cycles as gather_due_cycles
from gridops.queues import Queues

LONGEST_RUN_S = 7 * 86_400


# Taken from the queue at once: whether its worker lives is told by the beats of the run, not by the queue.
@shared_task(queue=Queues.STUDIES, acks_late=False, time_limit=LONGEST_RUN_S)
def play_arm(run_id: int) -> str:
    run = play_run(run_id=run_id, worker=f"{socket.gethostname()}:{os.getpid()}", clock=timezone.now)
    return str(run.state) if run else ""


@shared_task(queue=Queues.HOUSEKEEPING)
def keep_arm_runs() -> int:
    wanted = keep_runs(as_of=timezone.now())
    for run_id in wanted:
        play_arm.delay(run_id)
    return len(wanted)


@shared_task(queue=Queues.HOUSEKEEPING)
def gather_cycles() -> int:
    return gather_due_cycles(as_of=timezone.now())


@shared_task(queue=Queues.HOUSEKEEPING)
def forget_cycles() -> int:
    return forget_old_cycles(as_of=timezone.now())
