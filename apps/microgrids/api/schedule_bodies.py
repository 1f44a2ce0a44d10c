"""The schedule of a microgrid, as the API has it."""

from rest_framework import serializers

from apps.microgrids.choices.schedule import ScheduleOutcome


class MicrogridPeriodSerializer(serializers.Serializer[object]):
    """Powers into the island are positive: a battery that charges has a negative one."""

    storage_kw = serializers.DictField(child=serializers.FloatField(), help_text="by mRID")
    stored_kwh = serializers.FloatField(help_text="in all storages at the end of the period")
    generator_kw = serializers.DictField(child=serializers.FloatField(), help_text="by mRID")
    renewable_kw = serializers.FloatField()
    curtailed_kw = serializers.FloatField()
    shed_kw = serializers.DictField(child=serializers.FloatField(), help_text="by priority")
    load_kw = serializers.FloatField(help_text="expected")
    import_kw = serializers.FloatField()
    export_kw = serializers.FloatField()
    reserve_short_kwh = serializers.FloatField()
    buy = serializers.FloatField(help_text="currency per kWh")
    sell = serializers.FloatField()
    shadow_price = serializers.FloatField(allow_null=True, help_text="what one kWh more of load would cost")
    reasons = serializers.ListField(child=serializers.CharField())


class MicrogridScheduleReserveSerializer(serializers.Serializer[object]):
    reserve_kwh = serializers.FloatField(required=False)
    until = serializers.CharField(required=False, allow_null=True)
    basis = serializers.CharField(required=False)
    reason = serializers.CharField(required=False)


class MicrogridCourseSerializer(serializers.Serializer[object]):
    device = serializers.UUIDField()
    name = serializers.CharField()
    course = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True, help_text="why dispatch has no course of it")


class MicrogridScoreSerializer(serializers.Serializer[object]):
    as_of = serializers.DateTimeField()
    expected_eur = serializers.FloatField()
    measured_eur = serializers.FloatField()


class MicrogridScoresSerializer(serializers.Serializer[object]):
    count = serializers.IntegerField()
    expected_eur = serializers.FloatField(allow_null=True)
    measured_eur = serializers.FloatField(allow_null=True)
    newest = MicrogridScoreSerializer(many=True)
    last_reason = serializers.CharField(allow_blank=True)


class MicrogridScheduleSerializer(serializers.Serializer[object]):
    microgrid = serializers.UUIDField()
    as_of = serializers.DateTimeField(allow_null=True)
    starts_at = serializers.DateTimeField(allow_null=True)
    step_s = serializers.IntegerField()
    outcome = serializers.ChoiceField(
        choices=ScheduleOutcome.choices, allow_null=True, help_text="null: not worked out yet"
    )
    outcome_label = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    way_out = serializers.ListField(child=serializers.CharField())
    is_alone = serializers.BooleanField(allow_null=True)
    currency = serializers.CharField()
    cost = serializers.FloatField(allow_null=True)
    parts = serializers.DictField(child=serializers.FloatField())
    uncontrolled_cost = serializers.FloatField(allow_null=True)
    uncontrolled_lost_kwh = serializers.FloatField(allow_null=True)
    saves = serializers.FloatField(allow_null=True, help_text="against no control, with what the stores hold more")
    stored_gain_eur = serializers.FloatField(allow_null=True)
    emissions_kg = serializers.FloatField(allow_null=True)
    gap = serializers.FloatField(allow_null=True)
    periods = MicrogridPeriodSerializer(many=True)
    reserve = MicrogridScheduleReserveSerializer()
    inputs = serializers.DictField()
    courses = MicrogridCourseSerializer(many=True)
    scores = MicrogridScoresSerializer()
    engine_version = serializers.CharField(allow_blank=True)


class MicrogridScheduleMissingSerializer(serializers.Serializer[object]):
    detail = serializers.CharField()
