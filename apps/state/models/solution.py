from django.db import models

from apps.assets.models import NetworkModel
from apps.state.choices import Outcome


class SolutionQuerySet(models.QuerySet["Solution"]):
    def newest(self) -> "Solution | None":
        return self.order_by("-id").first()


class Solution(models.Model):
    """One scan: what was known of the network at an instant, from what, and by which version."""

    as_of = models.DateTimeField()
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT)
    outcome = models.CharField(max_length=12, choices=Outcome)
    reason = models.CharField(max_length=300, blank=True)
    duration_ms = models.FloatField()
    inputs = models.JSONField(default=dict)  # block version per gateway: the run can be repeated from the samples
    engine_version = models.CharField(max_length=40)
    system = models.JSONField(default=dict)
    violations = models.JSONField(default=list)
    bad_data = models.JSONField(default=list)
    topology = models.JSONField(default=list)  # switches whose reported position the meters contradict
    frame = models.BinaryField(default=bytes)  # as sent to the browsers, apps/state/frames.py

    objects = SolutionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of"], name="solution_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} {self.outcome}"
