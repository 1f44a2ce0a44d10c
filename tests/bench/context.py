"""What all subjects of the bench share: the servers, the demo city with its field in lock-step, and its frame."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from apps.state.models import Solution
from apps.telemetry.adapters import SampleBatch
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.network.model import IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor
from tests.bench.stage import Stage
from tests.factories.field import Room, make_room

CITY = "simbench:1-HVMV-urban-all-1-sw"
WARM = 3
LONG_ENOUGH = timedelta(minutes=2)  # the scanner spares the links when it has just started


class Problem(NamedTuple):
    """What one scan asks the engine to solve."""

    network: Network
    topology: Topology
    measurements: Measurements
    tap_position: IntArray
    left_out: Mapping[MeasurementKind, IntArray] | None


@dataclass
class City:
    room: Room
    now: datetime
    heard: SampleBatch | None = None

    def hear(self, at: datetime | None = None) -> None:
        """What every meter of the field says now; not taken in yet."""
        self.now = at or datetime.now(UTC)
        self.heard = self.room.hear(self.now)

    def take(self) -> None:
        assert self.heard is not None
        self.room.take(self.heard, self.now)

    def scan(self) -> Solution:
        solution = self.room.scanner.scan(as_of=self.now)
        assert solution is not None
        return solution

    def hear_and_take(self) -> None:
        self.hear()
        self.take()

    def problem(self) -> Problem:
        problems: list[Problem] = []
        estimate = Estimator.estimate

        def noted(self: Estimator, measurements: Measurements, tap_position: IntArray, **named: Any) -> Any:
            problems.append(Problem(self._network, self._topology, measurements, tap_position, named.get("left_out")))
            return estimate(self, measurements, tap_position, **named)

        with patch.object(Estimator, "estimate", noted):
            self.see()
        return problems[0]

    def see(self, at: datetime | None = None) -> Solution:
        self.hear(at)
        self.take()
        return self.scan()


@dataclass
class Bench:
    site: Site
    supervisor: Supervisor
    cases: Path
    is_full: bool = False

    @cached_property
    def city(self) -> City:
        begun = datetime.now(UTC) - LONG_ENOUGH
        city = City(make_room(CITY, self.cases, started_at=begun), begun)
        city.see(begun)
        for _ in range(WARM):
            city.see()
        return city

    @cached_property
    def stage(self) -> Stage:
        """A real frame of the demo city, and the two servers that send it."""
        return Stage.build(self.site, self.supervisor, bytes(self.city.see().frame))
