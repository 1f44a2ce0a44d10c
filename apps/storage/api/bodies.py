"""Shapes of fleets, plants, limits and schedules. Powers as the meter reads: positive while a battery charges."""

from rest_framework import serializers

from apps.storage.api.studio_bodies import CapacityTestSerializer
from apps.storage.choices import (
    LONGEST_TEXT,
    ChargeSource,
    Chemistry,
    Horizon,
    PlanMethod,
    PlanOutcome,
    Rung,
    SafetyLevel,
    Side,
)


def _maybe(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class RefusedStorageSerializer(serializers.Serializer):
    detail = serializers.CharField()


class StoragePlantSerializer(serializers.Serializer):
    mrid = serializers.UUIDField(help_text="Of the BatteryUnit.")
    name = serializers.CharField()
    fleet = serializers.CharField()
    chemistry = serializers.ChoiceField(choices=Chemistry.choices)
    chemistry_label = serializers.CharField()
    energy_kwh = serializers.FloatField(help_text="When new.")
    charge_kw = serializers.FloatField(help_text="Of the cells.")
    discharge_kw = serializers.FloatField(help_text="Of the cells.")
    soc = _maybe("0 to 1; null: not known now.")
    soc_sigma = _maybe("One standard deviation of it.")
    soc_as_of = serializers.DateTimeField(allow_null=True)
    power_kw = _maybe("At the meter.")
    level = serializers.ChoiceField(choices=SafetyLevel.choices, allow_null=True)
    level_label = serializers.CharField(allow_null=True)
    is_tripped = serializers.BooleanField(help_text="Until its reset on the spot was told.")
    is_planned = serializers.BooleanField()


class StorageFleetSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    purpose = serializers.CharField()
    energy_kwh = serializers.FloatField()
    stored_kwh = _maybe("Of the plants whose charge is known.")
    known = serializers.IntegerField(help_text="Plants whose charge is known.")
    power_kw = _maybe("Of the meters that are heard.")
    plants = StoragePlantSerializer(many=True)


class StorageFleetsSerializer(serializers.Serializer):
    fleets = StorageFleetSerializer(many=True)


class RackHealthSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    capacity = serializers.FloatField(help_text="As a fraction of that when new.")
    capacity_sigma = serializers.FloatField()
    resistance = _maybe("Over that when new; null: no step of current was seen.")
    resistance_sigma = _maybe()


class StorageRackSerializer(serializers.Serializer):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    energy_kwh = serializers.FloatField()
    soc = _maybe()
    soc_sigma = _maybe()
    bias_c = _maybe("What its current sensor reads too much, as a share of the capacity in an hour.")
    known_by = serializers.ChoiceField(choices=ChargeSource.choices, allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    recalibrated_at = serializers.DateTimeField(allow_null=True, help_text="By a full charge.")
    health = RackHealthSerializer(allow_null=True)


class SafetyRungsSerializer(serializers.Serializer):
    warn = _maybe()
    derate = _maybe("From here the power left falls in a straight line, to none at `stop`.")
    stop = _maybe()
    trip = _maybe()


class SafetyRuleSerializer(serializers.Serializer):
    name = serializers.CharField()
    reading = serializers.CharField()
    unit = serializers.CharField()
    side = serializers.ChoiceField(choices=Side.choices)
    blocks_charge = serializers.BooleanField()
    blocks_discharge = serializers.BooleanField()
    cites = serializers.CharField(help_text="The datasheet.")
    is_watched = serializers.BooleanField(help_text="Its reading reaches the control room.")
    datasheet = SafetyRungsSerializer()
    holds = SafetyRungsSerializer()


class SafetyRatingSerializer(serializers.Serializer):
    name = serializers.CharField()
    words = serializers.CharField()
    datasheet = serializers.FloatField()
    holds = serializers.FloatField()


class LimitSettingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    rung = serializers.ChoiceField(choices=Rung.choices, allow_blank=True)
    value = serializers.FloatField()
    reason = serializers.CharField()
    set_by = serializers.CharField()
    set_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    lift_reason = serializers.CharField()


class StorageLimitsSerializer(serializers.Serializer):
    ratings = SafetyRatingSerializer(many=True)
    rules = SafetyRuleSerializer(many=True)
    settings = LimitSettingSerializer(many=True)


class StorageSafetySerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    level = serializers.ChoiceField(choices=SafetyLevel.choices)
    level_label = serializers.CharField()
    reasons = serializers.ListField(child=serializers.CharField())
    charge_kw = serializers.FloatField(help_text="That the cells may take now.")
    discharge_kw = serializers.FloatField(help_text="That the cells may give now.")
    charge_by = serializers.CharField(help_text="The limit that leaves the least.")
    discharge_by = serializers.CharField()
    tripped_at = serializers.DateTimeField(allow_null=True)
    reset_told_at = serializers.DateTimeField(allow_null=True)


class WarrantyTermSerializer(serializers.Serializer):
    name = serializers.CharField()
    limit = _maybe("Null: no such term.")
    counted = _maybe()
    used = _maybe("Share of the limit.")


class WarrantySerializer(serializers.Serializer):
    counted_until = serializers.DateTimeField(allow_null=True)
    hours_unknown = _maybe("Of which nothing was known.")
    warm_c = serializers.FloatField(help_text="Hours count above this cell temperature.")
    full_soc = serializers.FloatField(help_text="Rest counts from this state of charge.")
    terms = WarrantyTermSerializer(many=True)


class StoragePlantPageSerializer(StoragePlantSerializer):
    ageing_law = serializers.CharField()
    datasheet = serializers.CharField()
    in_service_on = serializers.DateField(allow_null=True)
    current_a = serializers.FloatField()
    nominal_dc_v = serializers.FloatField()
    cells_in_series = serializers.IntegerField()
    charge_efficiency = serializers.FloatField()
    discharge_efficiency = serializers.FloatField()
    import_kw = _maybe("Of the connection; null: no limit of its own.")
    export_kw = _maybe()
    wear_per_kwh = serializers.FloatField()
    most_cycles_a_day = _maybe()
    least_soc = serializers.FloatField()
    most_soc = serializers.FloatField()
    resting_soc = serializers.FloatField()
    price_zone = serializers.CharField(allow_null=True)
    tariff = serializers.CharField()
    warranty = WarrantySerializer()
    racks = StorageRackSerializer(many=True)
    limits = StorageLimitsSerializer()
    safety = StorageSafetySerializer(allow_null=True)
    tests = CapacityTestSerializer(many=True)


class NewLimitSettingSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=60, help_text="Of a limit or a rating, as GET tells them.")
    rung = serializers.ChoiceField(choices=Rung.choices, default=Rung.RATING, allow_blank=True)
    value = serializers.FloatField()
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class StorageReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class SchedulesQuery(serializers.Serializer):
    horizon = serializers.ChoiceField(choices=Horizon.choices, required=False, default="", allow_blank=True)


class WantedScheduleSerializer(serializers.Serializer):
    horizon = serializers.ChoiceField(choices=Horizon.choices, default=Horizon.INTRADAY)


class StorageScheduleSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    horizon = serializers.ChoiceField(choices=Horizon.choices)
    horizon_label = serializers.CharField()
    as_of = serializers.DateTimeField()
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    steps = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=PlanOutcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField()
    way_out = serializers.ListField(child=serializers.CharField(), help_text="What would have to give.")
    currency = serializers.CharField()
    cost = _maybe("Of the horizon; below zero it earns.")
    parts = serializers.DictField(child=serializers.FloatField())
    cycles = _maybe()
    start_soc = _maybe()
    start_sigma = _maybe()
    known_prices = _maybe("Share of the steps whose price was out.")
    method = serializers.ChoiceField(choices=PlanMethod.choices, allow_blank=True)
    method_label = serializers.CharField()
    together_with = serializers.IntegerField(help_text="Other plants of the same program.")
    duration_ms = serializers.FloatField(help_text="Of solving, its part of the batch.")
    engine_version = serializers.CharField()
    course = serializers.IntegerField(allow_null=True, help_text="Of dispatch: what was proposed for it.")


class StorageSchedulesSerializer(serializers.Serializer):
    schedules = StorageScheduleSerializer(many=True)


class ScheduleDriverSerializer(serializers.Serializer):
    name = serializers.CharField()
    unit = serializers.CharField()
    steps = serializers.ListField(child=serializers.IntegerField(), help_text="Where it binds, counted from 0.")
    per_unit = serializers.FloatField(help_text="Money: the most that one unit more would save in one step.")
    total = serializers.FloatField()


class StorageSchedulePageSerializer(StorageScheduleSerializer):
    power_kw = serializers.ListField(child=_maybe(), help_text="As the meter reads: positive while it charges.")
    soc = serializers.ListField(child=_maybe(), help_text="At the end of each step.")
    stored_value = serializers.ListField(child=_maybe(), help_text="Money: what one kWh more in the store would save.")
    price = serializers.ListField(child=_maybe(), help_text="Money per kWh bought.")
    up_kw = serializers.ListField(child=_maybe(), help_text="Reserve that it holds; empty: none.")
    down_kw = serializers.ListField(child=_maybe())
    drivers = ScheduleDriverSerializer(many=True)
    words = serializers.ListField(child=serializers.CharField(), help_text="What drives it.")
    inputs = serializers.DictField()


class ChargeQuery(serializers.Serializer):
    days = serializers.IntegerField(min_value=1, max_value=92, default=2)


class ChargeCourseSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    soc = serializers.ListField(child=_maybe())
    sigma = serializers.ListField(child=_maybe())
    temperature_c = serializers.ListField(child=_maybe(), help_text="Of the warmest cells.")
    power_kw = serializers.ListField(child=_maybe())


class StorageEarningSerializer(serializers.Serializer):
    day = serializers.DateField(help_text="By the clock of its market.")
    currency = serializers.CharField()
    planned = _maybe("By the day-ahead schedule, at the prices that came.")
    realised = _maybe("By the meter.")
    perfect = _maybe("Had the prices been known.")
    simple_rule = _maybe("Planned by the mean of the last days.")
    wear = _maybe("Of what was realised.")
    charged_kwh = _maybe()
    discharged_kwh = _maybe()
    cycles = _maybe()
    known_share = serializers.FloatField(help_text="Of the day's meter readings.")
    reason = serializers.CharField(help_text="Why a figure is missing.")


class StorageEarningsSerializer(serializers.Serializer):
    earnings = StorageEarningSerializer(many=True)
