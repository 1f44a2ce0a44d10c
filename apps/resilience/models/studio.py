from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.resilience.choices.studio import LONGEST_STUDIO_TEXT, UNFINISHED_STUDIO, StudioOutcome


class StudioRun(models.Model):
    """Where to spend how much against interruptions, on one version of the network; its inputs repeat it."""

    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=StudioOutcome, default=StudioOutcome.QUEUED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    options = models.JSONField(help_text="Budget, costs, effects and rates, all of them.")
    seed = models.PositiveBigIntegerField(default=0)
    text = models.CharField(max_length=LONGEST_STUDIO_TEXT, blank=True)
    progress = models.FloatField(default=0.0)
    network_model = models.ForeignKey(NetworkModel, null=True, on_delete=models.PROTECT, related_name="+")
    network_revision = models.PositiveIntegerField(null=True)
    result = models.JSONField(default=dict)
    engine_version = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True)
    duration_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(outcome__in=sorted(UNFINISHED_STUDIO)), name="studio_one_run_at_a_time"
            ),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=1), name="studio_progress_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"
