"""Shapes of lifespans, capacity tests and earnings. Fields called `source` are taken off the class by its
metaclass, which mypy cannot know."""

from rest_framework import serializers

from apps.storage.choices import LONGEST_TEXT, LifespanOutcome

MOST_KWH, MOST_PER_KWH = 1e9, 1e6


def _maybe(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class CapacityTestSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    tested_at = serializers.DateTimeField()
    energy_kwh = serializers.FloatField()
    sigma_kwh = serializers.FloatField()
    conditions = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    note = serializers.CharField()
    entered_by = serializers.CharField()


class NewCapacityTestSerializer(serializers.Serializer):
    tested_at = serializers.DateTimeField()
    energy_kwh = serializers.FloatField(min_value=0.001, max_value=MOST_KWH)
    sigma_kwh = serializers.FloatField(
        min_value=0.001, max_value=MOST_KWH, help_text="One standard deviation of the measurement."
    )
    conditions = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, default="", allow_blank=True, help_text="Rate, temperature, window."
    )
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=LONGEST_TEXT, required=False, default="", allow_blank=True, help_text="Whose report it is."
    )
    note = serializers.CharField(max_length=LONGEST_TEXT, required=False, default="", allow_blank=True)


class ImportedCapacityTestsSerializer(serializers.Serializer):
    made = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Were there already.")


class RefusedCapacityTestsSerializer(serializers.Serializer):
    detail = serializers.CharField()
    problems = serializers.ListField(child=serializers.CharField(), required=False, help_text="Each names its row.")


class BatteryCostSerializer(serializers.Serializer):
    per_kwh = serializers.FloatField(min_value=0.001, max_value=MOST_PER_KWH, help_text="Money for new batteries.")
    currency = serializers.RegexField("^[A-Z]{3}$", help_text="Three letters, as EUR.")
    discount_rate = serializers.FloatField(min_value=0, max_value=1, help_text="A year, 0.07 for 7 %.")
    source = serializers.CharField(max_length=LONGEST_TEXT)  # type: ignore[assignment]
    entered_by = serializers.CharField(read_only=True)
    entered_at = serializers.DateTimeField(read_only=True)


class LifespanFanSerializer(serializers.Serializer):
    years = serializers.ListField(
        child=serializers.FloatField(), help_text="From the run; before it they are negative."
    )
    low = serializers.ListField(child=serializers.FloatField(), help_text="Capacity, of that when new.")
    median = serializers.ListField(child=serializers.FloatField())
    high = serializers.ListField(child=serializers.FloatField())


class LifespanCauseSerializer(serializers.Serializer):
    name = serializers.CharField()
    words = serializers.CharField()
    years = serializers.FloatField(help_text="That it would live longer without.")


class LifespanPolicySerializer(serializers.Serializer):
    name = serializers.CharField()
    words = serializers.CharField()
    years = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()
    years_gained = serializers.FloatField(help_text="Against the one in force, at what is most probable.")
    cycles_a_year = serializers.FloatField()
    mean_soc = serializers.FloatField()
    earned_a_year = serializers.FloatField(help_text="At prices that were known, before wear.")
    lost_a_year = serializers.FloatField()
    saved_a_year = _maybe("Of new batteries, by their longer life; null: their cost is not known.")
    worth_a_year = _maybe("What is saved less what is lost.")
    discharged_mwh_a_year = serializers.FloatField()
    charge_price_per_mwh = _maybe()
    discharge_price_per_mwh = _maybe()


class LifespanTestSerializer(serializers.Serializer):
    tested_at = serializers.DateTimeField()
    energy_kwh = serializers.FloatField()
    source = serializers.CharField()  # type: ignore[assignment]
    years = serializers.FloatField(help_text="From the run, so not above 0.")
    capacity = serializers.FloatField()
    sigma = serializers.FloatField()
    untested = serializers.FloatField(help_text="By the model without any test.")
    fitted = serializers.FloatField()


class LifespanRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    outcome = serializers.ChoiceField(choices=LifespanOutcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField()
    law = serializers.CharField()
    years = _maybe("From the run to the end of life, median.")
    low = _maybe("One in ten lives shorter.")
    high = _maybe("One in ten lives longer.")
    untested_years = _maybe("Median, had no test been made.")
    end_of_life = serializers.FloatField(help_text="Remaining capacity, of that when new.")
    capacity_now = _maybe()
    calendar_share = _maybe("Of the loss by then.")
    cycles_a_year = _maybe()
    resistance_growth = _maybe("By then; null: the model has no law of it.")
    wear_per_kwh = _maybe("Money, by this life and the cost of batteries.")
    most_years = serializers.FloatField(help_text="Years of so many mean that or more.")
    test_count = serializers.IntegerField()
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()


class LifespanRunPageSerializer(LifespanRunSerializer):
    fan = LifespanFanSerializer()
    causes = LifespanCauseSerializer(many=True)
    policies = LifespanPolicySerializer(many=True)
    tests = LifespanTestSerializer(many=True)
    beyond = serializers.ListField(child=serializers.CharField())
    inputs = serializers.DictField()


class EstimatedCapacitySerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    capacity = serializers.FloatField()
    sigma = serializers.FloatField()


class PlantLifespanSerializer(serializers.Serializer):
    plant = serializers.UUIDField()
    name = serializers.CharField()
    energy_kwh = serializers.FloatField()
    law = serializers.CharField()
    law_source = serializers.CharField()
    run = LifespanRunPageSerializer(allow_null=True)
    runs = LifespanRunSerializer(many=True)
    tests = CapacityTestSerializer(many=True)
    estimated = EstimatedCapacitySerializer(many=True, help_text="From operation, each Monday of the last year.")
    cost = BatteryCostSerializer(allow_null=True)


class WantedLifespanSerializer(serializers.Serializer):
    end_of_life = serializers.FloatField(min_value=0.5, max_value=0.95, required=False, default=0.8)


class AtQuery(serializers.Serializer):
    at = serializers.DateTimeField(required=False, help_text="As it was known then; now unless told.")


class EarnedQuery(AtQuery):
    days = serializers.IntegerField(min_value=1, max_value=731, default=92)


class EarnedSumsSerializer(serializers.Serializer):
    days = serializers.IntegerField(help_text="Of which all that is compared is known.")
    realised = _maybe()
    planned = _maybe()
    perfect = _maybe()
    simple_rule = _maybe()
    wear = _maybe()
    share_of_perfect = _maybe()
    above_simple_rule = _maybe()
    cycles = serializers.FloatField()
    discharged_mwh = serializers.FloatField()
    per_cycle = _maybe()
    per_mwh = _maybe()


class EarnedMonthSerializer(EarnedSumsSerializer):
    month = serializers.CharField()


class EarnedServiceSerializer(serializers.Serializer):
    name = serializers.CharField()
    planned = serializers.FloatField(help_text="By the day-ahead schedules; money earned is positive.")
    days = serializers.IntegerField()


class EarnedSerializer(serializers.Serializer):
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    currency = serializers.CharField()
    settled_days = serializers.IntegerField()
    total = EarnedSumsSerializer()
    months = EarnedMonthSerializer(many=True)
    services = EarnedServiceSerializer(many=True)
