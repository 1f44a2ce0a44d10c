"""Shapes of ramps and reserve, of ways around curtailment, and of firming. Powers are fed in; net load is drawn."""

from rest_framework import serializers

from apps.renewables.api.portfolio_bodies import course_field, instants_field, maybe_field
from apps.renewables.choices import FIRMING_DAYS, LONGEST_TEXT, FirmingStatus, OptionKind
from apps.renewables.models import Portfolio, RenewablePlant


class RampSerializer(serializers.Serializer):
    minutes = serializers.IntegerField()
    up_kw = course_field("By how much net load may rise within the time from each quarter hour on.")
    down_kw = course_field()


class ReserveNeedSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    level = serializers.FloatField()
    step_s = serializers.IntegerField()
    t = instants_field()
    planned_kw = course_field("Median of net load.")
    up_kw = course_field("To be brought in, at most, with that probability.")
    down_kw = course_field("To be taken out.")
    ramps = RampSerializer(many=True)
    components = serializers.ListField(child=serializers.CharField())
    correlation = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    pairs = serializers.IntegerField()
    held_up_kw = maybe_field()
    held_down_kw = maybe_field()
    held_words = serializers.CharField()
    duration_ms = serializers.FloatField()


class ReserveDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    lead_h = serializers.IntegerField()
    level = serializers.FloatField()
    quarters = serializers.IntegerField()
    within = serializers.IntegerField()
    above = serializers.IntegerField()
    below = serializers.IntegerField()
    mean_up_kw = serializers.FloatField()
    mean_down_kw = serializers.FloatField()


class ReserveSerializer(serializers.Serializer):
    run = ReserveNeedSerializer(allow_null=True)
    days = ReserveDaySerializer(many=True)


class AvoidanceOptionSerializer(serializers.Serializer):
    kind = serializers.ChoiceField(choices=OptionKind.choices)
    kind_label = serializers.CharField()
    name = serializers.CharField()
    mrid = serializers.UUIDField(allow_null=True)
    proposal = serializers.IntegerField(allow_null=True)
    cost_per_kwh = serializers.FloatField(help_text="EUR per kWh that need not be held back.")
    saved_kw = serializers.FloatField(help_text="At most.")
    taken_kw = serializers.FloatField(help_text="In the cheapest way.")


class AvoidancePlaceSerializer(serializers.Serializer):
    congestion = serializers.IntegerField()
    trouble = serializers.IntegerField()
    place = serializers.CharField()
    breach_label = serializers.CharField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    is_now = serializers.BooleanField()
    held_kw = serializers.FloatField(help_text="By plants, if nobody else did anything.")
    held_kwh = serializers.FloatField()
    is_enough = serializers.BooleanField(help_text="Whether plants alone could clear it.")
    left_kw = serializers.FloatField(help_text="That no option saves.")
    options = AvoidanceOptionSerializer(many=True)


class ExpectedCurtailmentSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    kwh = serializers.FloatField()
    most_kw = serializers.FloatField()
    worst_at = serializers.DateTimeField(allow_null=True)


class AvoidanceRunSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    expected_kwh = serializers.FloatField(help_text="By envelopes.")
    plants = ExpectedCurtailmentSerializer(many=True)
    places = AvoidancePlaceSerializer(many=True)
    words = serializers.CharField()


class AvoidanceSerializer(serializers.Serializer):
    run = AvoidanceRunSerializer(allow_null=True)


class FirmingSizeSerializer(serializers.Serializer):
    power_kw = serializers.FloatField()
    energy_kwh = serializers.FloatField()
    share = serializers.FloatField()
    discharged_kwh = serializers.FloatField()
    cost = serializers.FloatField()


class FirmingResultSerializer(serializers.Serializer):
    quarters = serializers.IntegerField()
    days = serializers.IntegerField()
    rated_kw = serializers.FloatField()
    mean_error_kw = serializers.FloatField()
    without = serializers.FloatField(help_text="Share of the quarter hours within the band without a battery.")
    best_share = serializers.FloatField(help_text="Of all batteries that were tried.")
    cheapest = serializers.IntegerField(allow_null=True, help_text="Place in `sizes`.")
    sizes = FirmingSizeSerializer(many=True)


class FirmingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    of = serializers.CharField()
    portfolio = serializers.IntegerField(allow_null=True)
    plant = serializers.UUIDField(allow_null=True)
    days = serializers.IntegerField()
    tolerance = serializers.FloatField()
    share = serializers.FloatField()
    round_trip = serializers.FloatField()
    per_kw = serializers.FloatField()
    per_kwh = serializers.FloatField()
    currency = serializers.CharField()
    rates_from = serializers.CharField()
    status = serializers.ChoiceField(choices=FirmingStatus.choices)
    status_label = serializers.CharField()
    reason = serializers.CharField()
    result = FirmingResultSerializer(allow_null=True)
    asked_at = serializers.DateTimeField()
    asked_by = serializers.CharField()


class FirmingsSerializer(serializers.Serializer):
    firmings = FirmingSerializer(many=True)


class NewFirmingSerializer(serializers.Serializer):
    """Of a portfolio or of one plant."""

    portfolio = serializers.PrimaryKeyRelatedField(queryset=Portfolio.objects.all(), required=False)
    plant = serializers.SlugRelatedField(
        queryset=RenewablePlant.objects.filter(is_active=True), slug_field="mrid", required=False
    )
    days = serializers.IntegerField(min_value=FIRMING_DAYS[0], max_value=FIRMING_DAYS[1], default=28)
    tolerance = serializers.FloatField(min_value=0.01, max_value=1.0, help_text="Of the plan.")
    share = serializers.FloatField(min_value=0.5, max_value=1.0, help_text="Of the quarter hours.")
    round_trip = serializers.FloatField(min_value=0.3, max_value=1.0, default=0.88)
    per_kw = serializers.FloatField(min_value=0.0, max_value=1e6, help_text="Money per kW of the battery.")
    per_kwh = serializers.FloatField(min_value=0.0, max_value=1e6, help_text="Money per kWh of it.")
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="EUR")
    rates_from = serializers.CharField(
        max_length=LONGEST_TEXT, source="source", help_text="Datasheet or offer that the rates are from."
    )

    def validate(self, data: dict[str, object]) -> dict[str, object]:
        if ("portfolio" in data) == ("plant" in data):
            raise serializers.ValidationError({"plant": "Give either a portfolio or a plant."})
        if not data["per_kw"] and not data["per_kwh"]:
            raise serializers.ValidationError({"per_kwh": "A battery costs something: give a rate per kW or per kWh."})
        return data
