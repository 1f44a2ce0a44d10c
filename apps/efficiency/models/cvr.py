from datetime import date
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.efficiency.choices.cvr import (
    HOLDS_DEVICE,
    LONGEST_CVR_TEXT,
    MOST_STEPS_DOWN,
    NEXT_CVR_DAY,
    NEXT_CVR_STATUS,
    CvrDayState,
    CvrStatus,
)


class CvrExperimentQuerySet(models.QuerySet["CvrExperiment"]):
    def move(self, pk: int, old: CvrStatus, new: CvrStatus, **fields: Any) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_CVR_STATUS[old]:
            raise ValueError(f"An experiment that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class CvrExperiment(models.Model):
    """Days of lower and of normal voltage by lot on one feeder, to measure what lower voltage saves there."""

    feeder_mrid = models.UUIDField()
    feeder_name = models.CharField(max_length=200)
    zone = models.CharField(max_length=64, help_text="mRID of the first of the transformers that feed it together.")
    # Transformers in parallel, moved together: mrid, name, direction (+1: a higher position lowers the voltage),
    # step_percent, tap_min, tap_max.
    units = models.JSONField()
    bellwethers = models.JSONField(help_text="Watched voltages: point, mrid of the node, name, nominal_kv.")
    reference = models.JSONField(default=list, help_text="mRIDs of feeders that the experiment does not touch.")
    steps_down = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_STEPS_DOWN)], help_text="Of the tap changers."
    )
    limit_pu = models.FloatField(help_text="Lowest voltage that a customer may have.")
    margin_pu = models.FloatField(default=0.01, validators=[MinValueValidator(0.0), MaxValueValidator(0.1)])
    most_guard_days = models.PositiveSmallIntegerField(default=1, help_text="Days ended by the guard that stop it.")
    most_operations_per_day = models.PositiveSmallIntegerField(default=24, help_text="Of all its tap changers.")
    confidence = models.FloatField(default=0.9, validators=[MinValueValidator(0.5), MaxValueValidator(0.99)])
    starts_on = models.DateField(help_text="Local day.")
    ends_on = models.DateField(help_text="The last local day.")
    seed = models.PositiveBigIntegerField()
    plan = models.JSONField(default=dict, help_text="What it was planned from: days needed, lowest voltage foreseen.")
    purpose = models.CharField(max_length=LONGEST_CVR_TEXT, blank=True)

    status = models.CharField(max_length=10, choices=CvrStatus, default=CvrStatus.DRAFT)
    reason = models.CharField(max_length=LONGEST_CVR_TEXT, blank=True, help_text="Why it stands where it stands.")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # in whose name taps are ordered
    ended_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict, help_text="Factor, savings and intervals, as last worked out.")
    scored_at = models.DateTimeField(null=True, blank=True)

    objects = CvrExperimentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["zone"], condition=Q(status__in=sorted(HOLDS_DEVICE)), name="cvr_one_experiment_a_zone"
            ),
            models.CheckConstraint(condition=Q(starts_on__lt=F("ends_on")), name="cvr_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")), name="cvr_two_persons"
            ),
        ]

    def __str__(self) -> str:
        return f"Voltage experiment {self.pk} on {self.feeder_name}"

    @property
    def guard_pu(self) -> float:
        return self.limit_pu + self.margin_pu

    def purpose_of(self, day: date, way: str) -> str:
        """How orders say what they are for."""
        return f"CVR {self.pk}, {day.isoformat()}, {way}"


class CvrDayQuerySet(models.QuerySet["CvrDay"]):
    def move(self, pk: int, old: CvrDayState, new: CvrDayState, **fields: Any) -> bool:
        if new not in NEXT_CVR_DAY[old]:
            raise ValueError(f"A day that is {old} never becomes {new}.")
        return self.filter(pk=pk, state=old).update(state=new, **fields) == 1


class CvrDay(models.Model):
    """One local day of an experiment: what the coin said, what was done, what was measured."""

    experiment = models.ForeignKey(CvrExperiment, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    number = models.PositiveIntegerField(help_text="From 0.")
    reduced = models.BooleanField(help_text="What the coin said.")
    block = models.PositiveIntegerField(help_text="Days of one block were drawn as a pair.")
    foreseen_c = models.FloatField(null=True, blank=True, help_text="Temperature that was foreseen at the draw.")
    state = models.CharField(max_length=12, choices=CvrDayState, default=CvrDayState.AHEAD)
    note = models.CharField(max_length=LONGEST_CVR_TEXT, blank=True)
    taps_before = models.JSONField(default=dict, help_text="By mRID of transformer: where it goes back to.")
    lowered_at = models.DateTimeField(null=True, blank=True)
    went_back_at = models.DateTimeField(null=True, blank=True)
    guard_hit = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Orders of this way that came to nothing.")
    # As measured, while it goes on and once after it has ended; unknown is empty.
    energy_kwh = models.FloatField(null=True, blank=True)
    voltage_pu = models.FloatField(null=True, blank=True)
    lowest_pu = models.FloatField(null=True, blank=True)
    lowest_at = models.CharField(max_length=200, blank=True)
    hours_known = models.PositiveSmallIntegerField(default=0)
    temperature_c = models.FloatField(null=True, blank=True)

    objects = CvrDayQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["experiment", "day"], name="cvr_day_once"),
            models.UniqueConstraint(fields=["experiment", "number"], name="cvr_day_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {'reduced' if self.reduced else 'normal'}, {self.get_state_display()}"
