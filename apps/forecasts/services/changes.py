"""Which model came to which status when: the past is told from these rows."""

from datetime import datetime

from apps.accounts.models import User
from apps.forecasts.choices import ModelStatus
from apps.forecasts.models import ModelChange


def record_change(*, model_id: int, status: ModelStatus, at: datetime, reason: str, by: User | None = None) -> None:
    ModelChange.objects.create(model_version_id=model_id, status=status, at=at, reason=reason[:300], by=by)
