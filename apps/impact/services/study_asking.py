"""A study is asked for, and may be called off."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.impact.adapters.code_version import code_version
from apps.impact.choices.study import UNFINISHED_RUNS, UNFINISHED_STUDIES, RunState, StudyState
from apps.impact.models import ArmRun, Study, StudyTape
from apps.impact.rules.study_plan import Terms, faults_of_terms, plays
from apps.impact.services.study_telling import tell_of_study


class TermsRefused(ValueError):
    """By field, what is wrong and what to do."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = dict(faults)


class StudyUnderWay(Exception):
    """The same is being measured."""


class StudyOver(Exception):
    """It has ended: there is nothing to call off."""


@transaction.atomic
def ask_for_study(*, terms: Terms, by: User | None, as_of: datetime) -> Study:
    """With a row for each run that it needs. Raises TermsRefused, StudyUnderWay."""
    if faults := faults_of_terms(terms):
        raise TermsRefused(faults)
    if Study.objects.filter(state__in=UNFINISHED_STUDIES, network=terms.network, days=terms.days).exists():
        raise StudyUnderWay(f"{terms.network} is being measured. Its progress is shown; ask again when it has ended.")
    study = Study.objects.create(
        asked_at=as_of,
        asked_by=by,
        network=terms.network,
        seeds=len(terms.seeds),
        days=terms.days,
        arms=[str(arm) for arm in terms.arms],
        without=list(terms.without),
        code_version=code_version(),
    )
    tapes = [StudyTape(study=study, position=place, seed=seed) for place, seed in enumerate(terms.seeds)]
    StudyTape.objects.bulk_create(tapes)
    ArmRun.objects.bulk_create(
        ArmRun(
            tape=tapes[play.tape],
            arm=play.arm,
            without=play.without,
            purpose=play.purpose,
            shuffle_after_h=play.shuffle_after_h,
            sent_at=as_of,
        )
        for play in plays(terms)
    )
    tell_of_study(study, "asked")
    detail = {"network": terms.network, "seeds": list(terms.seeds), "days": terms.days, "arms": study.arms}
    detail |= {"without": study.without}
    audit.record(actor=by, action="impact_study.asked", target=f"impact/{study.pk}", detail=detail, at=as_of)
    return study


@transaction.atomic
def call_off_study(*, study_id: int, by: User, as_of: datetime) -> Study:
    """Runs that are being played notice it by their next beat. Raises StudyOver."""
    begun = Study.objects.filter(pk=study_id, state__in=UNFINISHED_STUDIES)
    if not begun.update(state=StudyState.CALLED_OFF, text="Called off by a person.", finished_at=as_of):
        raise StudyOver("The study has ended already.")
    _end_runs(study_id, "The study was called off.", as_of)
    study = Study.objects.get(pk=study_id)
    tell_of_study(study, "called_off")
    audit.record(actor=by, action="impact_study.called_off", target=f"impact/{study.pk}", detail={}, at=as_of)
    return study


@transaction.atomic
def give_up_study(*, study: Study, reason: str, as_of: datetime) -> None:
    """Nobody will play it."""
    if Study.objects.filter(pk=study.pk, state__in=UNFINISHED_STUDIES).update(
        state=StudyState.FAILED, text=reason, finished_at=as_of
    ):
        _end_runs(study.pk, reason, as_of)
        tell_of_study(study, "failed")


def _end_runs(study_id: int, reason: str, as_of: datetime) -> None:
    ArmRun.objects.filter(tape__study=study_id, state__in=UNFINISHED_RUNS).update(
        state=RunState.CALLED_OFF, text=reason, finished_at=as_of
    )
