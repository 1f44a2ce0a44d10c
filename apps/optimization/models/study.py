from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.optimization.choices import UNFINISHED, Aim, RunOutcome
from apps.studies.models import Study


class StudyOptimumQuerySet(models.QuerySet["StudyOptimum"]):
    def unfinished(self) -> "StudyOptimumQuerySet":
        return self.filter(outcome__in=UNFINISHED)


class StudyOptimum(models.Model):
    """What would be best on a study as it was then. A row of its own: no desk, no proposal and no order reads it."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="optima")
    aim = models.CharField(max_length=10, choices=Aim)
    most_switchings = models.PositiveSmallIntegerField()
    changes = models.JSONField(default=list)  # of the study, as they were: kind, payload and text
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=RunOutcome, default=RunOutcome.QUEUED)
    text = models.CharField(max_length=400, blank=True)
    stage = models.CharField(max_length=200, blank=True)
    progress = models.FloatField(default=0.0)
    result = models.JSONField(default=dict)  # before, after, switchings, set-points, gaps and reasons
    engine_version = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.FloatField(null=True, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(null=True, blank=True)

    objects = StudyOptimumQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "study optima"
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(outcome__in=sorted(UNFINISHED)), name="study_optimum_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_aim_display()}, {self.get_outcome_display()}"
