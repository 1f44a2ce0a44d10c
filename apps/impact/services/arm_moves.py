"""Every step in the life of a run, each by one row that must still be as its worker left it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.impact.adapters.arm_process import Told
from apps.impact.choices.study import LONGEST_STUDY_TEXT, TELL_EVERY, RunState, StudyState
from apps.impact.models import ArmRecord, ArmRun, Study, StudyTape
from apps.impact.services.study_telling import tell_of_run, tell_of_study

WALLS = {"wall_total_s": "total", "wall_plant_s": "plant", "wall_services_s": "services", "wall_solvers_s": "solvers"}


class RunLost(Exception):
    """It is no longer this worker's: another took it, or its study was called off."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the replay wrote."""

    document: Mapping[str, Any]
    arrays: bytes
    repeats: ArmRun | None = None


@transaction.atomic
def take_run(*, run_id: int, worker: str, as_of: datetime) -> ArmRun | None:
    """None: somebody else has it, or nobody wants it any more."""
    waiting = ArmRun.objects.wanted().filter(pk=run_id, state=RunState.QUEUED)
    run = waiting.select_related("tape__study").select_for_update(of=("self",), skip_locked=True).first()
    if run is None:
        return None
    run.state, run.worker, run.began_at, run.heard_at = RunState.RUNNING, worker, as_of, as_of
    run.tries, run.progress, run.text = run.tries + 1, 0.0, ""
    run.save(update_fields=["state", "worker", "began_at", "heard_at", "tries", "progress", "text"])
    study = run.tape.study
    if Study.objects.filter(pk=study.pk, state=StudyState.QUEUED).update(state=StudyState.RUNNING):
        tell_of_study(study, "begun")
    tell_of_run(run, "begun")
    return run


@transaction.atomic
def seal_tape(*, tape: StudyTape, tape_hash: str, document: Mapping[str, Any], begin_at: datetime) -> None:
    """The first to seal it wins; a second worker made the same tape from the same seed."""
    StudyTape.objects.filter(pk=tape.pk, tape_hash="").update(
        tape_hash=tape_hash, document=dict(document), begin_at=begin_at
    )
    tape.refresh_from_db(fields=["tape_hash", "document", "begin_at"])


@transaction.atomic
def hear_of_run(*, run: ArmRun, told: Told | None, as_of: datetime) -> None:
    """A beat, with progress if there is some. Raises RunLost."""
    progress = run.progress if told is None else told.done
    _moved(run, RunState.RUNNING, heard_at=as_of, progress=progress)
    if progress // TELL_EVERY > run.progress // TELL_EVERY:
        tell_of_run(run, "progress")
    run.progress = progress


@transaction.atomic
def finish_run(*, run: ArmRun, result: Result, as_of: datetime) -> None:
    """With its record. Raises RunLost."""
    document = result.document
    walls = document.get("wall_s", {})
    _moved(
        run,
        RunState.DONE,
        progress=1.0,
        finished_at=as_of,
        repeats=result.repeats,
        code_version=document["code_version"],
        figures=document["figures"],
        checks=document.get("checks", {}),
        acts=document.get("acts", []),
        **{field: walls.get(name) for field, name in WALLS.items()},
    )
    ArmRecord.objects.create(run=run, arrays=result.arrays, document=dict(document))
    tell_of_run(run, "done")


@transaction.atomic
def fail_run(*, run: ArmRun, reason: str, as_of: datetime) -> None:
    """Raises RunLost."""
    _moved(run, RunState.FAILED, text=reason[:LONGEST_STUDY_TEXT], finished_at=as_of)
    tell_of_run(run, "failed")


def _moved(run: ArmRun, state: RunState, **fields: Any) -> None:
    mine = ArmRun.objects.filter(pk=run.pk, state=RunState.RUNNING, tries=run.tries, worker=run.worker)
    if not mine.update(state=state, **fields):
        raise RunLost(f"Run {run.pk} is no longer this worker's.")
