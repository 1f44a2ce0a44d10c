from django.db import models
from django.db.models import F, Q

from apps.state.choices import OutageCause, OutageSource


class OutageQuerySet(models.QuerySet["Outage"]):
    def during(self, begin: object, end: object) -> "OutageQuerySet":
        return self.filter(began_at__gte=begin, began_at__lt=end)


class Outage(models.Model):
    """CIM Outage: one loss of supply by one cause. Recorded low, so that figures, hazards and benefits rest on it."""

    mrid = models.UUIDField(unique=True)
    source = models.CharField(max_length=10, choices=OutageSource)
    reference = models.CharField(max_length=120, blank=True, help_text="Of the incident or the line of the file.")
    feeder_mrid = models.UUIDField(null=True, blank=True, db_index=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    equipment_mrid = models.UUIDField(null=True, blank=True, help_text="What failed.")
    equipment_name = models.CharField(max_length=200, blank=True)
    cause = models.CharField(max_length=12, choices=OutageCause, default=OutageCause.UNKNOWN)
    is_planned = models.BooleanField(default=False)
    began_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the last customer had supply again.")

    objects = OutageQuerySet.as_manager()

    class Meta:
        ordering = ["-began_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")), name="outage_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_name or self.feeder_name} {self.began_at:%Y-%m-%d %H:%M}"


class OutageStep(models.Model):
    """Customers that lost supply together and had it again together; a partly restored outage has several."""

    outage = models.ForeignKey(Outage, on_delete=models.CASCADE, related_name="steps")
    began_at = models.DateTimeField()
    restored_at = models.DateTimeField(null=True, blank=True)
    customers = models.PositiveIntegerField()
    critical_customers = models.PositiveIntegerField(default=0)
    lost_kw = models.FloatField(default=0.0, help_text="What they drew before.")
    consumers = models.JSONField(default=dict, help_text="Customers by mRID of EnergyConsumer; may be empty in files.")

    class Meta:
        ordering = ["began_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(restored_at__isnull=True) | Q(restored_at__gte=F("began_at")),
                name="outagestep_ends_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customers} customers from {self.began_at:%H:%M:%S}"
