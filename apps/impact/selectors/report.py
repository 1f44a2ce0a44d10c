"""What the report for the board is written from: a judged study as it is stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.text import slugify

from apps.impact.choices.study import Arm, Purpose, RunState
from apps.impact.models import ArmRun, Study
from apps.impact.selectors.arm_figures import mean_figures
from apps.impact.selectors.study_documents import study_command


@dataclass(frozen=True, slots=True)
class TapeLine:
    seed: int
    tape_hash: str
    begin_at: datetime | None
    runs: int


@dataclass(frozen=True, slots=True)
class BoardReport:
    study_id: int
    network: str
    seeds: int
    days: int
    arms: tuple[str, ...]
    without: tuple[str, ...]
    code_version: str
    asked_at: datetime
    finished_at: datetime | None
    is_valid: bool
    judgement: Mapping[str, Any]  # as the engine told it
    command: str  # what repeats it from a shell
    figures: Mapping[str, Mapping[str, float]]  # by name of the figure, by arm: mean over the tapes
    tapes: tuple[TapeLine, ...]
    hours: Mapping[str, float]  # by arm: wall hours of all its runs
    runs: tuple[ArmRun, ...]  # that were measured, each with its tape

    @property
    def file_name(self) -> str:
        return f"benefits-{slugify(self.network) or 'network'}-{self.study_id}"


def refusal_of_report(study: Study) -> str:
    """Why there is no report yet; empty where there is one."""
    if study.judgement is None:
        return f"The study is not judged ({study.get_state_display().lower()}): ask again when its runs have ended."
    return ""


def board_report(study: Study) -> BoardReport:
    """Of a judged study."""
    done = ArmRun.objects.filter(tape__study=study, state=RunState.DONE).select_related("tape")
    runs = list(done.defer("acts", "tape__document"))
    measured = tuple(run for run in runs if run.purpose == Purpose.MEASURED)
    counted: dict[int, int] = {}
    for run in runs:
        counted[run.tape_id] = counted.get(run.tape_id, 0) + 1
    return BoardReport(
        study_id=study.pk,
        network=study.network,
        seeds=study.seeds,
        days=study.days,
        arms=tuple(study.arms),
        without=tuple(study.without),
        code_version=study.code_version,
        asked_at=study.asked_at,
        finished_at=study.finished_at,
        is_valid=bool(study.is_valid),
        judgement=study.judgement or {},
        command=study_command(study),
        figures=mean_figures(study, [run for run in measured if not run.without]),
        tapes=tuple(
            TapeLine(tape.seed, tape.tape_hash, tape.begin_at, counted.get(tape.pk, 0)) for tape in study.tapes.all()
        ),
        hours={arm: sum(run.wall_total_s or 0.0 for run in runs if run.arm == arm) / 3600.0 for arm in Arm.values},
        runs=measured,
    )
