from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.optimization.choices import UNFINISHED, RunOutcome, RunTrigger
from apps.state.models import Solution


class OptimizationRunQuerySet(models.QuerySet["OptimizationRun"]):
    def unfinished(self) -> "OptimizationRunQuerySet":
        return self.filter(outcome__in=UNFINISHED)


class OptimizationRun(models.Model):
    """One look of the desks at the live state: from what, by which version, and what came of it."""

    as_of = models.DateTimeField()
    trigger = models.CharField(max_length=12, choices=RunTrigger)
    outcome = models.CharField(max_length=10, choices=RunOutcome, default=RunOutcome.QUEUED)
    text = models.CharField(max_length=400, blank=True)
    stage = models.CharField(max_length=200, blank=True)
    progress = models.FloatField(default=0.0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_feeder_mrid = models.UUIDField(null=True, blank=True)  # whose voltages are planned whatever they are
    network_model = models.ForeignKey(NetworkModel, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    solution = models.ForeignKey(Solution, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    base = models.BinaryField(default=bytes)  # the state it was worked out on: it can be repeated from that
    inputs = models.JSONField(default=dict)  # versions of everything that went in
    troubles = models.JSONField(default=list)  # per trouble: what was tried, what passed, what was proposed
    tried = models.PositiveIntegerField(default=0)
    proposed = models.PositiveIntegerField(default=0)
    approved_by_rule = models.PositiveIntegerField(default=0)
    engine_version = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.FloatField(null=True, blank=True)

    objects = OptimizationRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["as_of"], name="optimization_run_as_of")]
        constraints = [
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(outcome__in=sorted(UNFINISHED)),
                name="optimization_one_run_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} {self.outcome}"
