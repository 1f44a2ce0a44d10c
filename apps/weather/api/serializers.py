from rest_framework import serializers

from apps.weather.choices import DataKind, FeedState
from apps.weather.models import Location, WeatherFile, WeatherRun


class WeatherProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(required=False)


class WeatherFeedSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="feed.pk")
    name = serializers.CharField(source="feed.name")
    kind = serializers.CharField(source="feed.kind")
    file_format = serializers.CharField(source="feed.file_format")
    data_kind = serializers.ChoiceField(choices=DataKind.choices, source="feed.data_kind")
    provider = serializers.CharField(source="feed.provider")
    model = serializers.CharField(source="feed.model")
    is_archive = serializers.BooleanField(source="feed.is_archive")
    every_s = serializers.IntegerField(source="feed.every_s")
    state = serializers.ChoiceField(choices=FeedState.choices)
    asked_at = serializers.DateTimeField(source="feed.asked_at", allow_null=True)
    heard_at = serializers.DateTimeField(source="feed.heard_at", allow_null=True)
    next_due_at = serializers.DateTimeField(allow_null=True)
    newest_issue_at = serializers.DateTimeField(allow_null=True)
    taken = serializers.IntegerField(help_text="Files of the last seven days.")
    refused = serializers.IntegerField(help_text="Files of the last seven days.")
    reason = serializers.CharField(source="feed.reason", help_text="Why the last try failed.")


class WeatherFileSerializer(serializers.ModelSerializer[WeatherFile]):
    feed = serializers.CharField(source="feed.name", allow_null=True, default=None)

    class Meta:
        model = WeatherFile
        fields = ["id", "feed", "name", "received_at", "outcome", "reason"]


class WeatherLocationSerializer(serializers.ModelSerializer[Location]):
    class Meta:
        model = Location
        fields = ["id", "name", "latitude", "longitude", "altitude_m"]


class WeatherRunSerializer(serializers.ModelSerializer[WeatherRun]):
    class Meta:
        model = WeatherRun
        fields = ["id", "provider", "model", "data_kind", "issued_at", "available_at"]


class WeatherSeriesSerializer(serializers.Serializer):
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Unix seconds of the begin of each step.")
    values = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField(allow_null=True)), help_text="By variable."
    )
    issued_at = serializers.ListField(child=serializers.DateTimeField(), help_text="Of the runs used, newest first.")


class LeadErrorSerializer(serializers.Serializer):
    from_h = serializers.IntegerField()
    to_h = serializers.IntegerField()
    count = serializers.IntegerField()
    rms = serializers.FloatField(allow_null=True)
    mean = serializers.FloatField(allow_null=True)
