from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.optimization.choices import LONGEST_REASON, MOST_A_DAY, VoltageObjective
from apps.optimization.models.run import OptimizationRun


class VoltageSetting(models.Model):
    """What the voltage desk goes for on a feeder once its voltages are inside their limits, and how often it moves."""

    feeder_mrid = models.UUIDField(unique=True)
    feeder_name = models.CharField(max_length=200)
    objective = models.CharField(max_length=10, choices=VoltageObjective, default=VoltageObjective.VIOLATIONS)
    flat_pu = models.FloatField(default=1.0, validators=[MinValueValidator(0.9), MaxValueValidator(1.1)])
    most_operations_per_day = models.PositiveSmallIntegerField(
        default=MOST_A_DAY, validators=[MaxValueValidator(200)], help_text="Of each device, by the local day."
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    reason = models.CharField(max_length=LONGEST_REASON)

    class Meta:
        ordering = ["feeder_name"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="voltage_setting_has_a_reason"),
            models.CheckConstraint(condition=Q(flat_pu__gte=0.9, flat_pu__lte=1.1), name="voltage_setting_flat_pu"),
        ]

    def __str__(self) -> str:
        return f"{self.feeder_name}: {self.get_objective_display()}"


class VoltagePlanQuerySet(models.QuerySet["VoltagePlan"]):
    def light(self) -> "VoltagePlanQuerySet":
        return self.defer("profile", "course")


class VoltagePlan(models.Model):
    """What the voltage desk would do on a feeder now and in the steps ahead, and what it would come to."""

    run = models.ForeignKey(OptimizationRun, on_delete=models.CASCADE, related_name="voltage_plans")
    feeder_mrid = models.UUIDField()
    feeder_name = models.CharField(max_length=200)
    as_of = models.DateTimeField()
    network_model = models.ForeignKey(NetworkModel, on_delete=models.PROTECT, related_name="+")
    objective = models.CharField(max_length=10, choices=VoltageObjective)
    expected_from = models.CharField(max_length=200)  # whose word the steps ahead are
    is_confirmed = models.BooleanField()  # by the full power flow of every step, and better than doing nothing
    finding = models.CharField(max_length=400)
    figures = models.JSONField(default=dict)  # before and after, over all steps
    moves = models.JSONField(default=list)  # of now, as steps of a proposal
    profile = models.JSONField(default=dict)  # now: mRIDs of nodes and their voltage after the moves, pu
    course = models.JSONField(default=dict)  # per step: instants, extremes before and after, positions by device
    duration_ms = models.FloatField()

    objects = VoltagePlanQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["feeder_mrid", "-as_of"], name="voltage_plan_of_feeder")]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M:%S} {self.feeder_name}: {self.finding}"
