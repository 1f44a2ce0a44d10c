from django.db import models
from django.db.models import Q

from apps.storage.choices import Horizon, PlanOutcome
from apps.storage.models.plant import StorageSite


class SitePlan(models.Model):
    """What a plan of a site's batteries saves it, against having none and against a simple rule.

    Packed columns have a value per step, little-endian 32-bit floats; `net` is what the meter draws, kW.
    """

    site = models.ForeignKey(StorageSite, on_delete=models.CASCADE, related_name="plans")
    horizon = models.CharField(max_length=10, choices=Horizon)
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    steps = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=PlanOutcome)
    reason = models.CharField(max_length=400, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    # Money of the horizon, wear included; the demand charge counts what goes beyond the peak that was there before.
    cost = models.FloatField(null=True, blank=True)
    cost_without = models.FloatField(null=True, blank=True)
    cost_by_rule = models.FloatField(null=True, blank=True)
    rule_breaks = models.BooleanField(default=False)  # the simple rule would break the limit of the connection
    wear = models.FloatField(null=True, blank=True)
    peak_before_kw = models.FloatField(null=True, blank=True)  # of this month
    peak_kw = models.FloatField(null=True, blank=True)
    peak_without_kw = models.FloatField(null=True, blank=True)
    self_consumed = models.FloatField(null=True, blank=True)  # share of the sun that is used on the spot
    self_consumed_without = models.FloatField(null=True, blank=True)
    load_kw = models.BinaryField(default=bytes)
    sun_kw = models.BinaryField(default=bytes)
    net_kw = models.BinaryField(default=bytes)
    net_without_kw = models.BinaryField(default=bytes)
    net_by_rule_kw = models.BinaryField(default=bytes)
    inputs = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["site", "horizon", "-as_of"], name="site_plan_of_site")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=PlanOutcome.PLANNED) | ~Q(reason=""), name="site_plan_or_its_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.get_horizon_display()} {self.as_of:%Y-%m-%d %H:%M}"
