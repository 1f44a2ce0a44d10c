from django.db import models

from apps.assets.models import NetworkModel
from apps.state.choices import SecurityOutcome, SecurityTrigger
from apps.state.models.solution import Solution


class SecurityRunQuerySet(models.QuerySet["SecurityRun"]):
    def newest(self) -> "SecurityRun | None":
        return self.order_by("-id").first()


class SecurityRun(models.Model):
    """What the loss of any one element would have done at an instant."""

    as_of = models.DateTimeField()
    # The scan beside which it ran; scans are thinned sooner than runs.
    solution = models.ForeignKey(Solution, null=True, on_delete=models.SET_NULL, related_name="+")
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(max_length=12, choices=SecurityTrigger)
    outcome = models.CharField(max_length=12, choices=SecurityOutcome)
    reason = models.CharField(max_length=300, blank=True)
    outages = models.PositiveIntegerField(default=0)
    insecure = models.PositiveIntegerField(default=0)  # outages that bring something beyond its limits
    duration_ms = models.FloatField()
    inputs = models.JSONField(default=dict)  # as Solution's
    engine_version = models.CharField(max_length=40)
    contingencies = models.JSONField(default=list)  # the gravest, ranked

    objects = SecurityRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["as_of"], name="security_run_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} {self.outcome}"
