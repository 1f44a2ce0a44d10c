"""Models: what they were trained on, how well they did, which is in use; and the trainings."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import User
from apps.forecasts.models import ForecastRun, ModelVersion, Training


def models() -> QuerySet[ModelVersion]:
    """Newest first, without their content."""
    rows = ModelVersion.objects.defer("content").select_related("training", "decided_by")
    return rows.order_by("-number")


def trainings() -> QuerySet[Training]:
    made = Prefetch("models", ModelVersion.objects.only("id", "training"))
    return Training.objects.prefetch_related(made).order_by("-begun_at", "-id")


def newest_training(*, as_of: datetime) -> Training | None:
    return trainings().filter(begun_at__lte=as_of).first()


def person_word(user: User | None) -> str:
    return "" if user is None else user.get_full_name() or user.get_username()


def model_document(model: ModelVersion) -> dict[str, Any]:
    return {
        "id": model.pk,
        "number": model.number,
        "status": model.status,
        "status_label": model.get_status_display(),
        "training": model.training_id,
        "trained_at": model.trained_at,
        "data_from": model.data_from,
        "data_until": model.data_until,
        "series_count": model.series_count,
        "rows": model.rows,
        "data_hash": model.data_hash,
        "features": model.features,
        "made_with": model.made_with,
        "scores": model.scores,
        "reason": model.reason,
        "engine_version": model.engine_version,
        "decided_at": model.decided_at,
        "decided_by": person_word(model.decided_by),
    }


def training_document(training: Training) -> dict[str, Any]:
    return {
        "id": training.pk,
        "begun_at": training.begun_at,
        "ended_at": training.ended_at,
        "outcome": training.outcome,
        "outcome_label": training.get_outcome_display(),
        "reason": training.reason,
        "stage": training.stage,
        "done": training.done,
        "total": training.total,
        "models": [model.pk for model in training.models.all()],
    }


def run_document(run: ForecastRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of,
        "horizon": run.horizon,
        "starts_at": run.starts_at,
        "steps": run.steps,
        "step_s": run.step_s,
        "model": run.model_version.number if run.model_version else None,
        "rungs": run.rungs,
        "inputs": run.inputs,
        "duration_ms": run.duration_ms,
        "engine_version": run.engine_version,
    }
