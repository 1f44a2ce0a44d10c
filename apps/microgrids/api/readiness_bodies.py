"""Bodies of readiness, reserve and results."""

from typing import Any

from rest_framework import serializers

from apps.microgrids.choices.microgrid import LONGEST_TEXT
from apps.microgrids.choices.readiness import ReadinessOutcome, ReserveBasis


class ReadinessMissingSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class ReadinessHoursSerializer(serializers.Serializer[Any]):
    priority = serializers.IntegerField(help_text="1: critical loads; 2: 1 and 2; 3: all")
    meaning = serializers.CharField()
    p10 = serializers.FloatField(help_text="Hours that it outlasts in nine of ten cases")
    p50 = serializers.FloatField()
    p90 = serializers.FloatField()
    beyond = serializers.FloatField(help_text="Share of the cases that last longer than was looked at")
    horizon_h = serializers.FloatField()


class ReadinessGainSerializer(serializers.Serializer[Any]):
    what = serializers.CharField()
    words = serializers.CharField()
    p10_h = serializers.FloatField(help_text="Hours more at P10, of the critical loads")
    p50_h = serializers.FloatField()
    mean_h = serializers.FloatField(help_text="Hours more in the mean, up to the horizon")
    is_bound = serializers.BooleanField(help_text="The horizon hides a part of it: at least so much")


class ReserveWishSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    reserve_kwh = serializers.FloatField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField()
    entered_by = serializers.CharField()
    entered_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class MicrogridReserveSerializer(serializers.Serializer[Any]):
    reserve_kwh = serializers.FloatField(help_text="Usable energy held above the least charge")
    until = serializers.DateTimeField(allow_null=True)
    basis = serializers.ChoiceField(ReserveBasis.choices)
    basis_label = serializers.CharField()
    reason = serializers.CharField()
    cost_eur = serializers.FloatField(allow_null=True, help_text="Of holding it; null: not known")
    computed_kwh = serializers.FloatField(allow_null=True)
    computed_reason = serializers.CharField(allow_blank=True)
    computed_cost_eur = serializers.FloatField(allow_null=True)
    candidates = serializers.ListField(child=serializers.DictField())
    wish = ReserveWishSerializer(allow_null=True)


class MicrogridReadinessSerializer(serializers.Serializer[Any]):
    microgrid = serializers.UUIDField()
    name = serializers.CharField()
    as_of = serializers.DateTimeField(allow_null=True)
    is_old = serializers.BooleanField()
    outcome = serializers.ChoiceField(ReadinessOutcome.choices, allow_null=True, help_text="null: not worked out yet")
    outcome_label = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    is_alone = serializers.BooleanField(allow_null=True)
    horizon_h = serializers.FloatField(allow_null=True)
    scenarios = serializers.IntegerField()
    hours = ReadinessHoursSerializer(many=True)
    curve = serializers.DictField(allow_null=True, help_text="`h`, and by priority the probability to last so long")
    gains = ReadinessGainSerializer(many=True)
    unserved_kwh = serializers.DictField(child=serializers.FloatField())
    inputs = serializers.DictField()
    outage = serializers.DictField()
    reserve = MicrogridReserveSerializer()
    terms = serializers.DictField()
    engine_version = serializers.CharField(allow_blank=True)
    duration_ms = serializers.FloatField()


class NewReserveWishSerializer(serializers.Serializer[Any]):
    reserve_kwh = serializers.FloatField(min_value=0.0, help_text="Usable energy above the least charge")
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class ResultsQuerySerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=366, default=30)


class MicrogridResultsSerializer(serializers.Serializer[Any]):
    microgrid = serializers.UUIDField()
    name = serializers.CharField()
    begin = serializers.DateTimeField()
    end = serializers.DateTimeField()
    resilience = serializers.DictField()
    transitions = serializers.DictField()
    reliability = serializers.DictField()
    cost = serializers.DictField()
    survivability = serializers.DictField()
