"""Whether a new model takes the place of the one in use."""

from datetime import datetime

from django.db import transaction

from apps.audit import services as audit
from apps.forecasts.choices import STREAM, ModelStatus
from apps.forecasts.models import ModelVersion
from apps.forecasts.services.changes import record_change
from apps.forecasts.services.trials import Judged, verdict
from apps.live import services as live

_MEANWHILE = "Another model was put in use meanwhile; the next training compares with that one."


@transaction.atomic
def decide(
    candidate: ModelVersion, found: Judged, active: ModelVersion | None, other: Judged | None, *, at: datetime
) -> bool:
    is_better, reason = verdict(found, other, active.number if active else 0)
    if is_better and not _retired(active, candidate.number, at):
        is_better, reason = False, _MEANWHILE
    status = ModelStatus.ACTIVE if is_better else ModelStatus.REJECTED
    if not move(candidate.pk, ModelStatus.CANDIDATE, status, decided_at=at, reason=reason[:300]):
        return False
    record_change(model_id=candidate.pk, status=status, at=at, reason=reason)
    candidate.refresh_from_db(fields=["status", "decided_at", "reason"])
    _record(candidate, active if is_better else None, at)
    return is_better


def _retired(active: ModelVersion | None, by_number: int, at: datetime) -> bool:
    if active is None:
        return not ModelVersion.objects.filter(status=ModelStatus.ACTIVE).exists()
    if not move(active.pk, ModelStatus.ACTIVE, ModelStatus.RETIRED):
        return False
    record_change(model_id=active.pk, status=ModelStatus.RETIRED, at=at, reason=f"Model {by_number} took its place.")
    return True


def move(key: int, before: ModelStatus, after: ModelStatus, **more: object) -> bool:
    """False where somebody else has moved it."""
    return ModelVersion.objects.filter(pk=key, status=before).update(status=after, **more) == 1


def _record(model: ModelVersion, before: ModelVersion | None, at: datetime) -> None:
    told = {"number": model.number, "before": before.number if before else None, "reason": model.reason}
    kind = "model.in-use" if model.status == ModelStatus.ACTIVE else "model.rejected"
    if model.status == ModelStatus.ACTIVE:
        audit.record(actor=None, action="forecast.model.in-use", target=f"model/{model.number}", detail=told, at=at)
    live.record(stream=STREAM, kind=kind, subject=f"model/{model.number}", payload=told)
