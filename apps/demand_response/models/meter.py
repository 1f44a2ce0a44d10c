from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.assets.models import UsagePoint
from apps.demand_response.choices import MeterQuality, MeterSource


class MeterDay(models.Model):
    """A day of interval readings, by the clock of the site: 23 or 25 hours where the clock is changed.

    What is drawn from the grid is positive; where a meter also counts what is fed in, it is taken off. NaN: not known.
    """

    usage_point = models.ForeignKey(UsagePoint, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    starts_at = models.DateTimeField(help_text="Instant of local midnight, where the first interval begins.")
    step_s = models.PositiveIntegerField()
    kwh = ArrayField(models.FloatField())
    source = models.CharField(max_length=8, choices=MeterSource)
    quality = models.CharField(max_length=10, choices=MeterQuality)
    received_at = models.DateTimeField()

    class Meta:
        ordering = ["usage_point", "day"]
        constraints = [
            models.UniqueConstraint(fields=["usage_point", "day"], name="demand_meterday_once"),
            models.CheckConstraint(condition=Q(step_s__gt=0), name="demand_meterday_step_positive"),
        ]
        indexes = [models.Index(fields=["day"], name="demand_meterday_by_day")]

    def __str__(self) -> str:
        return f"{self.usage_point} on {self.day}"
