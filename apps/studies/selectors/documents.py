"""Studies and their runs as pages and programs read them."""

from typing import Any

from django.db.models import Count, QuerySet

from apps.assets import selectors as assets
from apps.studies.choices import StudyStatus
from apps.studies.models import Study, StudyChange, StudyRun

LISTED_RUNS = 30


def studies(*, status: StudyStatus | None) -> QuerySet[Study]:
    found = Study.objects.light().annotate(change_count=Count("changes", distinct=True))
    return found.filter(status=status) if status else found


def study_row(study: Study) -> dict[str, Any]:
    return {
        "id": study.pk,
        "name": study.name,
        "note": study.note,
        "author": study.author.get_full_name() or study.author.get_username(),
        "created_at": study.created_at.isoformat(),
        "status": study.status,
        "base": {
            "kind": study.base_kind,
            "as_of": study.base_as_of.isoformat(),
            "solution": study.base_solution_id,
            "digest": study.base_digest,
        },
        "model_version": study.network_model_id,
        "copied_from": study.copied_from_id,
    }


def study_document(study: Study) -> dict[str, Any]:
    changes = list(study.changes.select_related("made_by"))
    now = plain_changes(changes)
    # The rows without results and frames, which a page asks for one by one.
    runs = study.runs.defer("result", "frame").select_related("made_by")[:LISTED_RUNS]
    return {
        **study_row(study),
        "is_current_model": study.network_model_id == assets.current_model_id(),
        "changes": [change_document(change) for change in changes],
        "runs": [run_row(run, is_current=run.changes == now) for run in runs],
    }


def plain_changes(changes: list[StudyChange]) -> list[dict[str, Any]]:
    return [{"kind": change.kind, "payload": change.payload, "text": change.text} for change in changes]


def change_document(change: StudyChange) -> dict[str, Any]:
    return {
        "position": change.position,
        "kind": change.kind,
        "payload": change.payload,
        "text": change.text,
        "by": change.made_by.get_full_name() or change.made_by.get_username(),
        "at": change.made_at.isoformat(),
    }


def run_row(run: StudyRun, *, is_current: bool) -> dict[str, Any]:
    return {
        "id": run.pk,
        "study": run.study_id,
        "kind": run.kind,
        "kind_label": run.get_kind_display(),
        "options": run.options,
        "outcome": run.outcome,
        "text": run.text,
        "progress": run.progress,
        "made_at": run.made_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
        "duration_ms": run.duration_ms,
        "engine_version": run.engine_version,
        "inputs": run.inputs,
        "changes": [change["text"] for change in run.changes],
        "is_current": is_current,
    }


def run_document(run: StudyRun) -> dict[str, Any]:
    now = plain_changes(list(run.study.changes.all()))
    return {**run_row(run, is_current=run.changes == now), "result": run.result}
