from django.db import models

from apps.assets.models import NetworkModel
from apps.state.choices import LookAheadOutcome


class LookAheadQuerySet(models.QuerySet["LookAhead"]):
    def newest(self) -> "LookAhead | None":
        return self.order_by("-id").first()


class LookAhead(models.Model):
    """How likely limits were to be broken in the hours after an instant, from what was expected then."""

    as_of = models.DateTimeField()
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=LookAheadOutcome)
    reason = models.CharField(max_length=300, blank=True)
    starts_at = models.DateTimeField()
    step_s = models.PositiveIntegerField()
    steps = models.PositiveIntegerField()
    futures = models.PositiveIntegerField(default=0)
    seed = models.BigIntegerField(default=0)
    expected_from = models.CharField(max_length=300, blank=True)  # who said what to expect, and from what
    duration_ms = models.FloatField()
    engine_version = models.CharField(max_length=40)
    statements = models.JSONField(default=list)

    objects = LookAheadQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of"], name="look_ahead_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"
