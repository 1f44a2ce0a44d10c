from datetime import datetime

from django.db import models
from django.db.models import Q

from apps.dispatch.models import Course
from apps.storage.choices import STEP, Horizon, PlanMethod, PlanOutcome
from apps.storage.models.plant import StoragePlant


class StorageScheduleQuerySet(models.QuerySet["StorageSchedule"]):
    def light(self) -> "StorageScheduleQuerySet":
        packed = ("power_kw", "soc", "stored_value", "price", "up_kw", "down_kw")
        return self.defer(*packed, "drivers", "words", "inputs")


class StorageSchedule(models.Model):
    """One run of the planner for one plant: from what, what came of it, and why.

    Packed columns have a value per step, little-endian 32-bit floats: power as the meter reads (positive while it
    charges), SoC at the end of the step, money per kWh stored, money per kWh bought.
    """

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="schedules")
    horizon = models.CharField(max_length=10, choices=Horizon)
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    steps = models.PositiveIntegerField()
    outcome = models.CharField(max_length=12, choices=PlanOutcome)
    reason = models.CharField(max_length=400, blank=True)
    way_out = models.JSONField(default=list)  # sentences: what would have to give
    currency = models.CharField(max_length=3, blank=True)
    cost = models.FloatField(null=True, blank=True)  # of the horizon; below zero it earns
    parts = models.JSONField(default=dict)
    cycles = models.FloatField(null=True, blank=True)
    start_soc = models.FloatField(null=True, blank=True)
    start_sigma = models.FloatField(null=True, blank=True)
    known_prices = models.FloatField(null=True, blank=True)  # share of the steps whose price was out
    power_kw = models.BinaryField(default=bytes)
    soc = models.BinaryField(default=bytes)
    stored_value = models.BinaryField(default=bytes)
    price = models.BinaryField(default=bytes)
    drivers = models.JSONField(default=list)  # limits that bind, the dearest first
    words = models.JSONField(default=list)  # sentences: what drives it
    method = models.CharField(max_length=12, choices=PlanMethod, blank=True)
    together_with = models.PositiveIntegerField(default=0)  # other plants of the same program
    up_kw = models.BinaryField(default=bytes)  # reserve that it holds; empty: none
    down_kw = models.BinaryField(default=bytes)
    inputs = models.JSONField(default=dict)
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)
    course = models.ForeignKey(Course, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = StorageScheduleQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["plant", "horizon", "-as_of"], name="storage_schedule_of_plant")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=PlanOutcome.PLANNED) | ~Q(reason=""), name="storage_schedule_or_its_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.get_horizon_display()} {self.as_of:%Y-%m-%d %H:%M}: {self.outcome}"

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + self.steps * STEP


class Earning(models.Model):
    """A plant's day in money, by the local day of its market; without wear, which stands beside."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="earnings")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    planned = models.FloatField(null=True, blank=True)  # by the day-ahead schedule, at the prices that came
    realised = models.FloatField(null=True, blank=True)  # by the meter
    perfect = models.FloatField(null=True, blank=True)  # had the prices been known
    simple_rule = models.FloatField(null=True, blank=True)  # the mean of the last seven days in place of a forecast
    wear = models.FloatField(null=True, blank=True)  # of what was realised
    charged_kwh = models.FloatField(null=True, blank=True)  # by the meter
    discharged_kwh = models.FloatField(null=True, blank=True)
    cycles = models.FloatField(null=True, blank=True)
    known_share = models.FloatField(default=0.0)  # of the day's meter readings
    reason = models.CharField(max_length=400, blank=True)  # why a figure is missing
    worked_out_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "plant"]
        constraints = [models.UniqueConstraint(fields=["plant", "day"], name="earning_once_a_day")]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.day}"
