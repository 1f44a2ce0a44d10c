from django.db import models
from django.db.models import Q

from apps.dispatch.models import Course, Order
from apps.renewables.choices import LONGEST_TEXT, Basis, Cause
from apps.renewables.models.portfolio import Portfolio, RenewablePlant


class PlantDay(models.Model):
    """A plant's day (UTC) by quarter hours, kW: what it could give with its uncertainty, and what it gave."""

    plant = models.ForeignKey(RenewablePlant, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    # 96 little-endian 32-bit floats each, nan where not known
    available_kw = models.BinaryField()
    sigma_kw = models.BinaryField()
    produced_kw = models.BinaryField()
    curtailed_kw = models.BinaryField()
    basis = models.CharField(max_length=10, choices=Basis, default=Basis.NOTHING)  # of the newest quarter hour

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plant", "day"], name="plant_day_unique")]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.day}"


class Curtailment(models.Model):
    """A quarter hour in which a plant gave less than it could, beyond doubt, and why as far as facts say."""

    plant = models.ForeignKey(RenewablePlant, on_delete=models.CASCADE, related_name="curtailments")
    starts_at = models.DateTimeField()
    kwh = models.FloatField()
    sigma_kwh = models.FloatField()
    cause = models.CharField(max_length=10, choices=Cause)
    words = models.CharField(max_length=LONGEST_TEXT)
    order = models.ForeignKey(Order, null=True, on_delete=models.SET_NULL, related_name="+")
    course = models.ForeignKey(Course, null=True, on_delete=models.SET_NULL, related_name="+")
    # At the price and factors of its time; none: not known.
    worth = models.FloatField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    average_kg = models.FloatField(null=True)
    marginal_kg = models.FloatField(null=True)
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plant", "starts_at"], name="curtailment_once"),
            models.CheckConstraint(condition=Q(kwh__gt=0), name="curtailment_is_positive"),
        ]
        indexes = [models.Index(fields=["starts_at"], name="curtailment_starts_at")]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.starts_at:%Y-%m-%d %H:%M} {self.kwh:.0f} kWh"


class IntegrationDay(models.Model):
    """A local day of a portfolio: what could be had, what was used of it, what was not and why."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    hosted_kw = models.FloatField()  # rated power of its plants
    available_kwh = models.FloatField()  # over the quarter hours at which both are known
    used_kwh = models.FloatField()
    curtailed_kwh = models.FloatField()
    by_cause = models.JSONField(default=dict)  # kWh
    demand_kwh = models.FloatField(null=True)  # of all customers, as far as the day is known
    met_kwh = models.FloatField(null=True)  # of it by these plants, quarter hour by quarter hour
    known_share = models.FloatField()  # of the plants' quarter hours, by rating
    # Of what was used: what the grid would have emitted instead. Of what was curtailed: what it emitted for it.
    average_kg = models.FloatField(null=True)
    marginal_kg = models.FloatField(null=True)
    lost_average_kg = models.FloatField(null=True)
    lost_marginal_kg = models.FloatField(null=True)
    missing = models.CharField(max_length=LONGEST_TEXT, blank=True)  # what the emissions leave out
    lost_worth = models.FloatField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    worked_out_at = models.DateTimeField()

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "day"], name="integration_day_unique")]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.day}"
