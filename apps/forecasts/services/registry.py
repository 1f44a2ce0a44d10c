"""Which model forecasts."""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.forecasts.choices import MODEL_STEPS, STREAM, ModelStatus
from apps.forecasts.models import ModelVersion
from apps.forecasts.services.changes import record_change
from apps.live import services as live

BY_HAND = "Put in use by hand."


class CannotBeUsed(Exception):
    """Says why, and what can be done."""


@transaction.atomic
def put_in_use(*, model_id: int, by: User | None, as_of: datetime, reason: str = "") -> ModelVersion:
    """From the next issue on this model forecasts, and the one before it rests; it can be taken back the same way."""
    models = {one.pk: one for one in ModelVersion.objects.defer("content").select_for_update().order_by("number")}
    chosen = models[model_id]
    if chosen.status == ModelStatus.ACTIVE:
        raise CannotBeUsed(f"Model {chosen.number} is in use already.")
    if ModelStatus.ACTIVE not in MODEL_STEPS[ModelStatus(chosen.status)]:
        raise CannotBeUsed(f"Model {chosen.number} is {chosen.get_status_display().lower()} and cannot be put in use.")
    before = next((one for one in models.values() if one.status == ModelStatus.ACTIVE), None)
    if before:
        _move(before, ModelStatus.RETIRED, by, as_of, before.reason)
    _move(chosen, ModelStatus.ACTIVE, by, as_of, reason or BY_HAND)
    _record(chosen, before, by=by, as_of=as_of)
    return chosen


def _move(model: ModelVersion, status: ModelStatus, by: User | None, as_of: datetime, reason: str) -> None:
    model.status, model.decided_by, model.decided_at, model.reason = status, by, as_of, reason[:300]
    model.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    record_change(model_id=model.pk, status=status, at=as_of, reason=reason, by=by)


def _record(chosen: ModelVersion, before: ModelVersion | None, *, by: User | None, as_of: datetime) -> None:
    told = {"number": chosen.number, "before": before.number if before else None, "reason": chosen.reason}
    audit.record(actor=by, action="forecast.model.in-use", target=f"model/{chosen.number}", detail=told, at=as_of)
    live.record(stream=STREAM, kind="model.in-use", subject=f"model/{chosen.number}", payload=told)
