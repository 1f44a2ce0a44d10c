from typing import Any

from rest_framework import serializers

from apps.assets.choices import CustomerClass
from apps.demand_response.choices import (
    BaselineMethod,
    DeviceKind,
    Objective,
)

_MOST_MINUTES, _MOST_EUR = 10_080, 100_000.0


def _whole(least: int = 0, most: int = 1_000_000, **more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=least, max_value=most, **more)


def _money() -> serializers.FloatField:
    return serializers.FloatField(min_value=0.0, max_value=_MOST_EUR, required=False)


class DemandProgramFieldsSerializer(serializers.Serializer):
    """What a manager writes; what is left out stays as it is or has its usual value."""

    title = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=300, allow_blank=True, required=False)
    objective = serializers.ChoiceField(choices=Objective.choices)
    consent_purpose = serializers.CharField(max_length=120)
    consent_text = serializers.CharField(max_length=20_000)
    months = serializers.ListField(child=_whole(1, 12), max_length=12, required=False)
    weekdays = serializers.ListField(child=_whole(0, 6), max_length=7, required=False)
    on_public_days = serializers.BooleanField(required=False)
    window_from = serializers.TimeField(allow_null=True, required=False)
    window_until = serializers.TimeField(allow_null=True, required=False)
    notice_min = _whole(0, _MOST_MINUTES, required=False)
    shortest_event_min = _whole(1, _MOST_MINUTES, required=False)
    longest_event_min = _whole(1, _MOST_MINUTES, required=False)
    most_events_a_month = _whole(0, 1000, allow_null=True, required=False)
    most_hours_a_day = serializers.FloatField(min_value=0.0, max_value=24.0, allow_null=True, required=False)
    rest_days = _whole(0, 365, required=False)
    most_customers = _whole(0, 10_000_000, allow_null=True, required=False)
    capacity_eur_per_kw_month = _money()
    energy_eur_per_kwh = _money()
    bill_credit_eur_per_event = _money()
    penalty_eur_per_kwh = _money()
    baseline_method = serializers.ChoiceField(choices=BaselineMethod.choices, required=False)
    feeder_mrids = serializers.ListField(child=serializers.UUIDField(), max_length=1000, required=False)
    classes = serializers.ListField(child=serializers.ChoiceField(CustomerClass.choices), required=False)
    equipment = serializers.ListField(child=serializers.ChoiceField(DeviceKind.choices), required=False)
    approval_above_customers = _whole(0, 10_000_000, required=False)
    kept_days = _whole(30, 3700, required=False)


class DemandProgramChangeSerializer(DemandProgramFieldsSerializer):
    revision = _whole(0, 2**31 - 1)

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        for name in fields.keys() - {"revision"}:
            fields[name].required = False
        return fields


class DemandFeederSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField(help_text="Empty: the live network has no such feeder.")


class DemandProgramSerializer(DemandProgramFieldsSerializer):
    id = serializers.IntegerField()
    is_active = serializers.BooleanField()
    revision = serializers.IntegerField(help_text="To be told with a change, so that nobody undoes another's.")
    made_at = serializers.DateTimeField()
    managers = serializers.ListField(child=serializers.CharField())
    program_name = serializers.CharField(help_text="Its name over OpenADR; empty while it is not active.")
    feeders = DemandFeederSerializer(many=True)
    consent_version = serializers.IntegerField()
    enrolments = serializers.DictField(child=serializers.IntegerField(), help_text="How many of each status.")
    without_identity = serializers.IntegerField(help_text="Enrolled, but without a VEN that could be asked.")
    enrolled_kw = serializers.FloatField(help_text="Rated power of the devices of who is enrolled.")

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        fields.pop("feeder_mrids")
        return fields


class DemandFormSerializer(serializers.Serializer):
    """What may be chosen: value and label."""

    objectives = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    classes = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    equipment = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    baseline_methods = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))
    feeders = DemandFeederSerializer(many=True)
    usual = serializers.DictField(help_text="Values that a new program has.")


class ProgramManagersSerializer(serializers.Serializer):
    managers = serializers.ListField(child=serializers.CharField(max_length=150), max_length=50)
