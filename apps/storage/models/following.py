from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.storage.choices import LONGEST_TEXT, ChargeSource
from apps.storage.models.plant import Rack, StoragePlant


class ChargeState(models.Model):
    """What is known of a rack's charge now. `filter` is the engine's state, from which the next look goes on."""

    rack = models.OneToOneField(Rack, on_delete=models.CASCADE, primary_key=True, related_name="charge")
    as_of = models.DateTimeField()  # up to then readings were followed
    source = models.CharField(max_length=8, choices=ChargeSource)
    soc = models.FloatField()
    sigma = models.FloatField()
    bias_c = models.FloatField(default=0.0)  # what its current sensor reads too much
    recalibrated_at = models.DateTimeField(null=True, blank=True)  # by a full charge
    filter = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(sigma__gt=0), name="charge_state_is_never_certain")]

    def __str__(self) -> str:
        return f"{self.rack_id}: {self.soc:.0%} +/- {self.sigma:.1%}"


class ChargeDay(models.Model):
    """The past of a plant's charge: a value each quarter of an hour, UTC; little-endian 32-bit floats, nan: unknown."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="charge_days")
    day = models.DateField()
    soc = models.BinaryField()
    sigma = models.BinaryField()
    temperature_c = models.BinaryField()  # of the warmest cells
    power_kw = models.BinaryField()  # as the meter reads: positive while it charges
    # By the plan as it stood in each quarter of an hour; empty: nobody has planned.
    planned_kw = models.BinaryField(default=bytes)
    planned_soc = models.BinaryField(default=bytes)  # at its end

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plant", "day"], name="charge_day_once_a_plant")]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.day}"


class HealthState(models.Model):
    """Of a rack by a night's look at its operation, against when it was new. `sums` are what the next night goes on."""

    rack = models.ForeignKey(Rack, on_delete=models.CASCADE, related_name="health")
    as_of = models.DateTimeField()
    capacity = models.FloatField()
    capacity_sigma = models.FloatField()
    resistance = models.FloatField(null=True, blank=True)
    resistance_sigma = models.FloatField(null=True, blank=True)
    pairs = models.PositiveIntegerField(default=0)  # of charge moved and change of SoC that this night brought
    steps = models.PositiveIntegerField(default=0)  # of current
    sums = models.JSONField(default=dict)

    class Meta:
        ordering = ["-as_of"]
        constraints = [models.UniqueConstraint(fields=["rack", "as_of"], name="health_state_once_a_night")]

    def __str__(self) -> str:
        return f"{self.rack_id}: {self.capacity:.1%}"


class CapacityTest(models.Model):
    """A measured capacity: a full discharge that somebody has carried out and entered."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="tests")
    tested_at = models.DateTimeField()
    energy_kwh = models.FloatField()
    sigma_kwh = models.FloatField()
    conditions = models.CharField(max_length=LONGEST_TEXT, blank=True)  # rate, temperature, window
    source = models.CharField(max_length=LONGEST_TEXT, blank=True)  # whose report it is
    note = models.CharField(max_length=LONGEST_TEXT, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["-tested_at"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "tested_at"], name="capacity_test_once_an_instant"),
            models.CheckConstraint(condition=Q(energy_kwh__gt=0, sigma_kwh__gt=0), name="capacity_test_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.plant} {self.tested_at:%Y-%m-%d}: {self.energy_kwh:g} kWh"


class WarrantyCounter(models.Model):
    """What the warranty counts, up to an instant."""

    plant = models.OneToOneField(StoragePlant, on_delete=models.CASCADE, primary_key=True, related_name="warranty")
    counted_until = models.DateTimeField()
    years = models.FloatField(default=0.0)
    throughput_kwh = models.FloatField(default=0.0)  # discharged
    equivalent_cycles = models.FloatField(default=0.0)
    hours_warm = models.FloatField(default=0.0)
    hours_full = models.FloatField(default=0.0)
    hours_unknown = models.FloatField(default=0.0)  # of which nothing was known, so nothing was counted

    def __str__(self) -> str:
        return f"{self.plant_id}: {self.equivalent_cycles:.1f} cycles"
