"""A study that was played in a folder, kept as rows: from then on it is on the page like any other."""

from datetime import datetime

from django.db import transaction

from apps.impact.adapters.study_folder import TAPE, Played, PlayedStudy, arrays_of
from apps.impact.choices.study import LONGEST_STUDY_TEXT
from apps.impact.models import ArmRun, Study, StudyTape
from apps.impact.selectors.arm_runs import play_of
from apps.impact.services.arm_moves import Result, fail_run, finish_run, seal_tape, take_run
from apps.impact.services.study_asking import ask_for_study
from apps.impact.services.study_judging import judge_where_played

FOLDER = "folder"  # who played it, in place of a worker


@transaction.atomic
def keep_played_study(*, played: PlayedStudy, as_of: datetime) -> Study:
    """Raises TermsRefused, StudyUnderWay."""
    study = ask_for_study(terms=played.terms, by=None, as_of=as_of)
    for tape in StudyTape.objects.filter(study=study):
        found = next((one for one in played.tapes if one.seed == tape.seed), None)
        if found is not None:
            begin_at = datetime.fromisoformat(found.document["begin"])
            seal_tape(tape=tape, tape_hash=found.tape_hash, document=found.document, begin_at=begin_at)
    results = {_key(one): one for one in played.played}
    faults = {(one.seed, one.label): one.reason for one in played.failed}
    for row in ArmRun.objects.filter(tape__study=study).select_related("tape"):
        _keep(row, results.get((row.tape.seed, row.arm, row.without, row.purpose)), faults, as_of)
    judge_where_played(study_id=study.pk, as_of=as_of)
    study.refresh_from_db()
    return study


def _keep(row: ArmRun, found: Played | None, faults: dict[tuple[int, str], str], as_of: datetime) -> None:
    run = take_run(run_id=row.pk, worker=FOLDER, as_of=as_of)
    if run is None:
        return
    if found is not None:
        finish_run(run=run, result=Result(found.document, arrays_of(found)), as_of=as_of)
    else:
        named = (faults.get((row.tape.seed, label)) for label in (play_of(row).label, TAPE))
        reason = next((text for text in named if text), "It was not played.")
        fail_run(run=run, reason=reason[:LONGEST_STUDY_TEXT], as_of=as_of)


def _key(one: Played) -> tuple[int, str, str, str]:
    return one.tape.seed, str(one.play.arm), one.play.without, str(one.play.purpose)
