from rest_framework import serializers

from apps.markets.choices import DayState, FeedState, FileOutcome, Product, TariffKind
from apps.markets.models import MarketFile, Tariff, TariffPart


class MarketProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(required=False)


class MarketSeriesSerializer(serializers.Serializer):
    product = serializers.ChoiceField(choices=Product.choices)
    auction = serializers.CharField()
    step_s = serializers.IntegerField()
    unit = serializers.CharField()
    rank = serializers.IntegerField(help_text="Where several speak of the same time the lowest is believed.")


class DeliveryDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    state = serializers.ChoiceField(choices=DayState.choices)
    starts_at = serializers.DateTimeField(source="prices.span.starts_at")
    ends_at = serializers.DateTimeField(source="prices.span.ends_at")
    missing = serializers.IntegerField(help_text="Quarter hours without a price.")
    known_at = serializers.DateTimeField(source="prices.known_at", allow_null=True)


class BiddingZoneSerializer(serializers.Serializer):
    code = serializers.CharField(source="zone.code")
    name = serializers.CharField(source="zone.name")
    time_zone = serializers.CharField(source="zone.time_zone")
    publishes_at = serializers.CharField(
        source="zone.publishes_at", help_text="By its clock, of the day before: hh:mm:ss."
    )
    late_at = serializers.CharField(
        source="zone.late_at", help_text="From when on missing prices are an alarm: hh:mm:ss."
    )
    is_watched = serializers.BooleanField(source="zone.is_watched")
    series = MarketSeriesSerializer(many=True)
    days = DeliveryDaySerializer(many=True, help_text="Today and tomorrow of the zone's clock.")


class MarketFeedSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="feed.pk")
    name = serializers.CharField(source="feed.name")
    kind = serializers.CharField(source="feed.kind")
    file_format = serializers.CharField(source="feed.file_format")
    zone = serializers.CharField(source="feed.zone.code", allow_null=True, default=None)
    is_archive = serializers.BooleanField(source="feed.is_archive")
    state = serializers.ChoiceField(choices=FeedState.choices)
    asked_at = serializers.DateTimeField(source="feed.asked_at", allow_null=True)
    heard_at = serializers.DateTimeField(source="feed.heard_at", allow_null=True)
    taken = serializers.IntegerField(help_text="Files of the last seven days.")
    refused = serializers.IntegerField(help_text="Files of the last seven days.")
    reason = serializers.CharField(source="feed.reason", help_text="Why the last try failed.")


class MarketFileSerializer(serializers.ModelSerializer[MarketFile]):
    feed = serializers.CharField(source="feed.name", allow_null=True, default=None)

    class Meta:
        model = MarketFile
        fields = ["id", "feed", "name", "received_at", "outcome", "reason"]


class PricesSerializer(serializers.Serializer):
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Unix seconds of the begin of each step.")
    values = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="Means of the steps; null where nothing was known."
    )
    unit = serializers.CharField()
    known_at = serializers.DateTimeField(allow_null=True, help_text="When the newest of the values came to be known.")
    series = MarketSeriesSerializer(many=True, help_text="Those that gave a value, first believed first.")
    expected = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="The fallback where nothing was known; null elsewhere."
    )
    basis = serializers.CharField(help_text="What the fallback is; empty where every value is known.")


class TariffPartSerializer(serializers.ModelSerializer[TariffPart]):
    kind = serializers.ChoiceField(choices=TariffKind.choices)

    class Meta:
        model = TariffPart
        fields = ["kind", "price", "from_minute", "to_minute", "weekdays", "months"]


class TariffSerializer(serializers.ModelSerializer[Tariff]):
    spot_zone = serializers.CharField(source="spot_zone.code", allow_null=True, default=None)
    parts = TariffPartSerializer(many=True)

    class Meta:
        model = Tariff
        fields = ["name", "customer_class", "area", "currency", "valid_from", "valid_to", "spot_zone", "parts"]


class TariffCourseSerializer(serializers.Serializer):
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Unix seconds of the begin of each step.")
    currency = serializers.CharField()
    buy_per_kwh = serializers.ListField(child=serializers.FloatField(allow_null=True))
    sell_per_kwh = serializers.ListField(child=serializers.FloatField(allow_null=True))
    demand_per_kw_month = serializers.ListField(child=serializers.FloatField())
    is_known = serializers.ListField(
        child=serializers.BooleanField(), help_text="False where the spot price is not out and an expected one stands."
    )
    standing_per_month = serializers.FloatField()


class SeriesPreviewSerializer(serializers.Serializer):
    title = serializers.CharField(source="key.label")
    zone = serializers.CharField(source="key.zone")
    product = serializers.ChoiceField(choices=Product.choices, source="key.product")
    auction = serializers.CharField(source="key.auction")
    step_s = serializers.IntegerField(source="key.step_s")
    unit = serializers.CharField(source="key.unit")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    values = serializers.IntegerField()
    missing = serializers.IntegerField(help_text="Steps between the first and the last value that have none.")
    new = serializers.IntegerField()
    changed = serializers.IntegerField()
    same = serializers.IntegerField()
    lowest = serializers.FloatField()
    mean = serializers.FloatField()
    highest = serializers.FloatField()


class TariffSeenSerializer(serializers.Serializer):
    name = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(allow_null=True)
    parts = serializers.IntegerField()
    is_known = serializers.BooleanField(help_text="This version is there and would be replaced.")


class MarketPreviewSerializer(serializers.Serializer):
    sha256 = serializers.CharField(help_text="To be given as confirm.")
    problems = serializers.ListField(child=serializers.CharField(), help_text="With any, nothing can be imported.")
    notes = serializers.ListField(child=serializers.CharField(), default=list)
    series = SeriesPreviewSerializer(many=True, default=list)
    tariffs = TariffSeenSerializer(many=True, default=list)


class MarketImportedSerializer(serializers.Serializer):
    outcome = serializers.ChoiceField(choices=FileOutcome.choices)
    stored = serializers.IntegerField(help_text="Blocks of values, or tariffs.")
