from django.db import models
from django.db.models import F, Q

from apps.markets.choices import PriceMethod, Product
from apps.markets.models.prices import BiddingZone


class PriceForecast(models.Model):
    """What was said of the prices of one day of delivery, from what was known at `as_of`.

    Issued later than that it was worked out again from the archive: it counts for how good the method was, and was
    never there to plan by.
    """

    zone = models.ForeignKey(BiddingZone, on_delete=models.CASCADE, related_name="price_forecasts")
    product = models.CharField(max_length=20, choices=Product, default=Product.DAY_AHEAD)
    day = models.DateField()  # of delivery, by the zone's clock
    issued_at = models.DateTimeField()
    as_of = models.DateTimeField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    step_s = models.PositiveIntegerField()
    unit = models.CharField(max_length=16)
    levels = models.JSONField(default=list)  # without a band the median alone
    quantiles = models.BinaryField()  # steps x levels, little-endian 64-bit floats
    method = models.CharField(max_length=8, choices=PriceMethod)
    reason = models.CharField(max_length=300, blank=True)  # why it is not the model
    model_version = models.CharField(max_length=40)
    inputs = models.JSONField(default=dict)  # days learned from, newest prices, columns known ahead, weights of members
    duration_ms = models.FloatField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["zone", "product", "day", "as_of"], name="price_forecast_once"),
            models.CheckConstraint(condition=Q(issued_at__gte=F("as_of")), name="price_forecast_after_its_knowledge"),
        ]
        indexes = [models.Index(fields=["zone", "product", "day", "-as_of"], name="price_forecast_newest")]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.day} of {self.as_of:%Y-%m-%d %H:%M}"

    @property
    def was_there(self) -> bool:
        """False: worked out again later."""
        return self.issued_at == self.as_of


class PriceScore(models.Model):
    """How good the last forecast before noon of the day before was, once the prices of the day were out."""

    forecast = models.OneToOneField(PriceForecast, on_delete=models.CASCADE, related_name="score")
    zone = models.ForeignKey(BiddingZone, on_delete=models.CASCADE, related_name="price_scores")
    product = models.CharField(max_length=20, choices=Product, default=Product.DAY_AHEAD)
    day = models.DateField()
    steps = models.PositiveSmallIntegerField()
    mae = models.FloatField()  # of the median, in the unit of the prices
    naive_mae = models.FloatField(null=True)  # of the same weekday a week before; null where that is not known
    mean_abs = models.FloatField()  # of the prices
    pinball = models.FloatField(null=True)  # mean over the levels; null without a band
    inside_80 = models.PositiveSmallIntegerField(null=True)  # of the steps
    inside_90 = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["zone", "product", "day"], name="price_score_once")]

    def __str__(self) -> str:
        return f"{self.zone_id} {self.day}"
