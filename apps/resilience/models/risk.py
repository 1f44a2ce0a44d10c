from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from apps.assets.models import NetworkModel
from apps.resilience.choices.risk import AssetKind, Exposure, RiskOutcome, Vegetation


class AssetCondition(models.Model):
    """What people know of an asset beside the network's data. Empty: not known, and nothing is assumed for it."""

    mrid = models.UUIDField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    commissioned_on = models.DateField(null=True, blank=True)
    expected_life_years = models.FloatField(null=True, blank=True, validators=[MinValueValidator(1.0)])
    vegetation = models.CharField(max_length=10, choices=Vegetation, default=Vegetation.UNKNOWN)
    exposure = models.CharField(max_length=10, choices=Exposure, default=Exposure.UNKNOWN)
    operations_share = models.FloatField(
        null=True, blank=True, validators=[MinValueValidator(0.0)], help_text="Of those the maker allows; 1 is all."
    )
    hot_spot_c = models.FloatField(null=True, blank=True, help_text="Of a transformer in its hottest hours.")
    source = models.CharField(max_length=200, help_text="Who says so.")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expected_life_years__isnull=True) | Q(expected_life_years__gte=1.0),
                name="condition_life_at_least_a_year",
            ),
            models.CheckConstraint(
                condition=Q(operations_share__isnull=True) | Q(operations_share__gte=0.0),
                name="condition_operations_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.mrid)


class HazardModel(models.Model):
    """One fit of the failures of one kind of asset to weather, or why there is none; each a version of its own."""

    kind = models.CharField(max_length=12, choices=AssetKind)
    as_of = models.DateTimeField()
    records = models.PositiveIntegerField()
    needed = models.PositiveIntegerField()
    left_out = models.PositiveIntegerField(default=0, help_text="Records without equipment, or without weather.")
    reason = models.CharField(max_length=300, blank=True)
    begins_at = models.DateTimeField(null=True)
    coefficients = models.JSONField(default=dict)
    own_failures = models.JSONField(default=dict)  # by mRID
    engine_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["kind", "-as_of"], name="hazardmodel_newest")]

    def __str__(self) -> str:
        return f"{self.kind} version {self.pk}"


class RiskRun(models.Model):
    """What may fail in the hours ahead, from what was known at an instant."""

    as_of = models.DateTimeField(db_index=True)
    starts_at = models.DateTimeField()
    hours = models.PositiveSmallIntegerField()
    outcome = models.CharField(max_length=12, choices=RiskOutcome)
    reason = models.CharField(max_length=300, blank=True)
    network_model = models.ForeignKey(NetworkModel, null=True, on_delete=models.PROTECT, related_name="+")
    models_used = models.JSONField(default=list)  # a kind each: version, sentence
    weather = models.JSONField(default=dict)  # issues, places, hours known
    hourly = models.JSONField(default=list)
    rates = models.JSONField(default=list)  # kinds x places x hours, per unit of exposure
    customers = models.JSONField(default=dict)  # P10, P50, P90 of those who lose supply
    districts = models.JSONField(default=list)  # where crews could wait, and what is expected there
    feeders = models.JSONField(default=dict)  # by mRID: chance of an outage by day, and that of climatology
    notes = models.JSONField(default=list)
    seed = models.PositiveBigIntegerField(default=0)
    is_of_the_day = models.BooleanField(default=False, help_text="The first of a UTC day: it will be scored.")
    duration_ms = models.FloatField(default=0.0)
    engine_version = models.CharField(max_length=40)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.as_of:%Y-%m-%d %H:%M} {self.outcome}"


class RiskElement(models.Model):
    """A line section or transformer of a run."""

    run = models.ForeignKey(RiskRun, on_delete=models.CASCADE, related_name="elements")
    mrid = models.UUIDField()
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=AssetKind)
    feeder_mrid = models.UUIDField(null=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    place = models.PositiveSmallIntegerField()  # of the run's places of weather
    load = models.FloatField()  # exposure times what is its own
    p = models.FloatField()
    p_low = models.FloatField()
    p_high = models.FloatField()
    customers = models.PositiveIntegerField()
    factors = models.JSONField(default=dict)
    health = models.FloatField(null=True)
    rests_on = models.JSONField(default=list)
    missing = models.JSONField(default=list)

    class Meta:
        ordering = ["run", "-p"]
        constraints = [models.UniqueConstraint(fields=["run", "mrid"], name="riskelement_once")]

    def __str__(self) -> str:
        return f"{self.name}: {self.p:.2%}"


class RiskScore(models.Model):
    """How a run did: feeders with and without an outage on one of its days."""

    run = models.ForeignKey(RiskRun, on_delete=models.CASCADE, related_name="scores")
    lead_h = models.PositiveSmallIntegerField()
    feeders = models.PositiveIntegerField()
    outages = models.PositiveIntegerField()  # feeders that had one
    brier = models.FloatField()
    climatology = models.FloatField()
    bins = models.JSONField(default=list)
    scored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "lead_h"], name="riskscore_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.lead_h} h: {self.brier:.4f}"
