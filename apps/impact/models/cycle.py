from datetime import datetime
from uuid import uuid4

from django.db import models

from apps.dispatch.models import ObjectiveVersion
from apps.impact.choices.cycle import SLOT, CycleOutcome


class Cycle(models.Model):
    """A quarter hour of the whole: which runs there were, what each proposed, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    starts_at = models.DateTimeField(unique=True)
    outcome = models.CharField(max_length=12, choices=CycleOutcome, default=CycleOutcome.RUNNING)
    is_settled = models.BooleanField(default=False)  # nothing is gathered any more
    gathered_at = models.DateTimeField()
    objectives = models.ForeignKey(
        ObjectiveVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # that counted at its end; null: as delivered
    stages = models.JSONField(default=list)  # in their order: state, words, kinds of runs, what was proposed
    faults = models.JSONField(default=list)  # sentences: what failed or is missing
    duration_ms = models.FloatField(default=0.0)  # of all its runs together

    class Meta:
        ordering = ["-starts_at"]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} {self.outcome}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + SLOT
