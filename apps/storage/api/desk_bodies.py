"""Shapes of the fleet desk and of a plant's condition. Powers as the meter reads: positive while a battery charges."""

from rest_framework import serializers

from apps.storage.api.bodies import StoragePlantSerializer
from apps.storage.choices import PlanState, Rung, SafetyLevel


def _maybe(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class DeskQuery(serializers.Serializer):
    fleet = serializers.IntegerField(required=False, min_value=1, default=None)
    offset = serializers.IntegerField(required=False, min_value=0, default=0)
    limit = serializers.IntegerField(required=False, min_value=1, max_value=500, default=100)


class DeskFleetSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    count = serializers.IntegerField(help_text="Plants.")


class DeskMoneySerializer(serializers.Serializer):
    currency = serializers.CharField()
    earned = _maybe("By the meter; wear is not taken off.")
    planned = _maybe("By the plan as it stood in each quarter hour.")
    plants = serializers.IntegerField(help_text="Whose earnings are known.")


class DeskTodaySerializer(serializers.Serializer):
    until = serializers.DateTimeField(allow_null=True, help_text="Quarter hours that had ended by then.")
    metered = serializers.IntegerField(help_text="Plants whose meter tells of today.")
    planned_count = serializers.IntegerField(help_text="Plants for which something was planned today.")
    charged_kwh = _maybe()
    discharged_kwh = _maybe()
    planned_charged_kwh = _maybe()
    planned_discharged_kwh = _maybe()
    money = DeskMoneySerializer(many=True)


class DeskYesterdaySerializer(serializers.Serializer):
    currency = serializers.CharField()
    plants = serializers.IntegerField(help_text="Whose earnings are known.")
    earned = _maybe()
    perfect = _maybe("Of the same plants, had the prices been known.")
    simple_rule = _maybe("Of the same plants, planned by the mean of the last days.")
    share_of_perfect = _maybe()
    more_than_rule = _maybe("Money.")


class DeskTotalsSerializer(serializers.Serializer):
    plants = serializers.IntegerField()
    available = serializers.IntegerField(help_text="Charge known, and free to charge or to discharge.")
    energy_kwh = serializers.FloatField(help_text="When new.")
    rated_kw = serializers.FloatField()
    known = serializers.IntegerField(help_text="Plants whose charge is known.")
    known_kwh = serializers.FloatField(help_text="What these hold when full and new.")
    stored_kwh = _maybe()
    stored_sigma_kwh = _maybe("One standard deviation; plants err each by itself.")
    metered = serializers.IntegerField()
    power_kw = _maybe()
    compared = serializers.IntegerField(help_text="Plants with both a meter and a plan now.")
    compared_kw = _maybe("What the meters of these read.")
    compared_planned_kw = _maybe()
    levels = serializers.DictField(
        child=serializers.IntegerField(), help_text="Plants by how far they are beyond limits."
    )
    not_judged = serializers.IntegerField()
    plans = serializers.DictField(child=serializers.IntegerField(), help_text="Plants by the state of their schedule.")
    today = DeskTodaySerializer()
    yesterday = DeskYesterdaySerializer(many=True)


class DeskPlanSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=PlanState.choices)
    state_label = serializers.CharField()
    reason = serializers.CharField(help_text="Why it stands there, where there is something to say.")
    course = serializers.IntegerField(allow_null=True, help_text="Of dispatch.")
    until = serializers.DateTimeField(allow_null=True, help_text="End of the course.")
    schedule = serializers.IntegerField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True, help_text="Of the schedule.")


class DeskHealthSerializer(serializers.Serializer):
    capacity = serializers.FloatField(help_text="As a fraction of that when new, of the racks together.")
    sigma = serializers.FloatField()
    racks = serializers.IntegerField(help_text="That are known.")
    as_of = serializers.DateTimeField()


class DeskMaySerializer(serializers.Serializer):
    charge_kw = serializers.FloatField(help_text="Of the cells.")
    discharge_kw = serializers.FloatField()
    charge_by = serializers.CharField(help_text="The limit that leaves the least.")
    discharge_by = serializers.CharField()


class DeskNarrowedSerializer(serializers.Serializer):
    name = serializers.CharField()
    rung = serializers.ChoiceField(choices=Rung.choices, allow_blank=True)
    value = serializers.FloatField()
    set_by = serializers.CharField()
    reason = serializers.CharField()


class DeskWeekSerializer(serializers.Serializer):
    currency = serializers.CharField()
    earned = serializers.FloatField()
    days = serializers.IntegerField(help_text="Of the last seven, that are settled and known.")


class DeskCyclesSerializer(serializers.Serializer):
    limit = _maybe()
    counted = _maybe()


class DeskPlantSerializer(StoragePlantSerializer):
    planned_kw = _maybe("Of now.")
    is_available = serializers.BooleanField()
    plan = DeskPlanSerializer()
    health = DeskHealthSerializer(allow_null=True)
    temperature_c = _maybe("Of the warmest cells.")
    temperature_spread_c = _maybe("The widest within a rack.")
    voltage_spread_v = _maybe("The widest between cells of a rack.")
    may = DeskMaySerializer(allow_null=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="Limits it is beyond, the gravest first.")
    narrowed = DeskNarrowedSerializer(many=True)
    week = DeskWeekSerializer(allow_null=True)
    warranty_cycles = DeskCyclesSerializer()


class StorageDeskSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    fleet = serializers.IntegerField(allow_null=True)
    fleets = DeskFleetSerializer(many=True)
    totals = DeskTotalsSerializer()
    plants = DeskPlantSerializer(many=True, help_text="The gravest first.")


class OutlookQuery(serializers.Serializer):
    fleet = serializers.IntegerField(required=False, min_value=1, default=None)
    plant = serializers.UUIDField(required=False, default=None)


class StorageOutlookSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    now = serializers.DateTimeField()
    plants = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Plants whose charge was known.")
    metered = serializers.IntegerField()
    planned = serializers.IntegerField(help_text="Plants with a plan ahead.")
    soc = serializers.ListField(child=_maybe(), help_text="At each step's begin; of many, weighed by their energy.")
    soc_sigma = serializers.ListField(child=_maybe())
    planned_soc = serializers.ListField(child=_maybe(), help_text="At each step's end.")
    power_kw = serializers.ListField(child=_maybe(), help_text="Means of the meters.")
    planned_kw = serializers.ListField(child=_maybe(), help_text="As it stood then, or stands now.")
    stored_value = serializers.ListField(child=_maybe(), help_text="Money: what one kWh more in the store would save.")
    price = serializers.ListField(child=_maybe(), help_text="Money per kWh bought.")
    price_is_known = serializers.ListField(child=serializers.BooleanField(), help_text="Or expected.")
    currency = serializers.CharField()
    price_basis = serializers.CharField(help_text="Where prices are from, or why there are none.")


class ConditionRackSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    temperature_max_c = _maybe()
    temperature_min_c = _maybe()
    cell_voltage_max_v = _maybe()
    cell_voltage_min_v = _maybe()
    voltage_spread_v = _maybe()
    dc_voltage_v = _maybe()
    dc_current_a = _maybe()
    alarms = serializers.IntegerField()


class ConditionRuleSerializer(serializers.Serializer):
    name = serializers.CharField()
    value = _maybe("Of the rack that is nearest to the limit, or furthest beyond it.")
    rack = serializers.CharField()
    missing = serializers.IntegerField(help_text="Racks that do not tell it.")
    level = serializers.ChoiceField(choices=SafetyLevel.choices, allow_null=True)


class ConditionLatchSerializer(serializers.Serializer):
    tripped_at = serializers.DateTimeField(allow_null=True, help_text="Until a reset on the spot was told.")
    reset_told_at = serializers.DateTimeField(allow_null=True)
    reset_told_by = serializers.CharField(allow_null=True)


class ConditionStateSerializer(serializers.Serializer):
    name = serializers.CharField()
    quantity = serializers.CharField()
    value = _maybe()
    at = serializers.DateTimeField(allow_null=True)
    is_stale = serializers.BooleanField()


class ConditionAlarmSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    equipment_mrid = serializers.UUIDField()
    equipment_name = serializers.CharField()
    priority = serializers.IntegerField()
    message = serializers.CharField()
    is_active = serializers.BooleanField()
    raised_at = serializers.DateTimeField(allow_null=True)


class StorageConditionSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    racks = ConditionRackSerializer(many=True)
    rules = ConditionRuleSerializer(many=True)
    latch = ConditionLatchSerializer()
    states = ConditionStateSerializer(many=True, help_text="As the battery's own management tells them.")
    alarms = ConditionAlarmSerializer(many=True, help_text="For those who may view alarms.")


class HealthNightSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    capacity = serializers.FloatField()
    capacity_sigma = serializers.FloatField()
    resistance = _maybe()
    resistance_sigma = _maybe()


class RackNightsSerializer(serializers.Serializer):
    rack = serializers.CharField()
    nights = HealthNightSerializer(many=True)


class StorageHealthSerializer(serializers.Serializer):
    racks = RackNightsSerializer(many=True)
