import django_filters
from django.db.models import Model

from apps.assets.models import (
    ACLineSegment,
    ConnectivityNode,
    EnergyConsumer,
    Feeder,
    GeneratingUnit,
    PowerTransformer,
    Switch,
)


class ByName(django_filters.FilterSet):
    name = django_filters.CharFilter(lookup_expr="icontains")


class BySubstation(ByName):
    substation = django_filters.CharFilter(field_name="substation__name")


class FeederFilter(BySubstation):
    class Meta:
        model: type[Model] = Feeder
        fields: list[str] = []


class NodeFilter(BySubstation):
    feeder = django_filters.CharFilter(field_name="feeder__name")

    class Meta:
        model = ConnectivityNode
        fields = ["nominal_kv", "is_busbar", "is_terminal"]


class LineFilter(ByName):
    feeder = django_filters.CharFilter(field_name="feeder__name")
    node = django_filters.UUIDFilter(method="at_node", label="mrid of a node at one of its ends")

    class Meta:
        model = ACLineSegment
        fields: list[str] = []

    def at_node(self, rows, name, value):  # type: ignore[no-untyped-def]
        return rows.filter(from_node__mrid=value) | rows.filter(to_node__mrid=value)


class TransformerFilter(BySubstation):
    class Meta:
        model = PowerTransformer
        fields = ["is_regulating"]


class SwitchFilter(BySubstation):
    class Meta:
        model = Switch
        fields = ["kind", "normal_closed"]


class AtNode(ByName):
    node = django_filters.UUIDFilter(field_name="node__mrid")
    feeder = django_filters.CharFilter(field_name="node__feeder__name")


class ConsumerFilter(AtNode):
    class Meta:
        model = EnergyConsumer
        fields: list[str] = []


class GeneratorFilter(AtNode):
    class Meta:
        model = GeneratingUnit
        fields = ["kind"]
