from typing import Any

from rest_framework import serializers

from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    NetworkModel,
    PowerTransformer,
    Substation,
    Switch,
)


class Mrid(serializers.SlugRelatedField[Any]):
    """Another element, by its mrid."""

    def __init__(self) -> None:
        super().__init__(slug_field="mrid", read_only=True)


class Name(serializers.SlugRelatedField[Any]):
    def __init__(self) -> None:
        super().__init__(slug_field="name", read_only=True, allow_null=True)


IDENTITY = ["mrid", "name", "index"]


class NetworkModelSerializer(serializers.ModelSerializer[NetworkModel]):
    model_version = serializers.IntegerField(source="pk")

    class Meta:
        model = NetworkModel
        fields = ["model_version", "source", "name", "licence", "schematic", "imported_at", "counts", "problems"]


class SubstationSerializer(serializers.ModelSerializer[Substation]):
    class Meta:
        model = Substation
        fields = [*IDENTITY, "longitude", "latitude", "nominal_kv"]


class FeederSerializer(serializers.ModelSerializer[Feeder]):
    substation = Name()

    class Meta:
        model = Feeder
        fields = [*IDENTITY, "substation", "nominal_kv", "customers"]


class ConnectivityNodeSerializer(serializers.ModelSerializer[ConnectivityNode]):
    substation = Name()
    feeder = Name()
    low_pu = serializers.FloatField(source="limit.low_pu")
    high_pu = serializers.FloatField(source="limit.high_pu")

    class Meta:
        model = ConnectivityNode
        fields = [
            *IDENTITY,
            "nominal_kv",
            "longitude",
            "latitude",
            "substation",
            "feeder",
            "is_busbar",
            "is_terminal",
            "low_pu",
            "high_pu",
        ]


class ACLineSegmentSerializer(serializers.ModelSerializer[ACLineSegment]):
    from_node = Mrid()
    to_node = Mrid()
    feeder = Name()

    class Meta:
        model = ACLineSegment
        fields = [*IDENTITY, "from_node", "to_node", "feeder", "length_km", "r_ohm", "x_ohm", "b_us", "rated_a"]


class PowerTransformerSerializer(serializers.ModelSerializer[PowerTransformer]):
    high_node = Mrid()
    low_node = Mrid()
    substation = Name()

    class Meta:
        model = PowerTransformer
        fields = [
            *IDENTITY,
            "high_node",
            "low_node",
            "substation",
            "rated_s_kva",
            "high_kv",
            "low_kv",
            "short_circuit_voltage_percent",
            "copper_loss_kw",
            "iron_loss_kw",
            "no_load_current_percent",
            "phase_shift_deg",
            "tap_on_high_side",
            "tap_position",
            "tap_neutral",
            "tap_min",
            "tap_max",
            "tap_step_percent",
            "is_regulating",
            "target_pu",
        ]


class SwitchSerializer(serializers.ModelSerializer[Switch]):
    from_node = Mrid()
    to_node = Mrid()
    substation = Name()

    class Meta:
        model = Switch
        fields = [*IDENTITY, "kind", "from_node", "to_node", "normal_closed", "substation"]


class EnergySourceSerializer(serializers.ModelSerializer[EnergySource]):
    node = Mrid()

    class Meta:
        model = EnergySource
        fields = [*IDENTITY, "node", "voltage_pu", "angle_deg"]


class EnergyConsumerSerializer(serializers.ModelSerializer[EnergyConsumer]):
    node = Mrid()
    profile = Name()

    class Meta:
        model = EnergyConsumer
        fields = [*IDENTITY, "node", "p_kw", "q_kvar", "profile", "customers", "customers_derived"]


class GeneratingUnitSerializer(serializers.ModelSerializer[GeneratingUnit]):
    node = Mrid()
    profile = Name()

    class Meta:
        model = GeneratingUnit
        fields = [*IDENTITY, "kind", "node", "p_kw", "q_kvar", "rated_s_kva", "profile"]


class BatteryUnitSerializer(serializers.ModelSerializer[BatteryUnit]):
    node = Mrid()
    profile = Name()

    class Meta:
        model = BatteryUnit
        fields = [*IDENTITY, "node", "p_kw", "q_kvar", "rated_s_kva", "capacity_kwh", "profile"]


class LinearShuntCompensatorSerializer(serializers.ModelSerializer[LinearShuntCompensator]):
    node = Mrid()

    class Meta:
        model = LinearShuntCompensator
        fields = [*IDENTITY, "node", "p_kw", "q_kvar"]


class FoundSerializer(serializers.Serializer[Any]):
    mrid = serializers.UUIDField()
    name = serializers.CharField()
    path = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # 'class' is a word of the language, so that it cannot be an attribute here.
        word = serializers.CharField(source="class_name", help_text="CIM class, e.g. ACLineSegment or Breaker.")
        return {"class": word, **super().get_fields()}


class RefusalSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
