from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.microgrids.choices.microgrid import LONGEST_TEXT
from apps.microgrids.choices.readiness import ReadinessOutcome
from apps.microgrids.models.microgrid import Microgrid

_SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]
_AMOUNT = [MinValueValidator(0.0)]


class ReadinessTerms(models.Model):
    """What nobody measures: how equipment is believed to behave, and what lost load is worth. Defaults are assumptions,
    told with every result."""

    microgrid = models.OneToOneField(Microgrid, on_delete=models.CASCADE, related_name="readiness_terms")
    least_soc = models.FloatField(default=0.1, validators=_SHARE)  # below it storages give nothing
    one_way_efficiency = models.FloatField(default=0.95, validators=[MinValueValidator(0.3), MaxValueValidator(1.0)])
    soc_sigma = models.FloatField(default=0.02, validators=_SHARE)
    start_failure = models.FloatField(default=0.01, validators=_SHARE)  # of a generator
    hours_between_failures = models.FloatField(default=1600.0, validators=[MinValueValidator(1.0)])  # while it runs
    shed_important_below = models.FloatField(default=0.2, validators=_SHARE)  # of the usable energy
    shed_deferrable_below = models.FloatField(default=0.4, validators=_SHARE)
    lost_critical_eur_per_kwh = models.FloatField(default=25.0, validators=_AMOUNT)
    lost_important_eur_per_kwh = models.FloatField(default=10.0, validators=_AMOUNT)
    lost_deferrable_eur_per_kwh = models.FloatField(default=3.0, validators=_AMOUNT)
    # Of the grid's outages; empty: from those on record.
    expected_outage_h = models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])
    outages_per_year = models.FloatField(null=True, blank=True, validators=_AMOUNT)

    class Meta:
        verbose_name_plural = "readiness terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(shed_important_below__lte=F("shed_deferrable_below")),
                name="terms_deferrable_shed_first",
            ),
            models.CheckConstraint(
                condition=Q(
                    one_way_efficiency__gte=0.3, one_way_efficiency__lte=1.0, least_soc__gte=0, least_soc__lt=1
                ),
                name="terms_of_a_battery_that_can_be",
            ),
        ]

    def __str__(self) -> str:
        return f"Terms of {self.microgrid}"


class ReadinessRun(models.Model):
    """How long it could have stood alone from an instant on, and the reserve that was wanted then."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="readiness_runs")
    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=ReadinessOutcome)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why nothing is known
    is_alone = models.BooleanField(null=True)
    horizon_h = models.FloatField(null=True)
    scenarios = models.PositiveIntegerField(default=0)
    # By '1', '2', '3': until the first want of priority 1, of 1 or 2, of any. p10, p50, p90 in hours, `beyond` a share.
    hours = models.JSONField(default=dict)
    curve = models.JSONField(default=dict)  # hours, and by class the probability to serve it so long
    gains = models.JSONField(default=list)  # what would raise it, the greatest first
    unserved_kwh = models.JSONField(default=dict)  # by priority, mean to the horizon
    inputs = models.JSONField(default=dict)  # charge, fuel, loads now, where each course comes from
    outage = models.JSONField(default=dict)  # rate, probability in the window, expected hours, and their grounds
    reserve_kwh = models.FloatField(null=True)  # usable energy to hold; empty: not worked out
    reserve_until = models.DateTimeField(null=True)
    reserve_cost_eur = models.FloatField(null=True)
    reserve = models.JSONField(default=dict)  # amounts compared, and the reason
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["microgrid", "as_of"], name="readiness_once_an_instant"),
            models.CheckConstraint(
                condition=Q(reserve_kwh__isnull=True) | Q(reserve_kwh__gte=0), name="readiness_reserve_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid} {self.as_of:%Y-%m-%d %H:%M}"
