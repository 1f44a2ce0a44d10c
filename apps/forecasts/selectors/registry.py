"""Models: what they were trained on, how well they did, which is in use; and the trainings."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from apps.accounts.models import User
from apps.forecasts.choices import ModelStatus, TrainingOutcome
from apps.forecasts.models import ForecastRun, ModelChange, ModelVersion, Training


def models() -> QuerySet[ModelVersion]:
    """Newest first, without their content."""
    rows = ModelVersion.objects.defer("content").select_related("training", "decided_by")
    return rows.order_by("-number")


def model_documents(*, as_of: datetime, most: int) -> list[dict[str, Any]]:
    """As they stood then: what was decided later is not told, and what was not made yet is left out."""
    known: dict[int, list[ModelChange]] = {}
    for one in ModelChange.objects.select_related("by").order_by("at", "id"):
        known.setdefault(one.model_version_id, []).append(one)
    rows = models().filter(trained_at__lte=as_of)
    found = (_as_of(row, known.get(row.pk, []), as_of) for row in rows)
    return [document for document in found if document is not None][:most]


def _as_of(model: ModelVersion, changes: list[ModelChange], as_of: datetime) -> dict[str, Any] | None:
    past = [one for one in changes if one.at <= as_of]
    if not past:
        is_undecided = not changes and (model.decided_at is None or model.decided_at <= as_of)
        return model_document(model) if is_undecided else None
    status = ModelStatus(past[-1].status)
    return model_document(model) | {
        "status": status,
        "status_label": status.label,
        "reason": past[-1].reason,
        "decided_at": past[-1].at,
        "decided_by": person_word(past[-1].by),
    }


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


def training_document(training: Training, *, as_of: datetime) -> dict[str, Any]:
    """Of one that had not ended then it is not known how far it was."""
    if training.ended_at is not None and training.ended_at > as_of:
        training.ended_at, training.outcome, training.reason = None, TrainingOutcome.RUNNING, ""
        training.stage, training.done, training.total = "", 0, 0
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
        "models": [model.pk for model in training.models.all()] if training.ended_at else [],
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
