"""What a driver must know of its gateway, read from the database in one go."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.telemetry.choices import Quantity
from apps.telemetry.models import Gateway, LatestBlock
from apps.telemetry.rules.protocols import rules_of


@dataclass(frozen=True, slots=True)
class PointAddress:
    slot: int
    address: str
    quantity: str


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """A driver is made anew when anything of this changes."""

    gateway_id: int
    name: str
    protocol: str
    host: str
    port: int
    settings: Mapping[str, Any]  # every key of the protocol, defaults filled in
    silence_limit_s: float
    points: tuple[PointAddress, ...]


@dataclass(frozen=True, slots=True)
class PointMap:
    """The configuration and what the store needs besides it, by slot."""

    version: int
    config: GatewayConfig
    scale: npt.NDArray[np.float64]
    point_id: npt.NDArray[np.int64]  # 0 where a slot has no point any more


def read_config(gateway_id: int) -> PointMap:
    """Raises rules.settings.SettingFault if the stored settings are not those of the protocol."""
    version = LatestBlock.objects.values_list("config_version", flat=True).get(pk=gateway_id)
    gateway = Gateway.objects.get(pk=gateway_id)
    rows = list(gateway.points.order_by("slot").values_list("slot", "address", "quantity", "scale", "pk"))
    size = max((row[0] for row in rows), default=-1) + 1
    scale, point_id = np.ones(size), np.zeros(size, np.int64)
    for slot, _, quantity, factor, pk in rows:
        point_id[slot] = pk
        scale[slot] = 1.0 if quantity == Quantity.SWITCH_STATE else factor
    config = GatewayConfig(
        gateway_id=gateway.pk,
        name=gateway.name,
        protocol=gateway.protocol,
        host=gateway.host,
        port=gateway.port,
        settings=rules_of(gateway.protocol).effective(gateway.settings),
        silence_limit_s=gateway.silence_limit_s,
        points=tuple(PointAddress(slot, address, quantity) for slot, address, quantity, _, _ in rows),
    )
    return PointMap(version, config, scale, point_id)
