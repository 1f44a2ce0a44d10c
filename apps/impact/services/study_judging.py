"""Once nothing of a study is left to play, the engine judges it."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.impact.adapters.claim_judging import NotJudged, judged
from apps.impact.choices.study import UNFINISHED_RUNS, UNFINISHED_STUDIES, ClaimVerdict, RunState, StudyState
from apps.impact.models import ArmRecord, ArmRun, ClaimResult, Study
from apps.impact.services.study_telling import tell_of_study

GAINS = ("gain", "gain_low", "gain_high")


@transaction.atomic
def judge_where_played(*, study_id: int, as_of: datetime) -> bool:
    """True: it was judged now. Of two workers that end the last runs at once, one does it."""
    study = Study.objects.select_for_update().get(pk=study_id)
    runs = ArmRun.objects.filter(tape__study=study)
    if study.state not in UNFINISHED_STUDIES or runs.filter(state__in=UNFINISHED_RUNS).exists():
        return False
    failed = list(runs.filter(state=RunState.FAILED))
    try:
        judgement = judged(ArmRecord.objects.filter(run__in=runs).values_list("document", flat=True).order_by("run_id"))
    except NotJudged as fault:
        _end(study, StudyState.FAILED, str(fault), as_of)
        return False
    if not runs.filter(state=RunState.DONE).exists():
        _end(study, StudyState.FAILED, _failed_words(failed), as_of)
        return False
    study.judgement, study.is_valid = judgement, judgement["is_valid"]
    ClaimResult.objects.bulk_create(_claim(study, place, claim) for place, claim in enumerate(judgement["claims"]))
    _end(study, StudyState.DONE, _words(judgement, failed), as_of)
    return True


def _end(study: Study, state: StudyState, text: str, as_of: datetime) -> None:
    study.state, study.text, study.finished_at = state, text[:500], as_of
    study.save(update_fields=["state", "text", "finished_at", "judgement", "is_valid"])
    tell_of_study(study, str(state))


def _claim(study: Study, place: int, claim: dict[str, Any]) -> ClaimResult:
    gains = {} if claim["verdict"] == ClaimVerdict.VOID else {name: claim[name] for name in GAINS}
    return ClaimResult(
        study=study, position=place, claim=claim["key"], verdict=claim["verdict"], document=claim, **gains
    )


def _words(judgement: dict[str, Any], failed: list[ArmRun]) -> str:
    wrong = [check["words"] for check in judgement["checks"].values() if not check["ok"]]
    said = "Every check holds." if not wrong else f"It says nothing: {' '.join(wrong)}"
    return f"{said} {_failed_words(failed)}".strip()


def _failed_words(failed: list[ArmRun]) -> str:
    return f"{len(failed)} runs failed, the first because: {failed[0].text}" if failed else ""
