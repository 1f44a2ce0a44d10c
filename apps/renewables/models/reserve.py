from django.db import models

from apps.dispatch.models import ObjectiveVersion
from apps.forecasts.models import ForecastRun
from apps.renewables.choices import LONGEST_TEXT


class ReserveRun(models.Model):
    """By how much net load may leave its plan and how fast it may move, in the hours after one issue of forecasts."""

    run = models.OneToOneField(ForecastRun, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    steps = models.PositiveSmallIntegerField()
    level = models.FloatField()
    planned_kw = models.BinaryField()  # net load out of the network: the median
    up_kw = models.BinaryField()  # to be brought in
    down_kw = models.BinaryField()  # to be taken out
    ramp_minutes = models.JSONField()
    ramps_kw = models.BinaryField()  # spans x (up, down) x steps; nan where the span ends later
    components = models.JSONField()  # names, in the order of the correlation
    correlation = models.JSONField()
    memory = models.JSONField()
    pairs = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()
    # What could be brought in and taken out at that instant, as far as it is measured.
    held_up_kw = models.FloatField(null=True)
    held_down_kw = models.FloatField(null=True)
    held_words = models.CharField(max_length=LONGEST_TEXT, blank=True)
    objectives = models.ForeignKey(
        ObjectiveVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # null: as delivered
    duration_ms = models.FloatField()
    engine_version = models.CharField(max_length=40)

    class Meta:
        indexes = [models.Index(fields=["-as_of"], name="reserve_run_as_of")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M}"


class ReserveDay(models.Model):
    """How the need that was told so many hours before held on a local day."""

    day = models.DateField(unique=True)
    lead_h = models.PositiveSmallIntegerField()
    level = models.FloatField()
    quarters = models.PositiveSmallIntegerField()
    within = models.PositiveSmallIntegerField()
    above = models.PositiveSmallIntegerField()
    below = models.PositiveSmallIntegerField()
    mean_up_kw = models.FloatField()
    mean_down_kw = models.FloatField()
    worked_out_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.within} of {self.quarters}"
