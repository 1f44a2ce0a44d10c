"""What was asked of a study and what came of it, for its page and for programs."""

from typing import Any

from apps.optimization.models import StudyOptimum
from apps.studies.models import Study
from apps.studies.selectors.documents import plain_changes

LISTED = 20


def optimum_document(found: StudyOptimum) -> dict[str, Any]:
    now = plain_changes(list(found.study.changes.all()))
    return {**_row(found), "is_current": found.changes == now, "result": found.result or None}


def optimum_documents(study: Study) -> list[dict[str, Any]]:
    """The newest first."""
    now = plain_changes(list(study.changes.all()))
    rows = StudyOptimum.objects.filter(study=study).select_related("asked_by", "applied_by")[:LISTED]
    return [{**_row(row), "is_current": row.changes == now, "result": row.result or None} for row in rows]


def _row(found: StudyOptimum) -> dict[str, Any]:
    return {
        "id": found.pk,
        "study": found.study_id,
        "aim": found.aim,
        "aim_label": found.get_aim_display(),
        "max_switchings": found.most_switchings,
        "outcome": found.outcome,
        "outcome_label": found.get_outcome_display(),
        "text": found.text,
        "stage": found.stage,
        "progress": found.progress,
        "asked_by": found.asked_by.get_username(),
        "asked_at": found.asked_at.isoformat(),
        "engine_version": found.engine_version,
        "finished_at": found.finished_at.isoformat() if found.finished_at else None,
        "duration_ms": found.duration_ms,
        "applied_by": found.applied_by.get_username() if found.applied_by else None,
        "applied_at": found.applied_at.isoformat() if found.applied_at else None,
    }
