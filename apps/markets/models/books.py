"""The books of trading: what was bid, sold, ordered and settled."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.markets.choices import (
    LIVE_BIDS,
    NEXT_BID_STATUS,
    NEXT_ORDER_STATUS,
    BidStatus,
    OrderStatus,
    Source,
    Venue,
)
from apps.markets.models.portfolio import TradingPortfolio
from apps.markets.models.prices import MarketFile


def _person() -> models.ForeignKey:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )


class BidQuerySet(models.QuerySet["Bid"]):
    def move(self, pk: int, old: BidStatus, new: BidStatus, **fields: object) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_BID_STATUS[old]:
            raise ValueError(f"A bid that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1

    def cleared(self, day: date) -> "BidQuerySet":
        return self.filter(delivery_day=day, status=BidStatus.CLEARED)


class Bid(models.Model):
    """For one day of delivery: price-quantity curves of every quarter hour, and what they were made of.

    `curve`: lists by quarter hour; `price` per MWh ascending, `kw` sold from that price on (below zero: bought), and
    `storage_kw`, the part of it that is storage. Nobody approves what they drafted or submitted.
    """

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.PROTECT, related_name="bids")
    delivery_day = models.DateField()  # by the clock of the zone
    starts_at = models.DateTimeField()
    steps = models.PositiveIntegerField()
    status = models.CharField(max_length=10, choices=BidStatus, default=BidStatus.DRAFTED)
    reason = models.CharField(max_length=300, blank=True)  # why it stands where it stands
    currency = models.CharField(max_length=3)
    risk_weight = models.FloatField()
    risk_level = models.FloatField()
    scenario_count = models.PositiveIntegerField()
    seed = models.PositiveBigIntegerField()
    expected_profit = models.FloatField()
    worst_profit = models.FloatField()  # mean of the worst scenarios (CVaR)
    curve = models.JSONField()
    stores = models.JSONField(default=list)  # of each battery: mrid and its own part of the curve
    inputs = models.JSONField(default=dict)
    drafted_at = models.DateTimeField()
    drafted_by = _person()  # empty: the desk, by the clock
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = _person()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = _person()
    exported_at = models.DateTimeField(null=True, blank=True)
    file_name = models.CharField(max_length=200, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)  # as the market says
    ended_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = _person()

    objects = BidQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["portfolio", "delivery_day"], condition=Q(status__in=sorted(LIVE_BIDS)), name="bid_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | (
                    (Q(drafted_by__isnull=True) | ~Q(decided_by=F("drafted_by")))
                    & Q(submitted_by__isnull=False)
                    & ~Q(decided_by=F("submitted_by"))
                )
                | Q(status=BidStatus.REJECTED),
                name="bid_has_four_eyes",
            ),
        ]
        indexes = [models.Index(fields=["delivery_day", "portfolio"], name="bid_of_day")]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_day}: {self.status}"

    @property
    def document_id(self) -> str:
        return f"GRIDOPS-DA-{self.pk}"


class IntradayOrderQuerySet(models.QuerySet["IntradayOrder"]):
    def move(self, pk: int, old: OrderStatus, new: OrderStatus, **fields: object) -> bool:
        """Compare and swap: False if it stands elsewhere by now."""
        if new not in NEXT_ORDER_STATUS[old]:
            raise ValueError(f"An order that is {old} never becomes {new}.")
        return self.filter(pk=pk, status=old).update(status=new, **fields) == 1


class IntradayOrder(models.Model):
    """To sell (above zero) or buy power of one quarter hour, at a price or a better one."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.PROTECT, related_name="orders")
    source = models.CharField(max_length=10, choices=Source)
    delivery_at = models.DateTimeField()
    quantity_kw = models.FloatField()
    price_limit = models.FloatField()  # money per MWh
    reason = models.CharField(max_length=300)
    status = models.CharField(max_length=10, choices=OrderStatus, default=OrderStatus.PROPOSED)
    proposed_at = models.DateTimeField()
    proposed_by = _person()  # empty: the desk, by the clock
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = _person()
    is_by_rule = models.BooleanField(default=False)  # approved by a rule that this person switched on
    exported_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    objects = IntradayOrderQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | Q(proposed_by__isnull=True) | ~Q(decided_by=F("proposed_by")),
                name="intraday_order_has_four_eyes",
            ),
            models.CheckConstraint(condition=~Q(quantity_kw=0), name="intraday_order_is_of_something"),
        ]
        indexes = [models.Index(fields=["portfolio", "delivery_at"], name="intraday_order_of_time")]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_at:%Y-%m-%d %H:%M} {self.quantity_kw:g} kW"

    @property
    def document_id(self) -> str:
        return f"GRIDOPS-ID-{self.pk}"

    @property
    def is_of_storage(self) -> bool:
        return Source(self.source) is Source.STORAGE


class Trade(models.Model):
    """What the market says was sold (above zero) or bought in a quarter hour, and at what."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.PROTECT, related_name="trades")
    bid = models.ForeignKey(Bid, null=True, on_delete=models.PROTECT, related_name="trades")
    order = models.ForeignKey(IntradayOrder, null=True, on_delete=models.PROTECT, related_name="trades")
    file = models.ForeignKey(MarketFile, null=True, on_delete=models.SET_NULL, related_name="+")
    venue = models.CharField(max_length=10, choices=Venue)
    delivery_at = models.DateTimeField()
    quantity_kw = models.FloatField()
    storage_kw = models.FloatField(default=0.0)  # the part of it that is storage
    price = models.FloatField()  # money per MWh
    known_at = models.DateTimeField()

    class Meta:
        ordering = ["delivery_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["bid", "delivery_at"], name="trade_once_a_bid"),
            models.UniqueConstraint(fields=["order"], name="trade_once_an_order"),
            models.CheckConstraint(
                condition=Q(bid__isnull=False, order__isnull=True) | Q(bid__isnull=True, order__isnull=False),
                name="trade_of_a_bid_or_an_order",
            ),
        ]
        indexes = [models.Index(fields=["portfolio", "delivery_at"], name="trade_of_time")]

    def __str__(self) -> str:
        return f"{self.venue} {self.delivery_at:%Y-%m-%d %H:%M} {self.quantity_kw:g} kW at {self.price:g}"


class ImbalanceSettlement(models.Model):
    """A quarter hour after delivery; energies given to the network positive."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.PROTECT, related_name="settlements")
    delivery_at = models.DateTimeField()
    planned_kwh = models.FloatField(null=True)  # as expected last before delivery
    traded_kwh = models.FloatField()
    delivered_kwh = models.FloatField(null=True)  # empty: some meter was not known
    imbalance_price = models.FloatField(null=True)  # money per MWh
    amount = models.FloatField(null=True)  # money earned with the difference

    class Meta:
        ordering = ["delivery_at"]
        constraints = [
            models.UniqueConstraint(fields=["portfolio", "delivery_at"], name="settlement_once_a_quarter_hour")
        ]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_at:%Y-%m-%d %H:%M}"


class DailyResult(models.Model):
    """Profit and loss of a day of delivery, money earned positive; over the quarter hours of which all was known.

    perfect - total = price_error + volume_error; uplift: total less what the rule would have earned.
    """

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.PROTECT, related_name="results")
    delivery_day = models.DateField()
    currency = models.CharField(max_length=3)
    day_ahead = models.FloatField()
    intraday = models.FloatField()
    imbalance = models.FloatField()
    wear = models.FloatField()
    total = models.FloatField()
    perfect = models.FloatField()  # the volumes and prices that came, known before
    rule = models.FloatField(null=True)  # the median bid at any price; empty: no forecast was there before the gate
    price_error = models.FloatField()
    volume_error = models.FloatField()
    sold_kwh = models.FloatField()
    delivered_kwh = models.FloatField()
    known_share = models.FloatField()
    reason = models.CharField(max_length=300, blank=True)
    worked_out_at = models.DateTimeField()

    class Meta:
        ordering = ["-delivery_day"]
        constraints = [models.UniqueConstraint(fields=["portfolio", "delivery_day"], name="daily_result_once_a_day")]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_day}: {self.total:.2f}"


class RiskFrontier(models.Model):
    """What bids of a day are expected to earn, and in the worst cases, by the weight of these. Made by a worker."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.CASCADE, related_name="frontiers")
    delivery_day = models.DateField()
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    risk_level = models.FloatField()
    points = models.JSONField(default=list)  # weight, expected, worst
    reason = models.CharField(max_length=300, blank=True)  # why there are none
    duration_ms = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_day}"


class DraftRun(models.Model):
    """A bid that a person asked for: a worker drafts it, or says what stands against it."""

    portfolio = models.ForeignKey(TradingPortfolio, on_delete=models.CASCADE, related_name="drafts")
    delivery_day = models.DateField()
    risk_weight = models.FloatField()
    risk_level = models.FloatField()
    asked_at = models.DateTimeField()
    asked_by = _person()
    made_at = models.DateTimeField(null=True, blank=True)
    bid = models.ForeignKey(Bid, null=True, on_delete=models.SET_NULL, related_name="+")
    problems = models.JSONField(default=list)  # field and reason
    duration_ms = models.FloatField(default=0.0)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.portfolio_id} {self.delivery_day}"
