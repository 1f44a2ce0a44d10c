"""A gateway of some protocol with points at given addresses, its process, and what it has stored."""

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from asgiref.sync import sync_to_async

from apps.telemetry import selectors
from apps.telemetry.gateway import GatewayProcess
from apps.telemetry.models import Gateway, GatewayLink, LatestBlock, MeasurementPoint
from apps.telemetry.rules.protocols import rules_of
from tests.protocols.iec104.ends import background

HOST = "127.0.0.1"
PATIENCE_S = 40.0


def make(
    protocol: str,
    addresses: Sequence[str],
    *,
    port: int,
    settings: Mapping[str, Any] | None = None,
    quantity: str = "active_power",
    name: str = "outside",
) -> Gateway:
    rules = rules_of(protocol)
    rules.effective(dict(settings or {}))
    gateway = Gateway.objects.create(
        name=name, protocol=protocol, host=HOST, port=port, settings=dict(settings or {}), silence_limit_s=300
    )
    LatestBlock.objects.create(gateway=gateway)
    MeasurementPoint.objects.bulk_create(
        MeasurementPoint(
            gateway=gateway,
            slot=slot,
            name=f"{name} {slot}",
            equipment_mrid=uuid.uuid4(),
            quantity=quantity,
            unit="kW",
            address=rules.address(address),
        )
        for slot, address in enumerate(addresses)
    )
    return gateway


@asynccontextmanager
async def running(gateway: Gateway) -> AsyncIterator[GatewayProcess]:
    one = await sync_to_async(GatewayProcess)(gateway)
    async with background(one.run()):
        yield one


def values(name: str = "outside") -> list[float | None]:
    """The newest of each point as far as it may be used."""
    (block,) = [one for one in selectors.latest_values() if one.name == name]
    usable = (block.latest.quality & 0b10) == 0
    heard = block.latest.at_us > 0
    return [
        float(value) if ok and was and np.isfinite(value) else None
        for value, ok, was in zip(block.latest.value, usable, heard, strict=True)
    ]


def link(name: str) -> GatewayLink | None:
    return GatewayLink.objects.filter(name=name).first()
