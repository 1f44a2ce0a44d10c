from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from apps.markets.choices import DropFormat, Source, StorageOffer
from apps.markets.models.prices import BiddingZone


class TradingPortfolio(models.Model):
    """What is bid, balanced and settled together."""

    name = models.CharField(max_length=80, unique=True)
    zone = models.ForeignKey(BiddingZone, on_delete=models.PROTECT, related_name="portfolios")
    is_traded = models.BooleanField(default=True)
    # Every plant of sun and wind that is in no other portfolio is a part of it.
    takes_all_plants = models.BooleanField(default=False)
    folder = models.CharField(max_length=400)  # under the root of drop folders: where bids are put
    drop_format = models.CharField(max_length=4, choices=DropFormat, default=DropFormat.XML)
    storage_offer = models.CharField(max_length=8, choices=StorageOffer, default=StorageOffer.CURVE)
    # What an imbalance costs beside the day-ahead price, per MWh, while the zone's own imbalance prices are not known.
    assumed_spread = models.FloatField(validators=[MinValueValidator(0.0)])
    assumed_spread_source = models.CharField(max_length=300)
    # What trading intraday costs each way beside the price in the middle, per MWh: what batteries are replanned with.
    intraday_cost = models.FloatField(default=2.0, validators=[MinValueValidator(0.0)])
    currency = models.CharField(max_length=3, default="EUR")
    fault = models.CharField(max_length=300, blank=True)  # why a document could not be put there
    note = models.CharField(max_length=300, blank=True)  # why the desk could not bid or order by itself
    # What bids are drafted with unless a person says otherwise.
    risk_weight = models.FloatField(default=0.2, validators=[MinValueValidator(0.0), MaxValueValidator(1.0)])
    risk_level = models.FloatField(default=0.9, validators=[MinValueValidator(0.5), MaxValueValidator(0.99)])
    scenario_count = models.PositiveIntegerField(default=40, validators=[MinValueValidator(10), MaxValueValidator(200)])

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=~Q(assumed_spread_source=""), name="portfolio_spread_has_a_source"),
            models.CheckConstraint(
                condition=Q(risk_weight__gte=0, risk_weight__lte=1, risk_level__gte=0.5, risk_level__lt=1),
                name="portfolio_risk",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PortfolioMember(models.Model):
    """A plant, a battery or a load, by the mRID of its equipment, which outlives versions of the network."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.CASCADE, related_name="members")
    source = models.CharField(max_length=10, choices=Source)
    mrid = models.UUIDField(unique=True)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["source", "name"]

    def __str__(self) -> str:
        return self.name


class StoreTerms(models.Model):
    """What a battery has to offer, as its desk told it last. Powers at its meter, energies in its store."""

    member = models.OneToOneField(PortfolioMember, on_delete=models.CASCADE, primary_key=True, related_name="terms")
    told_at = models.DateTimeField()
    charge_kw = models.FloatField()
    discharge_kw = models.FloatField()
    energy_kwh = models.FloatField()
    charge_efficiency = models.FloatField()
    discharge_efficiency = models.FloatField()
    least_kwh = models.FloatField()
    most_kwh = models.FloatField()
    stored_kwh = models.FloatField()  # at `told_at`
    resting_kwh = models.FloatField()  # with which a day begins and ends
    wear_per_kwh = models.FloatField()  # money, discharged
    cycles_a_day = models.FloatField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "store terms"
        constraints = [
            models.CheckConstraint(
                condition=Q(energy_kwh__gt=0, least_kwh__gte=0, charge_kw__gte=0, discharge_kw__gte=0)
                & Q(least_kwh__lte=F("most_kwh"), most_kwh__lte=F("energy_kwh")),
                name="store_terms_window",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member}: {self.stored_kwh:.0f} of {self.energy_kwh:.0f} kWh"


class PlannedVolume(models.Model):
    """What a member is expected to give in each quarter hour of a day of delivery, as it was known at an instant.

    `values_kw`: steps by levels, little-endian 32-bit floats, given to the network positive; nan where nothing is said.
    """

    member = models.ForeignKey(PortfolioMember, on_delete=models.CASCADE, related_name="volumes")
    delivery_day = models.DateField()  # by the clock of the zone
    starts_at = models.DateTimeField()
    steps = models.PositiveIntegerField()
    as_of = models.DateTimeField()
    levels = models.JSONField()  # of the quantiles, ascending; [0.5] where there is one value
    values_kw = models.BinaryField()
    basis = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "delivery_day", "as_of"], name="planned_volume_once_an_instant")
        ]
        indexes = [models.Index(fields=["delivery_day", "member", "-as_of"], name="planned_volume_newest")]

    def __str__(self) -> str:
        return f"{self.member_id} {self.delivery_day}"


class TradingLimits(models.Model):
    """Beyond which nothing is drafted, approved or handed over."""

    portfolio = models.OneToOneField(
        TradingPortfolio, on_delete=models.CASCADE, primary_key=True, related_name="limits"
    )
    most_sell_kw = models.FloatField(validators=[MinValueValidator(0.0)])  # in any quarter hour
    most_buy_kw = models.FloatField(validators=[MinValueValidator(0.0)])
    most_loss = models.FloatField(validators=[MinValueValidator(0.0)])  # money a day, mean of the worst scenarios
    least_price = models.FloatField()  # money per MWh, of what is bid
    most_price = models.FloatField()
    most_order_kw = models.FloatField(validators=[MinValueValidator(0.0)])  # of one intraday order
    least_order_kw = models.FloatField(default=5.0, validators=[MinValueValidator(0.0)])
    # Intraday orders within these limits are approved in the name of who set the rule.
    is_automatic = models.BooleanField(default=False)
    reason = models.CharField(max_length=300)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "trading limits"
        constraints = [
            models.CheckConstraint(condition=Q(least_price__lt=F("most_price")), name="trading_limits_prices"),
            models.CheckConstraint(condition=~Q(reason=""), name="trading_limits_have_a_reason"),
            models.CheckConstraint(
                condition=Q(is_automatic=False) | Q(set_by__isnull=False), name="trading_limits_rule_has_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id}: sell {self.most_sell_kw:g} kW"
