"""What all subjects of the bench share: the servers, and the demo city with its field in lock-step."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from apps.state.models import Solution
from gridops.supervise.site import Site
from gridops.supervise.supervisor import Supervisor
from tests.factories.field import Room, make_room

CITY = "simbench:1-HVMV-urban-all-1-sw"
SCAN_S = 2


@dataclass
class City:
    room: Room
    now: datetime

    def hear(self) -> datetime:
        """The next scan of the field, every meter of it, taken in and not yet estimated."""
        self.now += timedelta(seconds=SCAN_S)
        self.room.step(self.now, everything=True, scan=False)
        return self.now

    def see(self) -> Solution:
        self.hear()
        solution = self.room.scanner.scan(as_of=self.now)
        assert solution is not None
        return solution


@dataclass
class Bench:
    site: Site
    supervisor: Supervisor
    cases: Path
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    @cached_property
    def city(self) -> City:
        city = City(make_room(CITY, self.cases, started_at=self.started_at), self.started_at)
        for _ in range(3):
            city.see()
        return city

    @cached_property
    def frame(self) -> bytes:
        """A real frame of the demo city, as every scan sends it."""
        return bytes(self.city.see().frame)
