"""Meters of voltage on a feeder, beside the estimate."""

from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.optimization.adapters.voltage_profile import Profile
from apps.telemetry import selectors as telemetry
from apps.telemetry.adapters import Quality
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors import PointValue


def point_documents(network: AssembledNetwork, shown: Profile, *, as_of: datetime) -> list[dict[str, Any]]:
    """Of the nodes drawn and of what is connected to them, each with its place in the profile."""
    place = {int(node): at for at, node in enumerate(shown.nodes.tolist())}
    found = telemetry.point_values(_points(network, place), as_of=as_of)
    return [_document(value, network, place) for value in found]


def _points(network: AssembledNetwork, place: dict[int, int]) -> list[MeasurementPoint]:
    bus = network.node.bus
    at_nodes = [network.nodes.mrid[node] for node in np.flatnonzero(np.isin(bus, list(place))).tolist()]
    hung = np.flatnonzero(np.isin(bus[network.network.injection_node], list(place)))
    mrids = [*at_nodes, *(network.injections.mrid[at] for at in hung.tolist())]
    rows = MeasurementPoint.objects.filter(
        gateway__is_enabled=True, quantity=Quantity.VOLTAGE, equipment_mrid__in=[UUID(mrid) for mrid in mrids]
    )
    return list(rows.order_by("id"))


def _document(value: PointValue, network: AssembledNetwork, place: dict[int, int]) -> dict[str, Any]:
    node = network.node_at(str(value.point.equipment_mrid))
    at = None if node is None else place[int(network.node.bus[node])]
    kv = None if node is None else float(network.network.nominal_kv[node])
    known = value.value is not None and kv is not None
    return {
        "point": value.point.pk,
        "name": value.point.name,
        "place": at,
        "value": value.value,
        "unit": value.point.unit,
        "pu": round(value.value / kv, 5) if known and value.value is not None and kv else None,
        "sigma_pu": round(value.point.sigma / kv, 6) if kv else None,
        "at": value.at.isoformat() if value.at else None,
        "is_usable": not value.quality & int(Quality.INVALID),
        "quality": value.quality,
        "is_stale": value.is_stale,
    }
