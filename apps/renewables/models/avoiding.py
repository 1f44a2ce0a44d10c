from django.db import models

from apps.dispatch.models import HoursAhead
from apps.renewables.choices import LONGEST_TEXT


class AvoidanceRun(models.Model):
    """What will have to be held back in the hours ahead, and what could take its place."""

    hours = models.OneToOneField(HoursAhead, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    expected_kwh = models.FloatField()
    plants = models.JSONField(default=list)  # of those that are expected to be held back, most first
    # Per place that is short: what it asks of plants, and the options, cheapest first.
    places = models.JSONField(default=list)
    words = models.CharField(max_length=LONGEST_TEXT)

    class Meta:
        indexes = [models.Index(fields=["-as_of"], name="avoidance_run_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.expected_kwh:.0f} kWh"
