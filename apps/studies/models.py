from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.state.models import Solution
from apps.studies.choices import BaseKind, ChangeKind, RunKind, RunOutcome, StudyStatus


class StudyQuerySet(models.QuerySet["Study"]):
    def light(self) -> "StudyQuerySet":
        """Without the copy of the state, which only runs need."""
        return self.defer("base").select_related("author", "network_model")


class Study(models.Model):
    """A copy of the grid at an instant, to try things on. What is done to it reaches nothing but its own rows."""

    name = models.CharField(max_length=100)
    note = models.CharField(max_length=2000, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="studies")
    created_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=StudyStatus, default=StudyStatus.OPEN)
    base_kind = models.CharField(max_length=8, choices=BaseKind)
    base_as_of = models.DateTimeField()
    base_solution = models.ForeignKey(Solution, null=True, on_delete=models.SET_NULL, related_name="+")
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    # Copied, so that neither thinned scans nor dropped samples change what the study says.
    base = models.BinaryField()
    base_digest = models.CharField(max_length=64)
    copied_from = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "studies"
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="study_has_a_name")]

    def __str__(self) -> str:
        return self.name


class StudyChange(models.Model):
    """One step from the base; they are applied in the order of their positions."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="changes")
    position = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=ChangeKind)
    payload = models.JSONField()
    text = models.CharField(max_length=300)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["study", "position"], name="study_change_position")]

    def __str__(self) -> str:
        return self.text


class StudyRun(models.Model):
    """One computation on the study as it was then. The same inputs have the same digest and the same result."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=16, choices=RunKind)
    options = models.JSONField(default=dict)
    changes = models.JSONField(default=list)  # as they were: kind, payload and text
    inputs = models.CharField(max_length=64)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=RunOutcome, default=RunOutcome.QUEUED)
    text = models.CharField(max_length=400, blank=True)
    progress = models.FloatField(default=0.0)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.FloatField(null=True, blank=True)
    engine_version = models.CharField(max_length=40)
    result = models.JSONField(default=dict)
    frame = models.BinaryField(default=bytes)  # of a power flow, as apps/state/frames.py

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["study", "-id"], name="study_run_newest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.get_outcome_display()}"
