"""Bodies of the API of microgrids: what is told, and what is taken."""

from typing import Any

from rest_framework import serializers

from apps.microgrids.choices.microgrid import LONGEST_TEXT, Known, LoadPriority, MemberKind

MOST_KW = 1e9


class RefusedMicrogridSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()


class MicrogridReadingSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True, help_text="null: not known now")
    at = serializers.DateTimeField(allow_null=True)
    age_s = serializers.FloatField(allow_null=True)
    known = serializers.ChoiceField(Known.choices)
    known_label = serializers.CharField()
    is_doubtful = serializers.BooleanField()


class MicrogridLoadSerializer(serializers.Serializer[Any]):
    priority = serializers.ChoiceField(LoadPriority.choices)
    kw = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    is_cut = serializers.BooleanField()

    def get_fields(self) -> dict[str, Any]:
        # Every field has a label of its own, so that this one cannot be declared as an attribute.
        return {**super().get_fields(), "label": serializers.CharField()}


class MicrogridHoursSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    outcome = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    by_priority = serializers.DictField(help_text="By '1', '2', '3': p10, p50, p90 in hours.")


class MicrogridSummarySerializer(serializers.Serializer[Any]):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    is_active = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()
    mode = serializers.CharField(allow_null=True)
    mode_label = serializers.CharField()
    coupling_closed = serializers.BooleanField(allow_null=True)
    is_alone = serializers.BooleanField(allow_null=True)
    exchange_kw = serializers.FloatField(allow_null=True, help_text="From the grid into the microgrid.")
    frequency_hz = serializers.FloatField(allow_null=True)
    voltage_pu = serializers.FloatField(allow_null=True)
    soc_kwh = serializers.FloatField(allow_null=True)
    capacity_kwh = serializers.FloatField()
    fuel_kwh = serializers.FloatField(allow_null=True)
    generation_kw = serializers.DictField(child=serializers.FloatField(allow_null=True))
    load_kw = MicrogridLoadSerializer(many=True)
    shed_group = serializers.IntegerField(allow_null=True)
    hours_alone = MicrogridHoursSerializer(allow_null=True)
    customers = serializers.IntegerField()
    remarks = serializers.ListField(child=serializers.CharField())


class MicrogridListSerializer(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField()
    microgrids = MicrogridSummarySerializer(many=True)


class MicrogridMemberSerializer(serializers.Serializer[Any]):
    element_mrid = serializers.UUIDField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(MemberKind.choices)
    kind_label = serializers.CharField()
    priority = serializers.ChoiceField(LoadPriority.choices, allow_null=True)
    switch_mrid = serializers.UUIDField(allow_null=True)
    customers = serializers.IntegerField()
    rated_kw = serializers.FloatField()
    capacity_kwh = serializers.FloatField(allow_null=True)
    least_kw = serializers.FloatField()
    fuel_kwh = serializers.FloatField(allow_null=True, help_text="Of a full tank; null: it does not run out.")
    start_cost_eur = serializers.FloatField()
    fuel_cost_eur_per_kwh = serializers.FloatField()
    emissions_kg_per_kwh = serializers.FloatField()


class MicrogridMemberNowSerializer(MicrogridMemberSerializer):
    p_kw = MicrogridReadingSerializer(help_text="Into the island: a load's is negative.")
    available_kw = MicrogridReadingSerializer()
    soc = MicrogridReadingSerializer()
    soc_kwh = serializers.FloatField(allow_null=True)
    fuel_left_kwh = MicrogridReadingSerializer()
    running = serializers.BooleanField(allow_null=True)
    is_cut = serializers.BooleanField(allow_null=True)


class MicrogridEquipmentSerializer(serializers.Serializer[Any]):
    mrid = serializers.UUIDField()
    name = serializers.CharField(allow_null=True, help_text="null: the network has it no more")


class MicrogridPageSerializer(MicrogridSummarySerializer):
    as_of = serializers.DateTimeField()
    coupling = MicrogridEquipmentSerializer()
    forming = MicrogridEquipmentSerializer()
    controller = serializers.CharField(allow_null=True)
    readings = serializers.DictField(child=MicrogridReadingSerializer())
    members = MicrogridMemberNowSerializer(many=True)


class MicrogridProposalSerializer(serializers.Serializer[Any]):
    forming_mrid = serializers.UUIDField()
    customers = serializers.IntegerField()
    members = MicrogridMemberSerializer(many=True)


class MicrogridPreviewSerializer(serializers.Serializer[Any]):
    coupling_switch_mrid = serializers.UUIDField()
    forming_mrid = serializers.UUIDField(required=False, allow_null=True, default=None)


class NewMicrogridSerializer(MicrogridPreviewSerializer):
    name = serializers.CharField(max_length=120)
    note = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


def _amount(most: float = MOST_KW) -> serializers.FloatField:
    return serializers.FloatField(min_value=0.0, max_value=most, required=False)


class MemberChangeSerializer(serializers.Serializer[Any]):
    element_mrid = serializers.UUIDField()
    priority = serializers.ChoiceField(LoadPriority.choices, required=False)
    switch_mrid = serializers.UUIDField(required=False, allow_null=True)
    rated_kw = _amount()
    least_kw = _amount()
    fuel_kwh = serializers.FloatField(min_value=0.0, max_value=MOST_KW, required=False, allow_null=True)
    start_cost_eur = _amount()
    fuel_cost_eur_per_kwh = _amount(1e3)
    emissions_kg_per_kwh = _amount(1e3)


class MicrogridChangeSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1, help_text="As it was read; refused where it has moved since.")
    name = serializers.CharField(max_length=120, required=False)
    note = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    members = MemberChangeSerializer(many=True, required=False)
