"""Runs of arms: what each is, whether another has its result already."""

from datetime import datetime, timedelta

from apps.impact.choices.study import Arm, Purpose, RunState
from apps.impact.models import ArmRun
from apps.impact.rules.study_plan import Play

FORGOTTEN_AFTER = timedelta(minutes=5)  # the queue is thought to have lost its messages


def play_of(run: ArmRun) -> Play:
    return Play(run.tape.position, Arm(run.arm), run.without, Purpose(run.purpose), run.shuffle_after_h)


def same_run_done(run: ArmRun, code_version: str) -> ArmRun | None:
    """Of the same tape by the same program: it would come to the same."""
    done = ArmRun.objects.filter(
        state=RunState.DONE,
        tape__tape_hash=run.tape.tape_hash,
        code_version=code_version,
        arm=run.arm,
        without=run.without,
        purpose=run.purpose,
        shuffle_after_h=run.shuffle_after_h,
        record__isnull=False,
    )
    return done.select_related("record").first()


def forgotten_runs(as_of: datetime) -> list[int]:
    """Runs that wait while nobody plays and nothing was sent of late: their messages went with the queue."""
    if ArmRun.objects.filter(state=RunState.RUNNING).exists():
        return []
    waiting = ArmRun.objects.wanted().filter(state=RunState.QUEUED)
    if waiting.filter(sent_at__gte=as_of - FORGOTTEN_AFTER).exists():
        return []
    return list(waiting.values_list("pk", flat=True))
