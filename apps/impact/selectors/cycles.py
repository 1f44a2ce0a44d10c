from datetime import datetime
from typing import Any

from apps.dispatch.choices.objective import AS_DELIVERED
from apps.impact.models import Cycle


def cycle_documents(*, before: datetime | None, limit: int) -> list[dict[str, Any]]:
    """The newest first, without their runs."""
    rows = Cycle.objects.select_related("objectives")
    rows = rows if before is None else rows.filter(starts_at__lt=before)
    return [cycle_summary(row) for row in rows[:limit]]


def cycle_summary(row: Cycle) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "outcome": row.outcome,
        "outcome_label": row.get_outcome_display(),
        "is_settled": row.is_settled,
        "gathered_at": row.gathered_at.isoformat(),
        "objectives": row.objectives.version if row.objectives else AS_DELIVERED,
        "duration_ms": round(row.duration_ms, 1),
        "proposed_count": sum(stage["proposed_count"] for stage in row.stages),
        "states": {stage["stage"]: stage["state"] for stage in row.stages},
        "faults": row.faults,
    }


def cycle_document(row: Cycle) -> dict[str, Any]:
    return cycle_summary(row) | {"stages": row.stages}
