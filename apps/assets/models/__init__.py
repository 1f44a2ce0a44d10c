from apps.assets.models.base import IdentifiedObject
from apps.assets.models.branches import ACLineSegment, PowerTransformer
from apps.assets.models.containers import Feeder, OperationalLimit, Substation
from apps.assets.models.injections import (
    BatteryUnit,
    EnergyConsumer,
    EnergySource,
    GeneratingUnit,
    LinearShuntCompensator,
    LoadProfile,
)
from apps.assets.models.network import NetworkModel
from apps.assets.models.topology import ConnectivityNode, Switch
from apps.assets.models.usage import UsagePoint

__all__ = [
    "ACLineSegment",
    "BatteryUnit",
    "ConnectivityNode",
    "EnergyConsumer",
    "EnergySource",
    "Feeder",
    "GeneratingUnit",
    "IdentifiedObject",
    "LinearShuntCompensator",
    "LoadProfile",
    "NetworkModel",
    "OperationalLimit",
    "PowerTransformer",
    "Substation",
    "Switch",
    "UsagePoint",
]
