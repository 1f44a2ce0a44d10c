"""Studies and runs as the API and the pages tell them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from apps.impact.adapters.arm_process import in_words, run_arguments, tape_arguments
from apps.impact.adapters.claim_judging import OVER_TAPES, figures_over_tapes
from apps.impact.choices.study import UNFINISHED_STUDIES, Arm, Purpose, RunState, StudyState
from apps.impact.models import ArmRecord, ArmRun, Study
from apps.impact.rules.study_plan import DESKS
from apps.impact.selectors.arm_figures import ARM_FIGURES, figure_of, mean_figures
from apps.impact.selectors.arm_runs import play_of

_TAPE, _FOLDER = "TAPE.json", "RUN"


def studies_newest_first(*, as_of: datetime) -> QuerySet[Study]:
    told = Study.objects.filter(asked_at__lte=as_of).select_related("asked_by").defer("judgement")
    return told.annotate(
        run_count=Count("tapes__runs"),
        done_count=Count("tapes__runs", filter=Q(tapes__runs__state=RunState.DONE)),
        failed_count=Count("tapes__runs", filter=Q(tapes__runs__state=RunState.FAILED)),
        progress_sum=Sum("tapes__runs__progress"),
    )


def study_row(study: Any) -> dict[str, Any]:
    """Of a study as `studies_newest_first` gives it."""
    state = StudyState(study.state)
    return {
        "id": study.pk,
        "network": study.network,
        "seeds": study.seeds,
        "days": study.days,
        "arms": study.arms,
        "without": study.without,
        "state": str(state),
        "state_label": str(state.label),
        "is_unfinished": state in UNFINISHED_STUDIES,
        "is_sound": study.is_valid,
        "text": study.text,
        "progress": (study.progress_sum or 0.0) / study.run_count if study.run_count else 0.0,
        "runs": study.run_count,
        "runs_done": study.done_count,
        "runs_failed": study.failed_count,
        "asked_at": study.asked_at,
        "asked_by": study.asked_by.get_username() if study.asked_by else None,
        "finished_at": study.finished_at,
        "code_version": study.code_version,
    }


def study_document(study: Any) -> dict[str, Any]:
    """With its judgement, and its runs without what only their own pages show."""
    runs = ArmRun.objects.filter(tape__study=study).select_related("tape").defer("acts", "figures")
    failures = _failures(runs)
    rows = [_run_row(run, failures.get(run.pk, {})) for run in runs]
    return {
        **study_row(study),
        "judgement": study.judgement,
        "command": study_command(study),
        "tapes": [
            {"position": tape.position, "seed": tape.seed, "begin_at": tape.begin_at, "tape_hash": tape.tape_hash}
            for tape in study.tapes.defer("document")
        ],
        "run_rows": rows,
        "walls": walls(study),
        "figures": _figures(study),
    }


def _figures(study: Study) -> list[dict[str, Any]]:
    whole = ArmRun.objects.filter(tape__study=study, state=RunState.DONE, purpose=Purpose.MEASURED, without="")
    means = mean_figures(study, whole.only("arm", "figures"))
    return [{"figure": name, "words": words, "by_arm": means[name]} for name, words in ARM_FIGURES.items()]


def study_command(study: Study) -> str:
    """What plays the same study without a site."""
    seeds = list(study.tapes.values_list("seed", flat=True))
    chosen = f" --without {','.join(study.without)}" if study.without else ""
    return (
        f"manage.py impact_study --grid {study.network} --seed-list {','.join(map(str, seeds))} --days {study.days}"
        f" --arms {','.join(study.arms)}{chosen} --json OUT"
    )


def walls(study: Study) -> list[dict[str, Any]]:
    """By arm: seconds of a computer for a simulated week, and what they went into; played runs only."""
    played = ArmRun.objects.filter(tape__study=study, state=RunState.DONE, purpose=Purpose.MEASURED, without="")
    by_arm = played.values("arm").annotate(
        runs=Count("pk"),
        total_s=Sum("wall_total_s"),
        plant_s=Sum("wall_plant_s"),
        services_s=Sum("wall_services_s"),
        solvers_s=Sum("wall_solvers_s"),
    )
    return [_wall(dict(row), study.days) for row in by_arm.order_by("arm")]


def _wall(row: dict[str, Any], days: int) -> dict[str, Any]:
    weeks, total = row["runs"] * days / 7, row["total_s"]
    shares = {
        f"{name}_share": row[f"{name}_s"] / total if total and row[f"{name}_s"] is not None else None
        for name in ("plant", "services", "solvers")
    }
    return {"arm": row["arm"], "runs": row["runs"], "wall_s_per_week": total / weeks if total else None, **shares}


def _run_row(run: ArmRun, failures: Mapping[str, int]) -> dict[str, Any]:
    state = RunState(run.state)
    return {
        "id": run.pk,
        "tape": run.tape.position,
        "seed": run.tape.seed,
        "arm": run.arm,
        "arm_label": str(Arm(run.arm).label),
        "without": run.without,
        "without_label": DESKS.get(run.without, run.without),
        "purpose": run.purpose,
        "purpose_label": str(Purpose(run.purpose).label),
        "shuffle_after_h": run.shuffle_after_h,
        "state": str(state),
        "state_label": str(state.label),
        "progress": run.progress,
        "tries": run.tries,
        "worker": run.worker,
        "text": run.text,
        "checks_failed": sorted(name for name, check in run.checks.items() if not check.get("ok")),
        "failures_inside": sum(failures.values()),
        "wall_total_s": run.wall_total_s,
    }


def run_document(run: ArmRun) -> dict[str, Any]:
    """Everything that is known of one run, and the two commands that repeat it."""
    study, tape = run.tape.study, run.tape
    failures = _failures(ArmRun.objects.filter(pk=run.pk)).get(run.pk, {})
    sealing = tape_arguments(network=study.network, seed=tape.seed, days=study.days, out=_TAPE)
    return {
        **_run_row(run, failures),
        "study": study.pk,
        "network": study.network,
        "days": study.days,
        "begin_at": tape.begin_at,
        "tape_hash": tape.tape_hash,
        "code_version": run.code_version,
        "repeats": run.repeats_id,
        "commands": [in_words(sealing), in_words(run_arguments(play_of(run), tape=_TAPE, out=_FOLDER))],
        "began_at": run.began_at,
        "heard_at": run.heard_at,
        "finished_at": run.finished_at,
        "wall_plant_s": run.wall_plant_s,
        "wall_services_s": run.wall_services_s,
        "wall_solvers_s": run.wall_solvers_s,
        "figures": run.figures,
        "checks": [{"name": name, **check} for name, check in run.checks.items()],
        "acts": run.acts,
        "failures": [{"words": words, "times": times} for words, times in sorted(failures.items())],
    }


def _failures(runs: QuerySet[ArmRun]) -> dict[int, dict[str, int]]:
    """By run, what went wrong inside the arm while it played on: it may be done and yet have been hindered."""
    told = ArmRecord.objects.filter(run__in=runs).values_list("run_id", "document__told__failures")
    return {run_id: found for run_id, found in told if found}


def figure_rows(study: Study, figure: str) -> list[dict[str, Any]]:
    """The runs from which anything that is told of a figure follows; value null: not known in that run."""
    runs = ArmRun.objects.filter(tape__study=study, state=RunState.DONE, purpose=Purpose.MEASURED)
    told = list(runs.select_related("tape").only("arm", "without", "figures", "tape__seed", "tape__position"))
    values = (
        _over_tapes(told, figure)
        if figure == OVER_TAPES
        else {run.pk: figure_of(run.figures, figure, study.days) for run in told}
    )
    return [
        {
            "run": run.pk,
            "seed": run.tape.seed,
            "arm": run.arm,
            "without": run.without,
            "without_label": DESKS.get(run.without, run.without),
            "value": values.get(run.pk),
        }
        for run in told
    ]


def _over_tapes(runs: list[ArmRun], figure: str) -> dict[int, float | None]:
    documents = dict(ArmRecord.objects.filter(run__in=runs).values_list("run_id", "document"))
    return dict(zip(documents, figures_over_tapes(list(documents.values()), figure), strict=True))
