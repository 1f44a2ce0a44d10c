from django.db import models
from django.db.models import Q

from apps.forecasts.models import ForecastRun, Series
from apps.markets.models import BiddingZone
from apps.renewables.choices import LONGEST_TEXT, PlantKind


class Portfolio(models.Model):
    """Plants that are looked at together, and the market that says what their energy is worth and spares."""

    name = models.CharField(max_length=120, unique=True)
    zone = models.ForeignKey(
        BiddingZone,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Its prices and emission factors are used; without one neither money nor emissions are told.",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class RenewablePlant(models.Model):
    """A metered plant of sun or wind. What it does by itself is told by whoever knows its papers."""

    mrid = models.UUIDField(unique=True)  # of the generating unit
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=PlantKind)
    portfolio = models.ForeignKey(Portfolio, on_delete=models.PROTECT, related_name="plants")
    series = models.OneToOneField(Series, on_delete=models.CASCADE, related_name="+")
    rated_kw = models.FloatField()
    node_mrid = models.UUIDField(null=True, blank=True)
    node_kv = models.FloatField(null=True, blank=True)
    feeder_mrid = models.UUIDField(null=True, blank=True)
    feeder_name = models.CharField(max_length=200, blank=True)
    # Rules of its own, with the paper that says so; none: it has none that is known.
    reduces_from_pu = models.FloatField(
        null=True, blank=True, help_text="Voltage from which on its inverter reduces active power by itself, pu."
    )
    stops_below_price = models.FloatField(
        null=True, blank=True, help_text="Market price per MWh below which its owner takes it off."
    )
    source = models.CharField(max_length=LONGEST_TEXT, blank=True, help_text="Which paper says so.")
    is_active = models.BooleanField(default=True)  # its series is forecast

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(rated_kw__gt=0), name="renewable_plant_has_a_rating"),
            models.CheckConstraint(
                condition=Q(reduces_from_pu__isnull=True, stops_below_price__isnull=True) | ~Q(source=""),
                name="renewable_rules_have_a_source",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PortfolioForecast(models.Model):
    """What all plants of a portfolio together will give, by one issue: the sum with how their errors go together."""

    portfolio = models.ForeignKey(Portfolio, on_delete=models.CASCADE, related_name="forecasts")
    run = models.ForeignKey(ForecastRun, on_delete=models.CASCADE, related_name="+")
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    steps = models.PositiveSmallIntegerField()
    levels = models.JSONField()
    quantiles_kw = models.BinaryField()  # steps x levels
    plants = models.PositiveIntegerField()  # that are in it
    missing = models.PositiveIntegerField()  # active ones without a forecast
    pairs = models.PositiveIntegerField()  # of errors that the dependence was learned from

    class Meta:
        constraints = [models.UniqueConstraint(fields=["portfolio", "run"], name="portfolio_forecast_once")]
        indexes = [models.Index(fields=["portfolio", "-as_of"], name="portfolio_forecast_as_of")]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.as_of:%Y-%m-%d %H:%M}"
