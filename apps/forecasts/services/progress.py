"""A training that can be watched while it runs."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from apps.forecasts.choices import STREAM, TrainingOutcome
from apps.forecasts.models import Training
from apps.live import services as live

_EVERY_S = 2.0


class Watched:
    """Writes the stage at once and how far it is every two seconds."""

    def __init__(self, training: Training) -> None:
        self._training = training
        self._told_at: datetime | None = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        now, row = timezone.now(), self._training
        is_new = stage != row.stage
        row.stage, row.done, row.total = stage[:120], done, total
        if is_new or self._told_at is None or (now - self._told_at).total_seconds() >= _EVERY_S:
            self._told_at = now
            _tell(row, ["stage", "done", "total"])

    @property
    def training(self) -> Training:
        return self._training

    def end(self, outcome: TrainingOutcome, reason: str, at: datetime) -> None:
        row = self._training
        row.outcome, row.reason, row.ended_at = outcome, reason[:300], at
        _tell(row, ["outcome", "reason", "ended_at", "stage", "done", "total"])


@transaction.atomic
def _tell(row: Training, fields: list[str]) -> None:
    row.save(update_fields=fields)
    told = {"id": row.pk, "outcome": row.outcome, "stage": row.stage, "done": row.done, "total": row.total}
    live.record(stream=STREAM, kind="training", subject=f"training/{row.pk}", payload=told | {"reason": row.reason})


def begin(at: datetime) -> Watched:
    """A training that its worker did not end is over: whoever begins one is alone."""
    left = Training.objects.filter(outcome=TrainingOutcome.RUNNING)
    left.update(outcome=TrainingOutcome.FAILED, ended_at=at, reason="It was interrupted.")
    training = Training.objects.create(begun_at=at, stage="reading the past")
    watched = Watched(training)
    watched("reading the past", 0, 1)
    return watched
