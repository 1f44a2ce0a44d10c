from django.db import models

from apps.assets.choices import SwitchKind
from apps.assets.models.base import IdentifiedObject, above
from apps.assets.models.containers import Feeder, OperationalLimit, Substation


class ConnectivityNode(IdentifiedObject):
    nominal_kv = models.FloatField()
    longitude = models.FloatField()
    latitude = models.FloatField()
    substation = models.ForeignKey(Substation, null=True, on_delete=models.CASCADE, related_name="nodes")
    feeder = models.ForeignKey(Feeder, null=True, on_delete=models.SET_NULL, related_name="nodes")
    limit = models.ForeignKey(OperationalLimit, on_delete=models.CASCADE, related_name="nodes")
    is_busbar = models.BooleanField(default=False)
    is_terminal = models.BooleanField(default=False)
    # A terminal node is drawn at, and counted with, its bus; all others are their own. Buses come first in `index`.
    bus_index = models.PositiveIntegerField()

    class Meta(IdentifiedObject.Meta):
        constraints = [*IdentifiedObject.Meta.constraints, above("nominal_kv", 0, "node_kv_positive")]


class Switch(IdentifiedObject):
    kind = models.CharField(max_length=20, choices=SwitchKind)
    from_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    to_node = models.ForeignKey(ConnectivityNode, on_delete=models.CASCADE, related_name="+")
    normal_closed = models.BooleanField()
    substation = models.ForeignKey(Substation, null=True, on_delete=models.CASCADE, related_name="switches")

    class Meta(IdentifiedObject.Meta):
        verbose_name_plural = "switches"
        constraints = [
            *IdentifiedObject.Meta.constraints,
            models.CheckConstraint(condition=~models.Q(from_node=models.F("to_node")), name="switch_joins_two_nodes"),
            models.CheckConstraint(condition=models.Q(kind__in=SwitchKind.values), name="switch_kind_known"),
        ]
