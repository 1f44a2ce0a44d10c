from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.renewables.choices import LONGEST_TEXT, UNFINISHED_HOSTING, HostingOutcome
from apps.state.models import Solution


class HostingRun(models.Model):
    """What every node can host, and how likely limits break as plants come, on one version of the network."""

    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=HostingOutcome, default=HostingOutcome.QUEUED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    options = models.JSONField()
    text = models.CharField(max_length=LONGEST_TEXT, blank=True)
    progress = models.FloatField(default=0.0)
    network_model = models.ForeignKey(NetworkModel, null=True, on_delete=models.PROTECT, related_name="+")
    solution = models.ForeignKey(Solution, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=64, blank=True)  # digest of the state that loads are shared out by
    hours = models.JSONField(default=list)  # that were looked at, and why these
    risk = models.JSONField(default=dict)
    seed = models.PositiveBigIntegerField(default=0)
    engine_version = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True)
    duration_ms = models.FloatField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                models.Value(1), condition=Q(outcome__in=sorted(UNFINISHED_HOSTING)), name="hosting_one_run_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"


class HostingNode(models.Model):
    """The most that one node by itself can take in every hour of a run, and what breaks beyond it."""

    run = models.ForeignKey(HostingRun, on_delete=models.CASCADE, related_name="nodes")
    mrid = models.UUIDField()
    name = models.CharField(max_length=200)
    feeder_mrid = models.UUIDField(null=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    nominal_kv = models.FloatField()
    capacity_kw = models.FloatField()
    limit = models.CharField(max_length=12)  # as the engine calls it
    element_mrid = models.CharField(max_length=64, blank=True)
    element_name = models.CharField(max_length=200, blank=True)
    value = models.FloatField(null=True)  # just beyond the capacity
    allowed = models.FloatField(null=True)
    unit = models.CharField(max_length=4, blank=True)
    hour = models.PositiveSmallIntegerField()  # of the run's, in which it breaks
    course = models.JSONField(default=dict)  # kW added, own voltage, value of the element that breaks

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "mrid"], name="hosting_node_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.capacity_kw:.0f} kW"
