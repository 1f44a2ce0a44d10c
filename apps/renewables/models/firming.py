from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.renewables.choices import LONGEST_TEXT, FirmingStatus
from apps.renewables.models.portfolio import Portfolio, RenewablePlant


class FirmingRun(models.Model):
    """Which battery would have kept what is delivered near its day-ahead plan, by what rates; played on the past."""

    portfolio = models.ForeignKey(Portfolio, null=True, on_delete=models.CASCADE, related_name="+")
    plant = models.ForeignKey(RenewablePlant, null=True, on_delete=models.CASCADE, related_name="+")
    days = models.PositiveSmallIntegerField()
    tolerance = models.FloatField()  # of the plan
    share = models.FloatField()  # of the quarter hours
    round_trip = models.FloatField()  # efficiency
    per_kw = models.FloatField()
    per_kwh = models.FloatField()
    currency = models.CharField(max_length=3)
    source = models.CharField(max_length=LONGEST_TEXT)  # of the rates: the datasheet or the offer
    status = models.CharField(max_length=8, choices=FirmingStatus, default=FirmingStatus.WAITING)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    result = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(portfolio__isnull=False, plant__isnull=True)
                | Q(portfolio__isnull=True, plant__isnull=False),
                name="firming_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"{self.plant or self.portfolio}, {self.share:.0%}"
