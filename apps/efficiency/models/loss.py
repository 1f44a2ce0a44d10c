from typing import Any

from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.efficiency.choices.loss import (
    LONGEST_LOSS_TEXT,
    NEXT_SUSPECT_STATE,
    OPEN_SUSPECTS,
    LossOutcome,
    SuspectKindName,
    SuspectState,
)


class LossRun(models.Model):
    """Technical losses of a day (UTC), and its balances as far as there are meters; made anew while the day runs."""

    day = models.DateField()
    as_of = models.DateTimeField()
    network_model = models.ForeignKey(NetworkModel, null=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=12, choices=LossOutcome)
    reason = models.CharField(max_length=300, blank=True)
    scans = models.PositiveIntegerField(default=0)
    hours_known = models.PositiveSmallIntegerField(default=0)
    totals = models.JSONField(default=dict)
    hourly = models.JSONField(default=list)
    feeders = models.JSONField(default=list)
    lines = models.JSONField(default=list)
    transformers = models.JSONField(default=list)
    balances = models.JSONField(default=list)
    sizing = models.JSONField(default=list)
    notes = models.JSONField(default=list)
    loadings = models.BinaryField(default=bytes)  # 24 x transformers, little-endian float32, nan where not known
    ambient_c = models.JSONField(default=list)  # by hour; null where not known
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["day"], name="lossrun_one_a_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.outcome}"


class LossSuspectQuerySet(models.QuerySet["LossSuspect"]):
    def open(self) -> "LossSuspectQuerySet":
        return self.filter(state__in=OPEN_SUSPECTS)

    def move(self, pk: int, old: SuspectState, new: SuspectState, **fields: Any) -> bool:
        """False: it stands elsewhere by now, and nothing was changed."""
        if new not in NEXT_SUSPECT_STATE[old]:
            return False
        return bool(self.filter(pk=pk, state=old).update(state=new, **fields))


class LossSuspect(models.Model):
    """A meter behind which energy may be lost. Not a verdict: what it is, a field check says."""

    mrid = models.UUIDField(help_text="Of the EnergyConsumer or the node that is metered.")
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=200, help_text="Of the meter that feeds its part of the network.")
    kind = models.CharField(max_length=20, choices=SuspectKindName)
    state = models.CharField(max_length=12, choices=SuspectState, default=SuspectState.NEW)
    probability = models.FloatField()
    energy_kwh = models.FloatField(help_text="Lacking over the days looked at; 0: not known; negative: too much.")
    since_day = models.DateField(null=True, blank=True)
    looked_from = models.DateField()
    looked_until = models.DateField()
    evidence = models.JSONField(default=list)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    decided_by = models.CharField(max_length=150, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=LONGEST_LOSS_TEXT, blank=True)

    objects = LossSuspectQuerySet.as_manager()

    class Meta:
        ordering = ["-probability", "-energy_kwh"]
        constraints = [
            models.UniqueConstraint(
                fields=["mrid"], condition=Q(state__in=sorted(OPEN_SUSPECTS)), name="losssuspect_open_once"
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="losssuspect_probability_is_a_share"
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(OPEN_SUSPECTS)) | ~Q(reason=""), name="losssuspect_decided_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.probability:.0%}"
