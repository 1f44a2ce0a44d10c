"""Shapes of sites behind a meter and of reserve commitments. Powers as the meter reads; up: more into the network."""

from rest_framework import serializers

from apps.storage.api.bodies import RefusedStorageSerializer
from apps.storage.choices import LONGEST_TEXT, Horizon, PlanOutcome


def _maybe(help_text: str = "") -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=help_text)


class SitePlanSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    horizon = serializers.ChoiceField(choices=Horizon.choices)
    horizon_label = serializers.CharField()
    as_of = serializers.DateTimeField()
    starts_at = serializers.DateTimeField()
    step_s = serializers.IntegerField()
    steps = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=PlanOutcome.choices)
    outcome_label = serializers.CharField()
    reason = serializers.CharField(help_text="Why there is no plan.")
    currency = serializers.CharField()
    saved = _maybe("Against having no battery; null where the connection would be overloaded without one.")
    saved_against_rule = _maybe("Against a rule that only stores surplus sun.")
    cost = _maybe("Of the horizon: energy, wear, and the demand charge beyond the peak that was there before.")
    cost_without = _maybe()
    cost_by_rule = _maybe()
    rule_breaks = serializers.BooleanField(help_text="The rule would break the limit of the connection.")
    wear = _maybe()
    peak_before_kw = _maybe("Of this month.")
    peak_kw = _maybe()
    peak_without_kw = _maybe()
    self_consumed = _maybe("Share of the sun that is used on the spot.")
    self_consumed_without = _maybe()


class SitePlanPageSerializer(SitePlanSerializer):
    load_kw = serializers.ListField(child=_maybe())
    sun_kw = serializers.ListField(child=_maybe())
    net_kw = serializers.ListField(child=_maybe(), help_text="Drawn by the site.")
    net_without_kw = serializers.ListField(child=_maybe())
    net_by_rule_kw = serializers.ListField(child=_maybe())
    inputs = serializers.DictField()


class StorageSiteSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    load = serializers.CharField(help_text="The series whose forecast is its load.")
    sun = serializers.CharField(allow_null=True)
    tariff = serializers.CharField()
    import_kw = _maybe("Of its connection; null: no limit of its own.")
    export_kw = _maybe()
    is_curtailable = serializers.BooleanField()
    plants = serializers.ListField(child=serializers.UUIDField())
    newest = SitePlanSerializer(allow_null=True)


class StorageSiteLimitsSerializer(serializers.Serializer):
    import_kw = serializers.FloatField(min_value=0, allow_null=True, help_text="null: no limit of its own.")
    export_kw = serializers.FloatField(min_value=0, allow_null=True)
    is_curtailable = serializers.BooleanField(help_text="Its sun may be left unused.")
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class StorageSitesSerializer(serializers.Serializer):
    sites = StorageSiteSerializer(many=True)


class SitePlansSerializer(serializers.Serializer):
    plans = SitePlanSerializer(many=True)


class ReserveCommitmentSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    plant = serializers.UUIDField(allow_null=True)
    fleet = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    up_kw = serializers.FloatField()
    down_kw = serializers.FloatField()
    backing_h = serializers.FloatField(help_text="For how long it must be able to run.")
    price_per_kw_h = serializers.FloatField(help_text="Money paid for holding a kW for an hour.")
    currency = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]  # the name of a field of ours
    entered_by = serializers.CharField()
    entered_at = serializers.DateTimeField()
    withdrawn_by = serializers.CharField(allow_null=True)
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdraw_reason = serializers.CharField()


class ReserveCommitmentsSerializer(serializers.Serializer):
    commitments = ReserveCommitmentSerializer(many=True)


class NewReserveCommitmentSerializer(serializers.Serializer):
    plant = serializers.UUIDField(required=False, allow_null=True, default=None, help_text="Either a plant ...")
    fleet = serializers.IntegerField(required=False, allow_null=True, default=None, help_text="... or a fleet.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    up_kw = serializers.FloatField(min_value=0, default=0.0)
    down_kw = serializers.FloatField(min_value=0, default=0.0)
    backing_h = serializers.FloatField(min_value=0.01, max_value=24)
    price_per_kw_h = serializers.FloatField(min_value=0, default=0.0)
    currency = serializers.RegexField("^[A-Z]{3}$", default="EUR")
    source = serializers.CharField(max_length=LONGEST_TEXT)  # type: ignore[assignment]


class ReservesQuery(serializers.Serializer):
    plant = serializers.UUIDField(required=False, allow_null=True, default=None)


class ImportedReservesSerializer(serializers.Serializer):
    made = serializers.IntegerField()


class RefusedReservesSerializer(RefusedStorageSerializer):
    problems = serializers.ListField(child=serializers.CharField(), help_text="Every fault, with its row.")
