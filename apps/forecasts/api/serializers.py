from typing import Any

from rest_framework import serializers

from apps.forecasts.choices import Held, Horizon, Issuer, ModelStatus, Quantity, Rung, Subject, TrainingOutcome


class ForecastProblemSerializer(serializers.Serializer):
    detail = serializers.CharField(required=False)


class CoverageSerializer(serializers.Serializer):
    nominal = serializers.FloatField()
    share = serializers.FloatField(help_text="Of the values that lay inside the band.")
    low = serializers.FloatField(help_text="With 95 % the true share lies between low and high.")
    high = serializers.FloatField()
    days = serializers.IntegerField()
    verdict = serializers.ChoiceField(choices=Held.choices)
    verdict_label = serializers.CharField()


class SkillFiguresSerializer(serializers.Serializer):
    days = serializers.IntegerField()
    mae_kw = serializers.FloatField(help_text="Mean absolute error of P50, day ahead.")
    nmae = serializers.FloatField(allow_null=True, help_text="Over the mean power.")
    pinball_kw = serializers.FloatField(help_text="Mean over the levels; of a single line half its error.")
    rmae = serializers.FloatField(allow_null=True, help_text="Error over that of repeating last week.")
    best_baseline = serializers.ChoiceField(choices=Issuer.choices, allow_null=True)
    best_baseline_label = serializers.CharField(allow_blank=True)
    pinball_ratio = serializers.FloatField(allow_null=True, help_text="Over that of the best repetition of the past.")
    coverage_80 = CoverageSerializer(allow_null=True)
    coverage_90 = CoverageSerializer(allow_null=True)


class DataFaultSerializer(serializers.Serializer):
    fault = serializers.CharField()
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    size = serializers.FloatField()
    found_at = serializers.DateTimeField()


class IssueSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField(help_text="When it was issued.")
    horizon = serializers.ChoiceField(choices=Horizon.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    rung = serializers.ChoiceField(choices=Rung.choices, help_text="Of the ladder of fallbacks.")
    rung_label = serializers.CharField()
    reason = serializers.CharField(allow_blank=True, help_text="Why no higher rung.")
    model = serializers.IntegerField(allow_null=True)


class PeakSerializer(serializers.Serializer):
    at = serializers.DateTimeField()
    p10 = serializers.FloatField()
    p50 = serializers.FloatField()
    p90 = serializers.FloatField()


class SparkSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    p10 = serializers.ListField(child=serializers.FloatField(allow_null=True))
    p50 = serializers.ListField(child=serializers.FloatField(allow_null=True))
    p90 = serializers.ListField(child=serializers.FloatField(allow_null=True))


class SeriesRowSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    subject = serializers.ChoiceField(choices=Subject.choices)
    subject_label = serializers.CharField()
    subject_mrid = serializers.CharField(help_text="Of the equipment or place; 'system' of the whole.")
    quantity = serializers.ChoiceField(choices=Quantity.choices)
    quantity_label = serializers.CharField()
    parent = serializers.IntegerField(allow_null=True)  # type: ignore[assignment]
    parent_name = serializers.CharField(allow_blank=True)
    rated_kw = serializers.FloatField(allow_null=True)
    group = serializers.CharField(allow_blank=True)
    parts = serializers.IntegerField(help_text="Series that are parts of it.")
    issue = IssueSerializer(allow_null=True, help_text="The newest.")
    peak = PeakSerializer(allow_null=True, help_text="Of the next 24 hours, kW, with overrides.")
    spark = SparkSerializer(allow_null=True)
    skill = SkillFiguresSerializer(allow_null=True, help_text="Of the last 28 days.")
    faults = DataFaultSerializer(many=True, help_text="Of the last day.")
    overrides = serializers.IntegerField(help_text="That hold within the forecast.")


class ForecastRunSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    horizon = serializers.ChoiceField(choices=Horizon.choices)
    starts_at = serializers.DateTimeField()
    steps = serializers.IntegerField()
    step_s = serializers.IntegerField()
    model = serializers.IntegerField(allow_null=True)
    rungs = serializers.DictField(help_text="How many series by rung.")
    inputs = serializers.DictField()
    duration_ms = serializers.FloatField()
    engine_version = serializers.CharField()


class TrainingSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    begun_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    outcome = serializers.ChoiceField(choices=TrainingOutcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    stage = serializers.CharField(allow_blank=True)
    done = serializers.IntegerField()
    total = serializers.IntegerField()
    models = serializers.ListField(child=serializers.IntegerField())


class SeriesPageSerializer(serializers.Serializer):
    count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    as_of = serializers.DateTimeField()
    run = ForecastRunSerializer(allow_null=True, help_text="The newest issue.")
    training = TrainingSerializer(allow_null=True, help_text="The newest, or the one that runs.")
    results = SeriesRowSerializer(many=True)


class OverrideSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    series = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    change_kw = serializers.FloatField()
    factor = serializers.FloatField()
    reason = serializers.CharField()
    made_at = serializers.DateTimeField()
    made_by = serializers.CharField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdrawn_by = serializers.CharField(allow_blank=True)


class OverrideScoreSerializer(serializers.Serializer):
    steps = serializers.IntegerField()
    mae_model_kw = serializers.FloatField(help_text="Error of the forecast that its author saw.")
    mae_kw = serializers.FloatField(help_text="The same with the override.")


class ScoredOverrideSerializer(OverrideSerializer):
    score = OverrideScoreSerializer(allow_null=True)


class NearOverrideSerializer(OverrideSerializer):
    series_name = serializers.CharField()
    is_above = serializers.BooleanField(help_text="Of the whole that this series is a part of; else of a part of it.")


class NewOverrideSerializer(serializers.Serializer):
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    change_kw = serializers.FloatField(required=False, default=0.0, help_text="Added to every quantile.")
    factor = serializers.FloatField(required=False, default=1.0, help_text="Times every quantile, before the change.")
    reason = serializers.CharField(max_length=300)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for name in ("starts_at", "ends_at"):
            if not 2000 <= attrs[name].year <= 2200:
                raise serializers.ValidationError({name: ["Give an instant of the years 2000 to 2200."]})
        return attrs


class SeriesForecastSerializer(serializers.Serializer):
    series = serializers.IntegerField()
    unit = serializers.CharField()
    issue = IssueSerializer()
    step_s = serializers.IntegerField()
    levels = serializers.ListField(child=serializers.FloatField())
    t = serializers.ListField(child=serializers.IntegerField(), help_text="Begins of the steps, seconds since 1970.")
    quantiles = serializers.DictField(help_text="By level, kW: the model's own.")
    effective = serializers.DictField(allow_null=True, help_text="The same with the overrides; null without any.")
    overrides = OverrideSerializer(many=True)


class SeriesActualSerializer(serializers.Serializer):
    series = serializers.IntegerField()
    unit = serializers.CharField()
    step_s = serializers.IntegerField()
    t = serializers.ListField(child=serializers.IntegerField())
    kw = serializers.ListField(child=serializers.FloatField(allow_null=True))
    said_before = serializers.DictField(help_text="P50 as it was forecast at least so many hours before.")
    known_until = serializers.DateTimeField(allow_null=True)
    faults = DataFaultSerializer(many=True)


class IssuerFiguresSerializer(serializers.Serializer):
    issuer = serializers.ChoiceField(choices=Issuer.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    figures = SkillFiguresSerializer(allow_null=True)
    mae_ratio = serializers.FloatField(allow_null=True, help_text="Over the model's, on the same days.")
    pinball_ratio_to_model = serializers.FloatField(allow_null=True)


class KindOfSeriesSerializer(serializers.Serializer):
    subject = serializers.CharField()
    quantity = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    series = serializers.IntegerField()
    days = serializers.IntegerField()
    issuers = IssuerFiguresSerializer(many=True)


class SkillReportSerializer(serializers.Serializer):
    as_of = serializers.DateTimeField()
    days = serializers.IntegerField()
    kinds = KindOfSeriesSerializer(many=True)
    by_day = serializers.ListField(child=serializers.DictField())
    by_lead = serializers.ListField(child=serializers.DictField())
    reliability = serializers.ListField(child=serializers.DictField())
    sample = serializers.ListField(child=serializers.CharField(), help_text="Whose forecasts leads and levels are of.")


class ForecastModelSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ModelStatus.choices)
    status_label = serializers.CharField()
    training = serializers.IntegerField(allow_null=True)
    trained_at = serializers.DateTimeField()
    data_from = serializers.DateTimeField()
    data_until = serializers.DateTimeField()
    series_count = serializers.IntegerField()
    rows = serializers.IntegerField()
    data_hash = serializers.CharField(help_text="SHA-256 of what it was trained on.")
    features = serializers.ListField(child=serializers.CharField())
    made_with = serializers.DictField()
    scores = serializers.DictField()
    reason = serializers.CharField(allow_blank=True)
    engine_version = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_by = serializers.CharField(allow_blank=True)


class InUseSerializer(serializers.Serializer):
    reason = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
