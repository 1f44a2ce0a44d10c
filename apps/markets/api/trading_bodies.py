"""Bodies of the books of trading."""

from rest_framework import serializers

from apps.markets.api.queries import MarketInstantField
from apps.markets.choices import BidStatus, OrderStatus, Source


class TradeProblemSerializer(serializers.Serializer):
    field = serializers.CharField()
    reason = serializers.CharField()


class TradeRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()
    problems = TradeProblemSerializer(many=True)


class TradingLimitsSerializer(serializers.Serializer):
    most_sell_kw = serializers.FloatField(min_value=0, max_value=1e9, help_text="In any quarter hour.")
    most_buy_kw = serializers.FloatField(min_value=0, max_value=1e9)
    most_loss = serializers.FloatField(min_value=0, max_value=1e12, help_text="Money a day, mean of the worst cases.")
    least_price = serializers.FloatField(min_value=-500, max_value=4000, help_text="Money per MWh.")
    most_price = serializers.FloatField(min_value=-500, max_value=4000)
    most_order_kw = serializers.FloatField(min_value=0, max_value=1e9, help_text="Of one intraday order.")
    least_order_kw = serializers.FloatField(min_value=0, max_value=1e9)
    is_automatic = serializers.BooleanField(help_text="Intraday orders within the limits need no person.")
    reason = serializers.CharField(max_length=300)
    set_by = serializers.CharField(read_only=True, allow_null=True)
    set_at = serializers.DateTimeField(read_only=True)


class TradingPortfolioSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    zone = serializers.CharField()
    zone_name = serializers.CharField()
    time_zone = serializers.CharField()
    is_traded = serializers.BooleanField()
    currency = serializers.CharField()
    plants = serializers.IntegerField()
    batteries = serializers.IntegerField()
    today = serializers.DateField()
    day_to_bid = serializers.DateField(help_text="The next day of delivery whose gate is open.")
    gate_closes_at = serializers.DateTimeField()
    risk_weight = serializers.FloatField()
    risk_level = serializers.FloatField()
    scenario_count = serializers.IntegerField()
    storage_offer = serializers.CharField()
    storage_offer_label = serializers.CharField()
    assumed_spread = serializers.FloatField(help_text="Money per MWh, while imbalance prices are not known.")
    assumed_spread_source = serializers.CharField()
    fault = serializers.CharField(help_text="Why a document could not be put into the folder.")
    note = serializers.CharField(help_text="Why the desk did not bid by itself.")
    limits = TradingLimitsSerializer(allow_null=True)


class BidSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    portfolio = serializers.IntegerField()
    document = serializers.CharField()
    delivery_day = serializers.DateField()
    status = serializers.ChoiceField(choices=BidStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    currency = serializers.CharField()
    risk_weight = serializers.FloatField(help_text="Of the worst cases, 0 to 1.")
    risk_level = serializers.FloatField()
    scenario_count = serializers.IntegerField()
    expected_profit = serializers.FloatField()
    worst_profit = serializers.FloatField(help_text="Mean of the worst cases (CVaR).")
    drafted_at = serializers.DateTimeField()
    drafted_by = serializers.CharField(allow_null=True)
    submitted_at = serializers.DateTimeField(allow_null=True)
    submitted_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_null=True)
    exported_at = serializers.DateTimeField(allow_null=True)
    file_name = serializers.CharField()
    received_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    withdrawn_by = serializers.CharField(allow_null=True)
    inputs = serializers.DictField()


class BidCurveSerializer(BidSerializer):
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Unix seconds of each quarter hour.")
    price = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), help_text="Per MWh.")
    kw = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()),
        help_text="Sold from that price on; below zero bought.",
    )
    storage_kw = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    cleared_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    cleared_price = serializers.ListField(child=serializers.FloatField(allow_null=True))


class TradingPositionSerializer(serializers.Serializer):
    day = serializers.DateField()
    t = serializers.ListField(child=serializers.IntegerField())
    low_kw = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="5 % quantile, given positive."
    )
    expected_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    high_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    day_ahead_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    intraday_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    sold_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    storage_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    imbalance_kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    price = serializers.ListField(child=serializers.FloatField(allow_null=True))
    as_of = serializers.DateTimeField(allow_null=True)


class IntradayOrderSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    document = serializers.CharField()
    part = serializers.ChoiceField(choices=Source.choices, help_text="Of the portfolio.")
    part_label = serializers.CharField()
    delivery_at = serializers.DateTimeField()
    quantity_kw = serializers.FloatField(help_text="Sold positive.")
    price_limit = serializers.FloatField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=OrderStatus.choices)
    status_label = serializers.CharField()
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    is_by_rule = serializers.BooleanField()
    outcome = serializers.CharField()


class TradingResultSerializer(serializers.Serializer):
    delivery_day = serializers.DateField()
    currency = serializers.CharField()
    day_ahead = serializers.FloatField()
    intraday = serializers.FloatField()
    imbalance = serializers.FloatField()
    wear = serializers.FloatField()
    total = serializers.FloatField()
    perfect = serializers.FloatField(help_text="With volumes and prices known before.")
    rule = serializers.FloatField(help_text="The median bid at any price.", allow_null=True)
    uplift = serializers.FloatField(help_text="total - rule.", allow_null=True)
    price_error = serializers.FloatField(help_text="What it cost not to know the prices.")
    volume_error = serializers.FloatField(help_text="What it cost not to know the volumes.")
    sold_kwh = serializers.FloatField()
    delivered_kwh = serializers.FloatField()
    known_share = serializers.FloatField()
    reason = serializers.CharField()
    worked_out_at = serializers.DateTimeField()


class ImbalanceSerializer(serializers.Serializer):
    delivery_at = serializers.DateTimeField()
    planned_kwh = serializers.FloatField(allow_null=True)
    traded_kwh = serializers.FloatField()
    delivered_kwh = serializers.FloatField(allow_null=True)
    imbalance_price = serializers.FloatField(allow_null=True)
    amount = serializers.FloatField(allow_null=True)


class TradeReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300)


class OrdersActedSerializer(serializers.Serializer):
    orders = serializers.IntegerField()


class TradingAsOfQuery(serializers.Serializer):
    as_of = MarketInstantField(required=False, help_text="As it was known then; default: now.")


class TradingDayQuery(TradingAsOfQuery):
    day = serializers.DateField(required=False, help_text="Of delivery.")


class TradingResultsQuery(TradingAsOfQuery):
    days = serializers.IntegerField(required=False, default=28, min_value=1, max_value=400)


class TradingDocumentQuery(serializers.Serializer):
    kind = serializers.ChoiceField(choices=["xml", "csv"], required=False, default="xml")
