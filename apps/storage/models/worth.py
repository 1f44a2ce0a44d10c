from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.storage.choices import LONGEST_TEXT, CaseState, LifespanOutcome
from apps.storage.models.plant import StoragePlant


class BatteryCost(models.Model):
    """What new batteries of a plant would cost, so that a year of their life is worth something."""

    plant = models.OneToOneField(StoragePlant, on_delete=models.CASCADE, primary_key=True, related_name="battery_cost")
    per_kwh = models.FloatField()
    currency = models.CharField(max_length=3)
    discount_rate = models.FloatField()
    source = models.CharField(max_length=LONGEST_TEXT)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(per_kwh__gt=0, discount_rate__gte=0, discount_rate__lte=1), name="battery_cost_bounds"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="battery_cost_cites_its_source"),
        ]

    def __str__(self) -> str:
        return f"{self.plant_id}: {self.per_kwh:g} {self.currency}/kWh"


class LifespanRunQuerySet(models.QuerySet["LifespanRun"]):
    def light(self) -> "LifespanRunQuerySet":
        return self.defer("fan", "causes", "policies", "tests", "inputs", "beyond")


class LifespanRun(models.Model):
    """How long a plant's batteries will live on the schedule that is planned: from what, and what came of it.

    Years are from `as_of`; 40 means that or more. Low and high hold 80 % of what is believed.
    """

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="lifespans")
    as_of = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=LifespanOutcome)
    reason = models.CharField(max_length=400, blank=True)
    law = models.CharField(max_length=60, blank=True)
    end_of_life = models.FloatField()  # remaining capacity, of that when new
    years = models.FloatField(null=True, blank=True)  # median
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    untested_years = models.FloatField(null=True, blank=True)  # median had no test been made
    capacity_now = models.FloatField(null=True, blank=True)  # median, of that when new
    calendar_share = models.FloatField(null=True, blank=True)  # of the loss by then
    cycles_a_year = models.FloatField(null=True, blank=True)  # equivalent full ones
    resistance_growth = models.FloatField(null=True, blank=True)  # by then; null: the model has no law of it
    wear_per_kwh = models.FloatField(null=True, blank=True)  # money, by this life; null: no cost of batteries is known
    test_count = models.PositiveIntegerField(default=0)
    fan = models.JSONField(default=dict)  # years from now, with low, median and high of the capacity
    causes = models.JSONField(default=list)  # the gravest first
    policies = models.JSONField(default=list)  # the one in force first
    tests = models.JSONField(default=list)
    beyond = models.JSONField(default=list)  # sentences: what lies outside the model's own tests
    inputs = models.JSONField(default=dict)
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)

    objects = LifespanRunQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-id"]
        indexes = [models.Index(fields=["plant", "-as_of"], name="lifespan_run_of_plant")]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome=LifespanOutcome.KNOWN) | ~Q(reason=""), name="lifespan_run_or_its_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.as_of:%Y-%m-%d}: {self.outcome}"


class EconomicCase(models.Model):
    """A storage project in money: what somebody put in, each figure with its source, and what it comes to.

    `project` has the form of the files that `storage_economics` reads.
    """

    plant = models.ForeignKey(StoragePlant, null=True, blank=True, on_delete=models.CASCADE, related_name="cases")
    name = models.CharField(max_length=120)
    project = models.JSONField()
    sources = models.JSONField(default=dict)  # by figure
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=CaseState, default=CaseState.WAITING)
    reason = models.CharField(max_length=400, blank=True)
    result = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    worked_out_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40, blank=True)
    # Put away: kept with what it stood on, and no longer listed.
    archived_at = models.DateTimeField(null=True, blank=True)
    archived_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    archive_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="economic_case_has_a_name"),
            models.CheckConstraint(
                condition=~Q(state=CaseState.FAILED) | ~Q(reason=""), name="economic_case_or_its_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.name
