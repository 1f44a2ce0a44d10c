"""The best open points and set-points of a study. It reads and writes the study and its own rows: nothing else.

A study reaches neither the field nor the live state, so nothing here may know proposals, orders or desks.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.optimization.adapters.optimum import Optimum
from apps.optimization.adapters.scene_optimum import Asked, optimised, study_scene
from apps.optimization.choices import STALE_AFTER, Aim, RunOutcome
from apps.optimization.models import StudyOptimum
from apps.optimization.selectors.runs import switches_under_load
from apps.state.adapters import ENGINE_VERSION
from apps.studies.adapters.base import Base
from apps.studies.choices import ChangeKind
from apps.studies.models import Study
from apps.studies.rules import Conflict, must_be_open
from apps.studies.selectors.documents import plain_changes
from apps.studies.selectors.places import place_of
from apps.studies.services.studies import add_change

KEPT = 30  # of one study; older ones can be asked for again
_CANNOT = (ValueError, ArithmeticError, np.linalg.LinAlgError)

Clock = Callable[[], datetime]


def begin(*, study_id: int, aim: Aim, most_switchings: int, by: User, as_of: datetime) -> StudyOptimum:
    """On the study as it stands now. Raises Conflict where it is archived, or another is under way on it."""
    study = Study.objects.defer("base").get(pk=study_id)
    must_be_open(study)
    _give_up_stale(study, as_of)
    try:
        with transaction.atomic():
            found = StudyOptimum.objects.create(
                study=study,
                aim=aim,
                most_switchings=most_switchings,
                changes=plain_changes(list(study.changes.all())),
                asked_by=by,
                asked_at=as_of,
                engine_version=ENGINE_VERSION,
            )
    except IntegrityError as taken:
        raise Conflict(
            "Another search is under way on this study. Its progress is shown; ask again after it."
        ) from taken
    old = StudyOptimum.objects.filter(study=study).values_list("pk", flat=True)[KEPT:]
    StudyOptimum.objects.filter(pk__in=list(old)).delete()
    return found


def carry_out(*, run_id: int, clock: Clock) -> StudyOptimum:
    """Done once: a second worker finds it begun."""
    run = StudyOptimum.objects.select_related("study__network_model").get(pk=run_id)
    if run.outcome != RunOutcome.QUEUED:
        return run
    begun = time.perf_counter()
    _keep(run, outcome=RunOutcome.RUNNING, stage="The study's power flow")
    try:
        found = _found(run)
        done = {"outcome": RunOutcome.DONE, "text": _sentence(found)[:400], "result": found.document()}
    except _CANNOT as fault:
        done = {"outcome": RunOutcome.FAILED, "text": f"It could not be worked out: {fault}"[:400]}
    except Exception as fault:
        _keep(run, outcome=RunOutcome.FAILED, text=f"It ended early: {fault}"[:400], finished_at=clock())
        raise
    _keep(run, **done, stage="", progress=1.0, finished_at=clock(), duration_ms=1000 * (time.perf_counter() - begun))
    return run


def give_up(*, run: StudyOptimum, reason: str, as_of: datetime) -> None:
    _keep(run, outcome=RunOutcome.FAILED, text=reason[:400], finished_at=as_of)


@transaction.atomic
def apply(*, run_id: int, by: User, as_of: datetime) -> StudyOptimum:
    """All of its moves as changes of the study, as if a person had entered them one by one; or none of them."""
    run = StudyOptimum.objects.select_for_update().get(pk=run_id)
    study = run.study = Study.objects.select_for_update(of=("self",)).defer("base").get(pk=run.study_id)
    _must_fit(run, plain_changes(list(study.changes.all())))
    for move in moves_of(run):
        add_change(study_id=study.pk, given=move["change"], by=by, as_of=as_of)
    _keep(run, applied_by=by, applied_at=as_of)
    return run


def moves_of(run: StudyOptimum) -> list[dict[str, Any]]:
    return [*run.result.get("switchings", ()), *run.result.get("set_points", ())]


def _must_fit(run: StudyOptimum, changes: list[dict[str, Any]]) -> None:
    if run.applied_at is not None:
        raise Conflict("These moves have been applied already. They are among the study's changes.")
    if run.outcome != RunOutcome.DONE or not moves_of(run):
        raise Conflict("There is nothing to apply: the search has found no moves. Its reason is shown.")
    if run.changes != changes:
        raise Conflict("The study has been changed since this was worked out. Ask again, and apply the new answer.")


def _found(run: StudyOptimum) -> Optimum:
    study = run.study
    steps = [(ChangeKind(change["kind"]), change["payload"]) for change in run.changes]
    scene = study_scene(Base.unpacked(bytes(study.base)), steps, place_of(study.network_model))
    operable = switches_under_load(study.network_model_id)
    asked = Asked(Aim(run.aim), run.most_switchings, operable, lambda *_: True, study.base_as_of)
    return optimised(scene, asked, partial(_tell, run))


def _tell(run: StudyOptimum, stage: str, share: float) -> None:
    _keep(run, stage=stage, progress=share)


def _sentence(found: Optimum) -> str:
    count, before, after = found.n_moves, found.before, found.set_points.after
    if not count:
        return f"Nothing better was found. {found.reason}"
    return (
        f"{count} move{'s' if count != 1 else ''}: losses {before.losses_kw:,.1f} to {after.losses_kw:,.1f} kW, "
        f"limits broken {before.violations} to {after.violations}."
    )


def _give_up_stale(study: Study, as_of: datetime) -> None:
    rows = StudyOptimum.objects.unfinished().filter(study=study, asked_at__lt=as_of - STALE_AFTER)
    rows.update(outcome=RunOutcome.FAILED, text="Its worker did not end it.", finished_at=as_of)


def _keep(run: StudyOptimum, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(run, name, value)
    run.save(update_fields=list(fields))
