from datetime import datetime
from typing import Any

from apps.resilience.choices.studio import StudioOutcome
from apps.resilience.models.studio import StudioRun


def newest_done(*, as_of: datetime) -> StudioRun | None:
    return (
        StudioRun.objects.filter(outcome=StudioOutcome.DONE, finished_at__lte=as_of).select_related("asked_by").first()
    )


def newest_studio_run(*, as_of: datetime) -> StudioRun | None:
    """However far it is."""
    return StudioRun.objects.filter(as_of__lte=as_of).select_related("asked_by").first()


def studio_document(run: StudioRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of,
        "outcome": run.outcome,
        "outcome_label": StudioOutcome(run.outcome).label,
        "asked_by": run.asked_by.get_username() if run.asked_by else None,
        "options": run.options,
        "seed": run.seed,
        "text": run.text,
        "progress": run.progress,
        "network_version": run.network_model_id,
        "network_revision": run.network_revision,
        "result": run.result,
        "engine_version": run.engine_version,
        "finished_at": run.finished_at,
        "duration_ms": run.duration_ms,
    }
