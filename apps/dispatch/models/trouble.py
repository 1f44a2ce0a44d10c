from django.db import models
from django.db.models import Q

from apps.dispatch.choices.proposal import Breach, TroubleOrigin


class TroubleQuerySet(models.QuerySet["Trouble"]):
    def standing(self) -> "TroubleQuerySet":
        return self.filter(ended_at__isnull=True)


class Trouble(models.Model):
    """What remedies are proposed for: limits that are broken at one place, as the alarms have it, or losses."""

    origin = models.CharField(max_length=10, choices=TroubleOrigin)
    breach = models.CharField(max_length=12, choices=Breach)
    source = models.CharField(max_length=64)  # as of its alarm: a branch, a feeder, a station, or "network"
    place = models.CharField(max_length=300)
    feeder_mrid = models.UUIDField(null=True, blank=True)
    element_mrid = models.UUIDField(null=True, blank=True)  # the worst of its elements
    element_name = models.CharField(max_length=200, blank=True)
    elements = models.JSONField(default=list)  # mRIDs
    value = models.FloatField()
    limit = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=8)
    customers = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    begins_at = models.DateTimeField(null=True, blank=True)  # foreseen from, to
    ends_at = models.DateTimeField(null=True, blank=True)
    worst_at = models.DateTimeField(null=True, blank=True)  # the instant whose state remedies are checked on
    probability = models.FloatField(null=True, blank=True)  # that it comes
    missed = models.PositiveSmallIntegerField(default=0)  # looks in a row that did not see it any more
    ended_at = models.DateTimeField(null=True, blank=True)
    # When the desks last looked for a remedy, and what they had to say if they found none.
    looked_at = models.DateTimeField(null=True, blank=True)
    finding = models.CharField(max_length=300, blank=True)

    objects = TroubleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["origin", "breach", "source"], condition=Q(ended_at__isnull=True), name="trouble_stands_once"
            )
        ]
        indexes = [models.Index(fields=["began_at"], name="trouble_began_at")]

    def __str__(self) -> str:
        return f"{self.get_breach_display()} at {self.place}"

    @property
    def excess_share(self) -> float:
        """How far beyond the limit, as a share of it; of customers without supply the share that can have it again."""
        if Breach(self.breach) == Breach.SUPPLY:
            return (self.value - (self.limit or 0.0)) / self.value if self.value else 0.0
        return abs(self.value - self.limit) / self.limit if self.limit else 0.0

    @property
    def is_of_supply(self) -> bool:
        return Breach(self.breach) == Breach.SUPPLY

    @property
    def is_foreseen(self) -> bool:
        return TroubleOrigin(self.origin) == TroubleOrigin.FORECAST
