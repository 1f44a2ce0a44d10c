from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.microgrids.choices.microgrid import LONGEST_TEXT
from apps.microgrids.choices.schedule import CURRENCY, ScheduleOutcome
from apps.microgrids.models.microgrid import Microgrid

_AMOUNT = [MinValueValidator(0.0)]


class ScheduleTerms(models.Model):
    """Money beside the market's prices, and what the connection may carry. What lost load is worth stands with the
    terms of readiness."""

    microgrid = models.OneToOneField(Microgrid, on_delete=models.CASCADE, related_name="schedule_terms")
    wear_eur_per_kwh = models.FloatField(default=0.02, validators=_AMOUNT)  # of what storages give
    emissions_eur_per_kg = models.FloatField(default=0.0, validators=_AMOUNT)
    peak_eur_per_kw = models.FloatField(default=0.0, validators=_AMOUNT)
    peak_reached_kw = models.FloatField(default=0.0, validators=_AMOUNT)  # in the month that is charged
    reserve_eur_per_kwh_h = models.FloatField(default=1.0, validators=_AMOUNT)  # for what is missing of the reserve
    import_kw = models.FloatField(null=True, blank=True, validators=_AMOUNT)  # empty: no limit of its own
    export_kw = models.FloatField(null=True, blank=True, validators=_AMOUNT)
    proposes = models.BooleanField(default=True)  # set-points to dispatch

    class Meta:
        verbose_name_plural = "schedule terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(wear_eur_per_kwh__gte=0, emissions_eur_per_kg__gte=0, peak_eur_per_kw__gte=0),
                name="schedule_terms_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"Terms of {self.microgrid}'s schedule"


class ScheduleRun(models.Model):
    """One run of the planner: from what, what came of it, why, and what it was worth afterwards."""

    microgrid = models.ForeignKey(Microgrid, on_delete=models.CASCADE, related_name="schedules")
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=ScheduleOutcome)
    reason = models.CharField(max_length=LONGEST_TEXT, blank=True)
    way_out = models.JSONField(default=list)
    is_alone = models.BooleanField(null=True)
    currency = models.CharField(max_length=3, default=CURRENCY)
    cost = models.FloatField(null=True)  # of the horizon, expected
    parts = models.JSONField(default=dict)
    uncontrolled_cost = models.FloatField(null=True)  # stores rest, generators stand
    uncontrolled_lost_kwh = models.FloatField(null=True)
    emissions_kg = models.FloatField(null=True)
    gap = models.FloatField(null=True)
    periods = models.JSONField(default=list)  # powers by member, prices and reasons
    reserve = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)  # state, sources and versions that it was made from
    courses = models.JSONField(default=list)  # what dispatch was offered, and what it said
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)
    # Of the first period, which is the one that was carried out.
    expected_first_eur = models.FloatField(null=True)
    measured_first_eur = models.FloatField(null=True)
    scored_at = models.DateTimeField(null=True)
    score_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)  # why it has no measured cost

    class Meta:
        ordering = ["-as_of", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["microgrid", "as_of"], name="microgrid_schedule_once_an_instant"),
            models.CheckConstraint(
                condition=Q(outcome=ScheduleOutcome.PLANNED) | ~Q(reason=""),
                name="microgrid_schedule_or_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.microgrid} {self.as_of:%Y-%m-%d %H:%M}: {self.outcome}"
