from django.db import models
from django.db.models import Q

from apps.alarms.choices import STANDING, BaseState, Condition, Priority


class AlarmQuerySet(models.QuerySet["Alarm"]):
    def not_normal(self) -> "AlarmQuerySet":
        return self.exclude(base_state=BaseState.NORMAL)

    def standing(self) -> "AlarmQuerySet":
        return self.filter(base_state__in=STANDING)

    def annunciated(self) -> "AlarmQuerySet":
        """In the order in which an operator should look at them."""
        return self.not_normal().order_by("priority", "-raised_at", "id")


class Alarm(models.Model):
    """One row per source and condition; its occurrences are told apart by number and kept in the journal."""

    source = models.CharField(max_length=200)  # stable key: an mRID, a gateway's or feeder's name
    condition = models.CharField(max_length=32, choices=Condition)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    base_state = models.CharField(max_length=16, choices=BaseState, default=BaseState.NORMAL)
    occurrence = models.PositiveIntegerField(default=0)
    equipment_mrid = models.UUIDField(null=True, blank=True)
    equipment_name = models.CharField(max_length=200)
    path = models.CharField(max_length=300, blank=True)
    message = models.CharField(max_length=400)
    value = models.FloatField(null=True, blank=True)
    limit = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=16, blank=True)
    quality_good = models.BooleanField(default=True)
    is_late = models.BooleanField(default=False)  # raised by data older than what was already known
    raised_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=150, blank=True)

    objects = AlarmQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "condition"], name="alarm_one_row_per_condition"),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True, acknowledged_by="")
                | (Q(acknowledged_at__isnull=False) & ~Q(acknowledged_by="")),
                name="alarm_acknowledged_at_and_by_go_together",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "-raised_at"], condition=~Q(base_state=BaseState.NORMAL), name="alarm_annunciated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.equipment_name}: {self.get_condition_display()}"
