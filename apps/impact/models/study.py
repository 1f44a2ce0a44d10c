from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.impact.choices.study import LONGEST_STUDY_TEXT, StudyState


class Study(models.Model):
    """What GridOps is worth on one network: the same sealed tapes, replayed by every arm."""

    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    network = models.CharField(max_length=200, help_text="As import_network takes it.")
    seeds = models.PositiveIntegerField()
    days = models.PositiveIntegerField()
    arms = models.JSONField(help_text="Names of the arms that are measured.")
    without = models.JSONField(default=list, help_text="Desks that A2 is played without, one at a time.")
    state = models.CharField(max_length=10, choices=StudyState, default=StudyState.QUEUED)
    text = models.CharField(max_length=LONGEST_STUDY_TEXT, blank=True)
    code_version = models.CharField(max_length=80, blank=True)
    judgement = models.JSONField(null=True, help_text="As the engine judged it; null: not judged.")
    is_valid = models.BooleanField(null=True, help_text="Null: not judged; false: a check failed.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(condition=~Q(network=""), name="impact_study_has_a_network"),
            models.CheckConstraint(condition=Q(seeds__gte=1, days__gte=1), name="impact_study_has_a_size"),
            models.CheckConstraint(
                condition=Q(judgement__isnull=True, is_valid__isnull=True)
                | Q(judgement__isnull=False, is_valid__isnull=False),
                name="impact_study_valid_or_not_once_judged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network}, {self.seeds} seeds of {self.days} d"
