"""Bodies of the API of efficiency programs: what is told, and what is taken."""

from typing import Any, ClassVar
from zoneinfo import available_timezones

from rest_framework import serializers

from apps.efficiency.choices.programs import (
    LONGEST_PROGRAM_TEXT,
    MeasureDriver,
    MeasureKind,
    MeasureStatus,
    SavingMethod,
    SiteKind,
)
from apps.efficiency.models.programs import EfficiencyMeasure
from apps.markets.models import BiddingZone
from apps.weather.models import Location


class RefusedProgramSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class SiteDraftSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(SiteKind.choices, default=SiteKind.BUILDING)
    time_zone = serializers.CharField(max_length=40)
    price_zone = serializers.SlugRelatedField(
        slug_field="code", queryset=BiddingZone.objects.all(), allow_null=True, default=None
    )
    weather = serializers.SlugRelatedField(
        slug_field="name", queryset=Location.objects.all(), allow_null=True, default=None
    )

    def validate_time_zone(self, value: str) -> str:
        if value not in available_timezones():
            raise serializers.ValidationError(f"{value!r} is no time zone; write one like Europe/Berlin.")
        return value


class SiteLineSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(SiteKind.choices)
    kind_label = serializers.CharField()
    time_zone = serializers.CharField()
    price_zone = serializers.CharField(allow_blank=True)
    weather = serializers.CharField(allow_blank=True)
    days = serializers.IntegerField(help_text="With readings.")
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)


class SiteReadingsSerializer(serializers.Serializer[Any]):
    days = serializers.IntegerField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    hours_known = serializers.IntegerField()
    notes = serializers.ListField(child=serializers.CharField())


class MeasureDraftSerializer(serializers.ModelSerializer[EfficiencyMeasure]):
    class Meta:
        model = EfficiencyMeasure
        fields = ("name", "kind", "driver", "share", "saving", "cost_per_kwh", "upkeep_per_kwh", "life_years", "source",
                  "is_active")  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}


class MeasureSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(MeasureKind.choices)
    kind_label = serializers.CharField()
    driver = serializers.ChoiceField(MeasureDriver.choices)
    driver_label = serializers.CharField()
    share = serializers.FloatField()
    saving = serializers.FloatField()
    cost_per_kwh = serializers.FloatField()
    upkeep_per_kwh = serializers.FloatField()
    life_years = serializers.FloatField()
    source = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # the name of the field told
    is_active = serializers.BooleanField()


class MeasureCatalogueSerializer(serializers.Serializer[Any]):
    measures = MeasureSerializer(many=True)


class SavingLineSerializer(serializers.Serializer[Any]):
    worked_out_at = serializers.DateTimeField()
    method = serializers.ChoiceField(SavingMethod.choices)
    counterfactual_kwh = serializers.FloatField()
    observed_kwh = serializers.FloatField()
    saved_kwh = serializers.FloatField(help_text="Negative: more was used than without the measure.")
    band_kwh = serializers.FloatField(allow_null=True, help_text="Half width at 90 %; null: it bounds nothing.")
    days = serializers.IntegerField()
    passes = serializers.BooleanField()
    average_kg = serializers.FloatField(allow_null=True)
    marginal_kg = serializers.FloatField(allow_null=True)
    emissions_note = serializers.CharField(allow_blank=True)


class MeasureEnrolmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    site = serializers.IntegerField()
    site_name = serializers.CharField()
    measure = serializers.IntegerField()
    measure_name = serializers.CharField()
    kind_label = serializers.CharField()
    status = serializers.ChoiceField(MeasureStatus.choices)
    status_label = serializers.CharField()
    status_since = serializers.DateTimeField()
    status_reason = serializers.CharField(allow_blank=True)
    expected_kwh = serializers.FloatField(help_text="A year.")
    expected_cost = serializers.FloatField()
    levelised_cost = serializers.FloatField()
    work_from = serializers.DateField(allow_null=True)
    work_to = serializers.DateField(allow_null=True)
    paid = serializers.FloatField(allow_null=True)
    next = serializers.ListField(child=serializers.CharField())
    can_be_verified = serializers.BooleanField()
    asked_at = serializers.DateTimeField(allow_null=True, help_text="A verification is under way since then.")
    refused = serializers.CharField(allow_blank=True, help_text="Why the newest verification found no saving.")
    saving = SavingLineSerializer(allow_null=True)


class VerifiedEnrolmentSerializer(MeasureEnrolmentSerializer):
    verified = serializers.DictField(allow_null=True, help_text="document as verify_savings tells it, and by_day.")


class PipelineStepSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(MeasureStatus.choices)
    label = serializers.CharField()  # type: ignore[assignment]  # the name of the field told
    count = serializers.IntegerField()
    expected_kwh = serializers.FloatField()
    cost = serializers.FloatField()


class PipelineTotalsSerializer(serializers.Serializer[Any]):
    expected_kwh = serializers.FloatField()
    agreed_kwh = serializers.FloatField(help_text="Enrolled, installed, verified.")
    verified_kwh = serializers.FloatField(allow_null=True)
    verified_band_kwh = serializers.FloatField(allow_null=True)
    average_kg = serializers.FloatField(allow_null=True)
    marginal_kg = serializers.FloatField(allow_null=True)
    sites_verified = serializers.IntegerField()


class PipelineSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    discount_rate = serializers.FloatField()
    sites = SiteLineSerializer(many=True)
    steps = PipelineStepSerializer(many=True)
    totals = PipelineTotalsSerializer()
    enrolments = MeasureEnrolmentSerializer(many=True)


class SitePageSerializer(SiteLineSerializer):
    reason = serializers.CharField(allow_blank=True, help_text="Why there is no shape.")
    shape = serializers.DictField(allow_null=True)
    by_day = serializers.ListField(child=serializers.DictField())
    ranking = serializers.ListField(child=serializers.DictField())
    enrolments = VerifiedEnrolmentSerializer(many=True)


class MeasureProposalSerializer(serializers.Serializer[Any]):
    site = serializers.IntegerField()
    measure = serializers.IntegerField()


class MeasureMoveSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(MeasureStatus.choices)
    reason = serializers.CharField(max_length=LONGEST_PROGRAM_TEXT, allow_blank=True, default="")
    work_from = serializers.DateField(allow_null=True, default=None)
    work_to = serializers.DateField(allow_null=True, default=None)
    paid = serializers.FloatField(allow_null=True, default=None, min_value=0, max_value=1e12)


class MeasureVerificationSerializer(serializers.Serializer[Any]):
    method = serializers.ChoiceField(SavingMethod.choices, default=SavingMethod.DAILY)


class EmissionQuery(serializers.Serializer[Any]):
    zone = serializers.CharField(max_length=40, default="", help_text="Without it the first with factors.")
    hours = serializers.IntegerField(min_value=1, max_value=24 * 31, default=48)


class EmissionFactorsSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    zone = serializers.CharField(allow_blank=True)
    zones = serializers.ListField(child=serializers.CharField())
    starts_at = serializers.DateTimeField()
    average_g_per_kwh = serializers.ListField(child=serializers.FloatField(allow_null=True))
    marginal_g_per_kwh = serializers.ListField(child=serializers.FloatField(allow_null=True))
    method = serializers.CharField()
