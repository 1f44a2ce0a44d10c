from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.forecasts.models import Series
from apps.markets.models import BiddingZone
from apps.storage.choices import LONGEST_TEXT, AgeingLaw, Chemistry


def _fraction(default: float) -> models.FloatField:
    return models.FloatField(default=default, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])


def _limit() -> models.FloatField:
    """Empty: no limit."""
    return models.FloatField(null=True, blank=True, validators=[MinValueValidator(0.0)])


class StorageFleet(models.Model):
    """Plants that are looked at together."""

    name = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=LONGEST_TEXT, blank=True)
    # What all of its plants together may draw and give, as of a substation or a contract.
    import_kw = _limit()
    export_kw = _limit()
    limit_source = models.CharField(max_length=LONGEST_TEXT, blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(import_kw__isnull=True, export_kw__isnull=True) | ~Q(limit_source=""),
                name="storage_fleet_cites_its_limit",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_limited(self) -> bool:
        return self.import_kw is not None or self.export_kw is not None


class StorageSite(models.Model):
    """A customer behind whose meter batteries stand: its load and its sun are forecast, its tariff is what it pays."""

    name = models.CharField(max_length=120, unique=True)
    load = models.ForeignKey(Series, on_delete=models.PROTECT, related_name="+")
    sun = models.ForeignKey(Series, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tariff = models.CharField(max_length=120)  # by name, whatever its version
    import_kw = _limit()  # of its connection
    export_kw = _limit()
    is_curtailable = models.BooleanField(default=True)  # its sun may be left unused

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class StoragePlant(models.Model):
    """A battery of the network as the storage desk knows it. Powers of its ratings are those of its cells (DC)."""

    mrid = models.UUIDField(unique=True)  # of the BatteryUnit, which outlives versions of the network
    name = models.CharField(max_length=200)
    fleet = models.ForeignKey(StorageFleet, on_delete=models.PROTECT, related_name="plants")
    site = models.ForeignKey(StorageSite, null=True, blank=True, on_delete=models.PROTECT, related_name="plants")
    chemistry = models.CharField(max_length=8, choices=Chemistry)
    ageing_law = models.CharField(max_length=12, choices=AgeingLaw)
    datasheet = models.CharField(max_length=LONGEST_TEXT)  # what the figures stand on
    charge_kw = models.FloatField(validators=[MinValueValidator(0.0)])
    discharge_kw = models.FloatField(validators=[MinValueValidator(0.0)])
    current_a = models.FloatField(validators=[MinValueValidator(0.0)])
    energy_kwh = models.FloatField(validators=[MinValueValidator(0.001)])  # when new
    nominal_dc_v = models.FloatField(validators=[MinValueValidator(1.0)])
    cells_in_series = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    charge_efficiency = _fraction(0.95)  # one way, from the meter into the store
    discharge_efficiency = _fraction(0.95)
    in_service_on = models.DateField(null=True, blank=True)
    # What it may do at its connection, beside what the network allows by the hour.
    import_kw = _limit()
    export_kw = _limit()
    price_zone = models.ForeignKey(BiddingZone, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tariff = models.CharField(max_length=120, blank=True)  # by name, whatever its version; it goes before the zone
    # Money, discharged: what wear is taken to cost where the cost of a battery is not known (BatteryCost).
    wear_per_kwh = models.FloatField(default=0.0, validators=[MinValueValidator(0.0)])
    most_cycles_a_day = _limit()
    least_soc = _fraction(0.1)
    most_soc = _fraction(0.95)
    resting_soc = _fraction(0.5)  # what a planned day ends with
    is_planned = models.BooleanField(default=True)
    # Warranty: what its terms allow.
    warranty_years = _limit()
    warranty_throughput_kwh = _limit()
    warranty_cycles = _limit()
    warranty_hours_warm = _limit()
    warranty_hours_full = _limit()
    warranty_warm_c = models.FloatField(default=35.0)
    warranty_full_soc = _fraction(0.95)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    charge_kw__gte=0, discharge_kw__gte=0, current_a__gte=0, energy_kwh__gt=0, nominal_dc_v__gt=0
                ),
                name="storage_plant_ratings",
            ),
            models.CheckConstraint(
                condition=Q(
                    charge_efficiency__gt=0,
                    charge_efficiency__lte=1,
                    discharge_efficiency__gt=0,
                    discharge_efficiency__lte=1,
                ),
                name="storage_plant_efficiency",
            ),
            models.CheckConstraint(
                condition=Q(least_soc__gte=0, most_soc__lte=1)
                & Q(resting_soc__gte=F("least_soc"), resting_soc__lte=F("most_soc")),
                name="storage_plant_window",
            ),
            models.CheckConstraint(condition=~Q(datasheet=""), name="storage_plant_cites_its_datasheet"),
        ]

    def __str__(self) -> str:
        return self.name


class Rack(models.Model):
    """A string of cells with a management of its own."""

    plant = models.ForeignKey(StoragePlant, on_delete=models.CASCADE, related_name="racks")
    mrid = models.UUIDField(unique=True)  # of its measurement points; the plant's where it is the only one
    name = models.CharField(max_length=200)
    energy_kwh = models.FloatField(validators=[MinValueValidator(0.001)])  # when new

    class Meta:
        ordering = ["plant", "name"]
        constraints = [
            models.UniqueConstraint(fields=["plant", "name"], name="rack_name_in_plant"),
            models.CheckConstraint(condition=Q(energy_kwh__gt=0), name="rack_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.plant} {self.name}"
