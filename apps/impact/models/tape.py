from django.db import models
from django.db.models import Q

from apps.impact.models.study import Study


class StudyTape(models.Model):
    """A sealed course of weather, load, prices, faults and chances; the first worker that needs it seals it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="tapes")
    position = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()
    begin_at = models.DateTimeField(null=True, help_text="Null: not sealed yet.")
    document = models.JSONField(null=True, help_text="The whole tape, as the replay writes and reads it.")
    tape_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "position"], name="impact_tape_position"),
            models.UniqueConstraint(fields=["study", "seed"], name="impact_tape_seed"),
            models.CheckConstraint(
                condition=Q(document__isnull=True, tape_hash="") | (Q(document__isnull=False) & ~Q(tape_hash="")),
                name="impact_tape_sealed_with_its_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"seed {self.seed}"
