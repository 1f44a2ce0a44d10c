"""A whole small control room without processes: network, points, a simulated field in lock-step, and the scanner."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from apps.assets.selectors import assembled, current_model
from apps.assets.services import import_network
from apps.state.models import Solution
from apps.state.services.scan import Scanner
from apps.telemetry.adapters import SampleBatch
from apps.telemetry.gateway.config import PointMap, read_config
from apps.telemetry.gateway.iec104 import AddressMap
from apps.telemetry.gateway.store import samples_of
from apps.telemetry.models import Gateway
from apps.telemetry.services.ingest import ingest
from apps.telemetry.services.points import import_points
from gridops.cases import read
from gridops.protocols.iec104.points import PointBatch
from gridops.simulator.field import Field
from gridops.simulator.points import type_of
from gridops.simulator.signals import write_signals


@dataclass
class Room:
    field: Field
    gateway: Gateway
    addresses: AddressMap
    point_map: PointMap
    scanner: Scanner

    def step(
        self, at: datetime, *, profile_time: datetime | None = None, everything: bool = True, scan: bool = True
    ) -> Solution:
        """Let the field run to `at`, take in what its meters say, and estimate."""
        self.take(self.hear(at, profile_time=profile_time, everything=everything), at)
        solution = self.scanner.scan(as_of=at) if scan else None
        assert solution is not None or not scan
        return solution

    def hear(self, at: datetime, *, profile_time: datetime | None = None, everything: bool = True) -> SampleBatch:
        """Let the field run to `at`: what its meters say, as the gateway would hand it on."""
        readings = self.field.step(at, profile_time, everything=everything)
        table = self.field.table
        batch = PointBatch(
            common_address=table.common_address[readings.point],
            ioa=table.ioa[readings.point],
            value=readings.value,
            quality=readings.quality,
            at_us=readings.at_us,
            cause=np.zeros(len(readings), np.uint8),
            type_id=np.array([int(type_of(table.points[n].quantity)) for n in readings.point], np.uint8),
        )
        values, unknown = self.addresses.to_values(batch)
        assert unknown == 0
        return samples_of(values, self.point_map.scale, received_us=int(at.timestamp() * 1e6))

    def display_nodes(self) -> np.ndarray:
        """Position in the case of every node on display."""
        model = current_model()
        assert model is not None
        position = {node.mrid: n for n, node in enumerate(self.field.case.nodes)}
        network = assembled(model)
        return np.array([position[mrid] for mrid in network.nodes.mrid[: network.n_display_nodes]])

    def take(self, samples: SampleBatch, at: datetime) -> None:
        ingest(gateway_id=self.gateway.pk, batch=samples, received_at=at)

    def run(self, start: datetime, *, seconds: int, every_s: int = 2) -> Solution:
        for offset in range(0, seconds, every_s):
            solution = self.step(start + timedelta(seconds=offset))
        return solution


def make_room(
    source: str,
    cache: Path,
    *,
    started_at: datetime,
    scenario: str = "normal",
    speed: float = 60.0,
    seed: int = 1,
    with_batteries: bool = False,
) -> Room:
    import_network(source=source, cache_dir=cache, as_of=started_at)
    field = Field(
        read(source, cache),
        seed=seed,
        scenario=scenario,
        speed=speed,
        started_at=started_at,
        with_batteries=with_batteries,
    )
    signals = io.StringIO()
    write_signals(field.case, field.table, signals)
    signals.seek(0)
    import_points(gateway_name="field", rows=signals)
    gateway = Gateway.objects.get(name="field")
    point_map = read_config(gateway.pk)
    return Room(field, gateway, AddressMap.of(point_map.config.points), point_map, Scanner())
