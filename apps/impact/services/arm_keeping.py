"""A worker may be lost with its run, and the queue with its messages: here both are noticed and mended."""

from datetime import datetime

from django.db import transaction

from apps.impact.choices.study import MOST_TRIES, UNFINISHED_STUDIES, RunState
from apps.impact.models import ArmRun, Study
from apps.impact.selectors.arm_runs import forgotten_runs
from apps.impact.services.study_judging import judge_where_played
from apps.impact.services.study_telling import tell_of_run

LOST = "Its worker fell silent."


def keep_runs(*, as_of: datetime) -> list[int]:
    """The runs that have to be sent to workers, again."""
    lost = [_take_back(run, as_of) for run in ArmRun.objects.lost(as_of).select_related("tape")]
    for study_id in Study.objects.filter(state__in=UNFINISHED_STUDIES).values_list("pk", flat=True):
        judge_where_played(study_id=study_id, as_of=as_of)
    wanted = [pk for pk in lost if pk is not None] or forgotten_runs(as_of)
    ArmRun.objects.filter(pk__in=wanted).update(sent_at=as_of)
    return wanted


@transaction.atomic
def _take_back(run: ArmRun, as_of: datetime) -> int | None:
    """None: it has moved since, or was tried often enough."""
    again = run.tries < MOST_TRIES
    fields = {"state": RunState.QUEUED, "text": LOST} if again else _given_up(run, as_of)
    silent = ArmRun.objects.filter(pk=run.pk, state=RunState.RUNNING, tries=run.tries, heard_at=run.heard_at)
    if not silent.update(**fields):
        return None
    tell_of_run(run, "lost")
    return run.pk if again else None


def _given_up(run: ArmRun, as_of: datetime) -> dict[str, object]:
    text = f"Its worker fell silent {run.tries} times; it is not tried again."
    return {"state": RunState.FAILED, "text": text, "finished_at": as_of}
