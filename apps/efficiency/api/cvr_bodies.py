from rest_framework import serializers

from apps.efficiency.choices.cvr import (
    LEAST_CVR_DAYS,
    LONGEST_CVR_TEXT,
    MOST_CVR_DAYS,
    MOST_STEPS_DOWN,
    CvrDayState,
    CvrStatus,
)


class CvrRefusedSerializer(serializers.Serializer):
    detail = serializers.CharField()


class CvrReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=200)


class CvrDraftSerializer(serializers.Serializer):
    feeder = serializers.UUIDField(help_text="mRID.")
    steps_down = serializers.IntegerField(min_value=1, max_value=MOST_STEPS_DOWN, help_text="Of the tap changers.")
    starts_on = serializers.DateField(help_text="Local day, tomorrow or later.")
    days = serializers.IntegerField(
        min_value=LEAST_CVR_DAYS, max_value=MOST_CVR_DAYS, help_text="In all; half of them are reduced, by lot."
    )
    limit_pu = serializers.FloatField(
        min_value=0.7, max_value=1.1, required=False, allow_null=True, help_text="Omitted: that of the feeder's nodes."
    )
    margin_pu = serializers.FloatField(min_value=0.0, max_value=0.1, default=0.01)
    most_guard_days = serializers.IntegerField(min_value=1, max_value=50, default=1)
    most_operations_per_day = serializers.IntegerField(min_value=2, max_value=200, default=24)
    confidence = serializers.FloatField(min_value=0.5, max_value=0.99, default=0.9)
    purpose = serializers.CharField(max_length=LONGEST_CVR_TEXT, default="", allow_blank=True)


class CvrOutlookQuery(serializers.Serializer):
    feeder = serializers.UUIDField()
    steps_down = serializers.IntegerField(min_value=1, max_value=MOST_STEPS_DOWN, default=2)
    margin_pu = serializers.FloatField(min_value=0.0, max_value=0.1, default=0.01)


class CvrUnitSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()


class CvrShareSerializer(serializers.Serializer):
    """A value with its interval; null where it is not known."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class CvrExperimentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    feeder_mrid = serializers.UUIDField()
    feeder_name = serializers.CharField()
    units = CvrUnitSerializer(many=True, help_text="Transformers whose taps are moved together.")
    steps_down = serializers.IntegerField()
    step_percent = serializers.FloatField()
    limit_pu = serializers.FloatField()
    margin_pu = serializers.FloatField()
    guard_pu = serializers.FloatField()
    most_guard_days = serializers.IntegerField()
    most_operations_per_day = serializers.IntegerField()
    confidence = serializers.FloatField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    purpose = serializers.CharField()
    status = serializers.ChoiceField(choices=CvrStatus.choices)
    status_label = serializers.CharField()
    is_open = serializers.BooleanField()
    reason = serializers.CharField(help_text="Why it stands where it stands.")
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField(allow_null=True)
    approved_at = serializers.DateTimeField(allow_null=True)
    approved_by = serializers.CharField(allow_null=True, help_text="In whose name taps are ordered.")
    ended_at = serializers.DateTimeField(allow_null=True)
    days = serializers.IntegerField()
    reduced_days = serializers.IntegerField()
    guard_days = serializers.IntegerField(help_text="Ended by the guard.")
    measured_days = serializers.IntegerField()
    factor = CvrShareSerializer(help_text="Percent of energy for a percent of voltage.")
    saved_kwh = CvrShareSerializer(help_text="On its reduced days so far.")
    no_factor_because = serializers.CharField()
    scored_at = serializers.DateTimeField(allow_null=True)


class CvrBellwetherSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    voltage_pu = serializers.FloatField(allow_null=True)


class CvrGuardSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    state = serializers.CharField(help_text="safe, near, hit or blind.")
    lowest_pu = serializers.FloatField(allow_null=True)
    lowest_at = serializers.CharField()
    is_low = serializers.BooleanField(help_text="The voltage is reduced, or on its way.")
    bellwethers = CvrBellwetherSerializer(many=True)


class CvrDaySerializer(serializers.Serializer):
    day = serializers.DateField()
    reduced = serializers.BooleanField(help_text="What the coin said.")
    state = serializers.ChoiceField(choices=CvrDayState.choices)
    state_label = serializers.CharField()
    note = serializers.CharField()
    guard_hit = serializers.BooleanField()
    lowered_at = serializers.DateTimeField(allow_null=True)
    went_back_at = serializers.DateTimeField(allow_null=True)
    energy_kwh = serializers.FloatField(allow_null=True)
    voltage_pu = serializers.FloatField(allow_null=True)
    lowest_pu = serializers.FloatField(allow_null=True)
    lowest_at = serializers.CharField()
    hours_known = serializers.IntegerField()
    temperature_c = serializers.FloatField(allow_null=True)


class CvrWorthSerializer(serializers.Serializer):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class CvrMoneySerializer(serializers.Serializer):
    currency = serializers.CharField(allow_blank=True)
    price_per_mwh = serializers.FloatField(allow_null=True, help_text="Day ahead, of the reduced days by their energy.")
    priced_share = serializers.FloatField(help_text="Of the energy of the reduced days, what has a price.")
    saved = CvrWorthSerializer(help_text="Energy saved at that price, with its interval.")
    tap_step_cost = serializers.FloatField()
    tap_step_source = serializers.CharField()
    wear = serializers.FloatField(help_text="Of the steps that were ordered.")
    net = serializers.FloatField(allow_null=True)
    average_kg = serializers.FloatField(allow_null=True, help_text="CO2e avoided by average factors.")
    marginal_kg = serializers.FloatField(allow_null=True, help_text="By marginal factors.")
    reason = serializers.CharField(allow_blank=True, help_text="Why there is no worth.")


class CvrWholeSerializer(CvrExperimentSerializer):
    plan = serializers.DictField(help_text="What it was planned from: days needed, lowest voltage by power flow.")
    result = serializers.DictField(help_text="Factor, energy and savings with intervals, and how they were found.")
    reference_feeders = serializers.IntegerField()
    operations = serializers.IntegerField(help_text="Steps of tap changers that were ordered for it.")
    money = CvrMoneySerializer()
    guard = CvrGuardSerializer()
    calendar = CvrDaySerializer(many=True)


class CvrExperimentsSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    experiments = CvrExperimentSerializer(many=True)


class CvrSiteSerializer(serializers.Serializer):
    feeder = serializers.UUIDField()
    name = serializers.CharField()
    units = serializers.ListField(child=serializers.CharField())
    step_percent = serializers.FloatField()
    bellwethers = serializers.ListField(child=serializers.CharField())
    reference_feeders = serializers.IntegerField()
    together = serializers.ListField(child=serializers.CharField(), help_text="Feeders that go down with it.")
    limit_pu = serializers.FloatField()
    objection = serializers.CharField(help_text="Why no experiment can be made there; empty: it can.")


class CvrSitesSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    sites = CvrSiteSerializer(many=True)


class CvrOutlookSerializer(CvrSiteSerializer):
    day_sd = serializers.FloatField(allow_null=True, help_text="Of a day's logarithm of energy, unexplained.")
    days_measured = serializers.IntegerField()
    lowest_seen_pu = serializers.FloatField(allow_null=True)
    steps_possible = serializers.IntegerField(allow_null=True)
    days_needed = serializers.IntegerField(allow_null=True)
    wanted_half_width = serializers.FloatField()
    half_width_after = serializers.DictField(child=serializers.FloatField())
    foreseen_lowest_pu = serializers.FloatField(allow_null=True)
    foreseen_lowest_at = serializers.CharField()
    guard_pu = serializers.FloatField()
    checked_at = serializers.DateTimeField()
