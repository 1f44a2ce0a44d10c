from datetime import datetime

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.microgrids.choices.microgrid import LONGEST_TEXT
from apps.microgrids.models.microgrid import Microgrid


class ReserveWishQuerySet(models.QuerySet["ReserveWish"]):
    def in_force(self, at: datetime) -> "ReserveWishQuerySet":
        return self.filter(withdrawn_at__isnull=True, starts_at__lte=at, ends_at__gt=at)


class ReserveWish(models.Model):
    """Usable energy that a person wants held for an outage; it goes before what is worked out, and ends by itself."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="reserve_wishes")
    reserve_kwh = models.FloatField(validators=[MinValueValidator(0.0)])
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_TEXT)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)  # also: when a newer wish took its place

    objects = ReserveWishQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "reserve wishes"
        ordering = ["-entered_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(starts_at__lt=F("ends_at")), name="reserve_wish_ends_after_it_starts"),
            models.CheckConstraint(condition=Q(reserve_kwh__gte=0), name="reserve_wish_not_negative"),
            models.CheckConstraint(condition=~Q(reason=""), name="reserve_wish_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid}: {self.reserve_kwh:g} kWh"
