from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.dispatch.choices.proposal import LONGEST_TEXT, AutonomyMode


class Autonomy(models.Model):
    """What a desk may do on a feeder; a row without a feeder is for all that have none of their own."""

    desk = models.CharField(max_length=30)
    feeder_mrid = models.UUIDField(null=True, blank=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    mode = models.CharField(max_length=10, choices=AutonomyMode, default=AutonomyMode.ADVISE)
    max_operations_per_day = models.PositiveIntegerField(default=10)
    max_kw = models.FloatField(default=500.0, validators=[MinValueValidator(0.0)])
    least_confidence = models.FloatField(default=0.9, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    from_hour = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(23)])  # local time
    to_hour = models.PositiveSmallIntegerField(default=24, validators=[MaxValueValidator(24)])
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_TEXT)
    # Who has agreed that it also operates critical devices, as the second person; nobody: each order asks for one.
    seconded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    seconded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["desk", "feeder_name"]
        verbose_name_plural = "autonomy"
        constraints = [
            models.UniqueConstraint(
                fields=["desk", "feeder_mrid"], nulls_distinct=False, name="autonomy_once_a_desk_and_feeder"
            ),
            models.CheckConstraint(condition=Q(from_hour__lt=models.F("to_hour")), name="autonomy_hours_in_order"),
            models.CheckConstraint(condition=~Q(reason=""), name="autonomy_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.desk} on {self.feeder_name or 'all other feeders'}: {self.get_mode_display()}"
