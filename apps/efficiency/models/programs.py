from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.efficiency.choices.programs import (
    HOURS_A_DAY,
    LONGEST_PROGRAM_TEXT,
    NEXT_MEASURE_STATUS,
    MeasureDriver,
    MeasureKind,
    MeasureStatus,
    SavingMethod,
    SiteKind,
)

_SHARE = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class EfficiencySite(models.Model):
    """A customer or a building of the city with a meter of its own, as far as saving energy goes."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=12, choices=SiteKind, default=SiteKind.BUILDING)
    time_zone = models.CharField(max_length=40, help_text="By whose clock its people live.")
    price_zone = models.ForeignKey(
        "markets.BiddingZone", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Whose emission factors hold for it.",
    )  # fmt: skip
    weather = models.ForeignKey(
        "weather.Location", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Temperatures where the readings bring none.",
    )  # fmt: skip
    series = models.OneToOneField(
        "forecasts.Series", null=True, blank=True, on_delete=models.SET_NULL, related_name="+",
        help_text="Of its meter, where the house has one: readings follow by themselves.",
    )  # fmt: skip
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class SiteDay(models.Model):
    """Readings of a site: 24 hours from midnight UTC, null where nothing is known."""

    site = models.ForeignKey(EfficiencySite, on_delete=models.CASCADE, related_name="days")
    day = models.DateField(help_text="UTC.")
    kwh = ArrayField(models.FloatField(null=True), size=HOURS_A_DAY)
    temperature_c = ArrayField(models.FloatField(null=True), size=HOURS_A_DAY)

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["site", "day"], name="efficiency_site_day_once")]

    def __str__(self) -> str:
        return f"{self.site}, {self.day}"


class EfficiencyMeasure(models.Model):
    """One of the catalogue: on which part of a load it works, how much it saves there, what that costs."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=16, choices=MeasureKind)
    driver = models.CharField(max_length=8, choices=MeasureDriver)
    share = models.FloatField(validators=_SHARE, help_text="Of that part, what the equipment takes.")
    saving = models.FloatField(validators=_SHARE, help_text="Of what the equipment takes.")
    cost_per_kwh = models.FloatField(
        validators=[MinValueValidator(0.0)], help_text="Paid once, for each kWh saved in a year."
    )
    upkeep_per_kwh = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)], help_text="A year.")
    life_years = models.FloatField(validators=[MinValueValidator(1.0), MaxValueValidator(60.0)])
    source = models.CharField(max_length=LONGEST_PROGRAM_TEXT, blank=True, help_text="Where the figures come from.")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(share__range=(0, 1), saving__range=(0, 1)), name="measure_shares"),
            models.CheckConstraint(
                condition=Q(cost_per_kwh__gte=0, upkeep_per_kwh__gte=0, life_years__gte=1), name="measure_costs"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MeasureEnrolmentQuerySet(models.QuerySet["MeasureEnrolment"]):
    def move(self, pk: int, old: MeasureStatus, new: MeasureStatus, **fields: Any) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_MEASURE_STATUS[old]:
            raise ValueError(f"A measure that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1

    def asked(self) -> "MeasureEnrolmentQuerySet":
        """Whose saving somebody wants to know and nobody has worked out yet."""
        return self.filter(asked_at__isnull=False)

    def answer(self, pk: int, asked_at: datetime, refused: str) -> bool:
        """Compare and swap: False if it has been answered already. refused: why there is no saving; empty: there is."""
        told = {"asked_at": None, "asked_method": "", "asked_by": None, "refused": refused}
        return self.filter(pk=pk, asked_at=asked_at).update(**told) == 1


class MeasureEnrolment(models.Model):
    """A measure at a site, from its proposal to its verified saving. Figures are those of the day of the proposal."""

    site = models.ForeignKey(EfficiencySite, on_delete=models.CASCADE, related_name="enrolments")
    measure = models.ForeignKey(EfficiencyMeasure, on_delete=models.PROTECT, related_name="enrolments")
    status = models.CharField(max_length=10, choices=MeasureStatus, default=MeasureStatus.PROPOSED)
    status_since = models.DateTimeField()
    status_reason = models.CharField(max_length=LONGEST_PROGRAM_TEXT, blank=True)
    expected_kwh = models.FloatField(help_text="A year.")
    expected_cost = models.FloatField()
    levelised_cost = models.FloatField(help_text="Of a kWh saved, over the life.")
    work_from = models.DateField(null=True, blank=True, help_text="First local day of the work.")
    work_to = models.DateField(null=True, blank=True, help_text="First local day after it.")
    paid = models.FloatField(null=True, blank=True, help_text="What it did cost.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="A verification is under way since then.")
    asked_method = models.CharField(max_length=8, choices=SavingMethod, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    refused = models.CharField(
        max_length=LONGEST_PROGRAM_TEXT, blank=True, help_text="Why the newest verification found no saving."
    )

    objects = MeasureEnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["-status_since"]
        constraints = [
            models.UniqueConstraint(fields=["site", "measure"], name="measure_once_a_site"),
            models.CheckConstraint(
                condition=Q(work_from__isnull=True, work_to__isnull=True) | Q(work_from__lte=F("work_to")),
                name="measure_work_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(asked_at__isnull=True, asked_by__isnull=True, asked_method="")
                | Q(asked_at__isnull=False, asked_by__isnull=False, asked_method__in=SavingMethod.values),
                name="measure_asked_by_whom_and_how",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} at {self.site}"


class VerifiedSaving(models.Model):
    """What was saved, worked out at an instant from the readings that were known by then. Never changed; the newest
    counts. Of all measures at a site that were done between baseline and reporting period together."""

    enrolment = models.ForeignKey(MeasureEnrolment, on_delete=models.CASCADE, related_name="savings")
    worked_out_at = models.DateTimeField()
    method = models.CharField(max_length=8, choices=SavingMethod)
    counterfactual_kwh = models.FloatField()
    observed_kwh = models.FloatField()
    band_kwh = models.FloatField(null=True, help_text="Half width at 90 %; null: it says nothing.")
    days = models.PositiveIntegerField(help_text="Of the reporting period, compared.")
    passes = models.BooleanField(help_text="The baseline suffices by the rules of CalTRACK.")
    average_kg = models.FloatField(null=True, help_text="Avoided by average factors; null: none known.")
    marginal_kg = models.FloatField(null=True, help_text="Avoided by marginal factors; null: none known.")
    emissions_note = models.CharField(max_length=LONGEST_PROGRAM_TEXT, blank=True)
    document = models.JSONField(help_text="Model, fit, sufficiency, uncertainty.")
    by_day = models.JSONField(help_text="Sums of each day: day, counterfactual_kwh, observed_kwh.")

    class Meta:
        ordering = ["-worked_out_at", "-id"]

    def __str__(self) -> str:
        return f"{self.saved_kwh:.0f} kWh of {self.enrolment}"

    @property
    def saved_kwh(self) -> float:
        return self.counterfactual_kwh - self.observed_kwh
