from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.storage.choices import LONGEST_TEXT, Rung, SafetyLevel, Side
from apps.storage.models.plant import StoragePlant


class SafetyLimit(models.Model):
    """A limit of the datasheet on one reading of a plant or its racks. It is never changed by what people narrow."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="limits")
    name = models.CharField(max_length=60)
    reading = models.CharField(max_length=40)  # the engine's word
    unit = models.CharField(max_length=12, blank=True)
    side = models.CharField(max_length=4, choices=Side)
    blocks_charge = models.BooleanField(default=True)
    blocks_discharge = models.BooleanField(default=True)
    warn = models.FloatField()
    derate = models.FloatField()
    stop = models.FloatField()
    trip = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=LONGEST_TEXT)  # the datasheet, with its page
    # Its reading reaches the control room. What does not is watched by the battery's own management alone.
    is_watched = models.BooleanField(default=True)

    class Meta:
        ordering = ["plant", "id"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "name"], name="safety_limit_once_a_plant"),
            models.CheckConstraint(
                condition=Q(side=Side.HIGH, warn__lte=models.F("derate"), derate__lt=models.F("stop"))
                | Q(side=Side.LOW, warn__gte=models.F("derate"), derate__gt=models.F("stop")),
                name="safety_limit_rungs_in_order",
            ),
            models.CheckConstraint(
                condition=Q(trip__isnull=True)
                | Q(side=Side.HIGH, stop__lte=models.F("trip"))
                | Q(side=Side.LOW, stop__gte=models.F("trip")),
                name="safety_limit_trip_is_last",
            ),
            models.CheckConstraint(
                condition=Q(blocks_charge=True) | Q(blocks_discharge=True), name="safety_limit_blocks_something"
            ),
            models.CheckConstraint(condition=~Q(source=""), name="safety_limit_cites_its_datasheet"),
        ]

    def __str__(self) -> str:
        return f"{self.plant}: {self.name}"


class LimitSettingQuerySet(models.QuerySet["LimitSetting"]):
    def in_force(self) -> "LimitSettingQuerySet":
        return self.filter(lifted_at__isnull=True)


class LimitSetting(models.Model):
    """A rung or a rating that a person has narrowed, and why. Lifting it gives the datasheet's own back."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="settings")
    name = models.CharField(max_length=60)  # of a limit or a rating
    rung = models.CharField(max_length=8, choices=Rung, blank=True)
    value = models.FloatField()
    reason = models.CharField(max_length=LONGEST_TEXT)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lift_reason = models.CharField(max_length=LONGEST_TEXT, blank=True)

    objects = LimitSettingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plant", "name", "rung"],
                condition=Q(lifted_at__isnull=True),
                name="limit_setting_once_in_force",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="limit_setting_has_a_reason"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="limit_setting_lifted_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plant}: {self.name} {self.rung} {self.value:g}"


class SafetyState(models.Model):
    """How a plant stands to its limits by the newest look, and what it may do. Powers of its cells, not negative."""

    plant = models.OneToOneField(StoragePlant, on_delete=models.CASCADE, primary_key=True, related_name="safety")
    as_of = models.DateTimeField()
    level = models.CharField(max_length=8, choices=SafetyLevel, default=SafetyLevel.NORMAL)
    reasons = models.JSONField(default=list)  # limit, level, reading, value, rung, unit, rack; the gravest first
    charge_kw = models.FloatField()
    discharge_kw = models.FloatField()
    charge_by = models.CharField(max_length=60)  # the limit that leaves the least
    discharge_by = models.CharField(max_length=60)
    # A trip is reset on the spot. Here it is only mirrored: until a person has told that it was.
    tripped_at = models.DateTimeField(null=True, blank=True)
    reset_told_at = models.DateTimeField(null=True, blank=True)
    reset_told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.plant_id}: {self.level}"

    @property
    def is_tripped(self) -> bool:
        return self.tripped_at is not None
