from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, viewsets

from apps.accounts.choices import Permission
from apps.accounts.permissions import requires
from apps.assets.api import filters, serializers
from apps.assets.api.network import VERSION, chosen_version
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


@extend_schema(parameters=[VERSION])
class CurrentEquipment(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Any]):
    """Elements of the current network, or of a version that was live, one class at a time."""

    permission_classes = [requires(Permission.VIEW_GRID)]
    lookup_field = "mrid"
    queryset: QuerySet[Any]

    def get_queryset(self) -> QuerySet[Any]:
        rows = super().get_queryset().order_by("index")
        if "version" in self.request.query_params:
            return rows.filter(model=chosen_version(self.request))
        return rows.filter(model__in=NetworkModel.objects.current())


class SubstationViewSet(CurrentEquipment):
    queryset = Substation.objects.all()
    serializer_class = serializers.SubstationSerializer
    filterset_class = filters.ByName


class FeederViewSet(CurrentEquipment):
    queryset = Feeder.objects.select_related("substation")
    serializer_class = serializers.FeederSerializer
    filterset_class = filters.FeederFilter


class ConnectivityNodeViewSet(CurrentEquipment):
    queryset = ConnectivityNode.objects.select_related("substation", "feeder", "limit")
    serializer_class = serializers.ConnectivityNodeSerializer
    filterset_class = filters.NodeFilter


class ACLineSegmentViewSet(CurrentEquipment):
    queryset = ACLineSegment.objects.select_related("from_node", "to_node", "feeder")
    serializer_class = serializers.ACLineSegmentSerializer
    filterset_class = filters.LineFilter


class PowerTransformerViewSet(CurrentEquipment):
    queryset = PowerTransformer.objects.select_related("high_node", "low_node", "substation")
    serializer_class = serializers.PowerTransformerSerializer
    filterset_class = filters.TransformerFilter


class SwitchViewSet(CurrentEquipment):
    queryset = Switch.objects.select_related("from_node", "to_node", "substation")
    serializer_class = serializers.SwitchSerializer
    filterset_class = filters.SwitchFilter


class EnergySourceViewSet(CurrentEquipment):
    queryset = EnergySource.objects.select_related("node")
    serializer_class = serializers.EnergySourceSerializer
    filterset_class = filters.AtNode


class EnergyConsumerViewSet(CurrentEquipment):
    queryset = EnergyConsumer.objects.select_related("node", "profile").defer("profile__values_p", "profile__values_q")
    serializer_class = serializers.EnergyConsumerSerializer
    filterset_class = filters.ConsumerFilter


class GeneratingUnitViewSet(CurrentEquipment):
    queryset = GeneratingUnit.objects.select_related("node", "profile").defer("profile__values_p", "profile__values_q")
    serializer_class = serializers.GeneratingUnitSerializer
    filterset_class = filters.GeneratorFilter


class BatteryUnitViewSet(CurrentEquipment):
    queryset = BatteryUnit.objects.select_related("node", "profile").defer("profile__values_p", "profile__values_q")
    serializer_class = serializers.BatteryUnitSerializer
    filterset_class = filters.AtNode


class LinearShuntCompensatorViewSet(CurrentEquipment):
    queryset = LinearShuntCompensator.objects.select_related("node")
    serializer_class = serializers.LinearShuntCompensatorSerializer
    filterset_class = filters.AtNode
