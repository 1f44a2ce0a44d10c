"""Two feeders with breakers, and one within the first: faults on them are told as a field tells them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from uuid import UUID, uuid4

import pandapower as pp

from apps.assets.models import EnergyConsumer, NetworkModel
from apps.incidents.models import Incident
from apps.incidents.selectors.ground import ground_of
from apps.incidents.services.rounds import Rounds
from apps.state.models import Solution
from apps.telemetry.choices import Quantity
from apps.telemetry.models import Gateway, MeasurementPoint, StateChange
from tests.factories.grids import cache_dir
from tests.factories.networks import imported
from tests.factories.rings import ring
from tests.factories.scenes import base_of, live_of, switched_base
from tests.factories.solutions import solution_of

BEGAN = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
BREAKER_A, BREAKER_B, INNER = "A1 cable switch", "B1 cable switch", "A3 cable switch"
A2_SWITCH, TIE = "A2 cable switch", "Tie switch"


def ring_with_breakers():
    """A1 and B1 leave the station through breakers; A3 begins at one too; all others are load-break switches."""
    net = ring()
    for name in (BREAKER_A, BREAKER_B, INNER):
        net.switch.loc[net.switch["name"] == name, "type"] = "CB"
    return net


@lru_cache(maxsize=1)
def faulty_file() -> Path:
    path = cache_dir() / "ring-with-breakers.json"
    pp.to_json(ring_with_breakers(), str(path))
    return path


@dataclass
class Feeders:
    """Time passes by `wait`; what moved is told by `moved`, scans by `scan`."""

    model: NetworkModel
    now: datetime = BEGAN
    rounds: Rounds = field(default_factory=Rounds)
    sequence: int = 0
    stands: dict[str, bool] = field(default_factory=dict)

    @property
    def ground(self):
        return ground_of(self.model)

    def mrid(self, name: str) -> UUID:
        network = self.ground.network
        for named in (network.switches, network.lines, network.transformers, network.nodes, network.injections):
            if name in named.name:
                return UUID(named.mrid[named.name.index(name)])
        raise LookupError(name)

    def scan(self) -> Solution:
        self.sequence += 1
        base = switched_base(self.model, self.stands) if self.stands else base_of(self.model)
        return solution_of(live_of(self.model, base, self.now), sequence=self.sequence)

    def moved(self, name: str, *, closed: bool, after_s: float = 0.0, scan: bool = False) -> StateChange:
        self.now += timedelta(seconds=after_s)
        self.stands[name] = closed
        change = StateChange.objects.create(
            at=self.now, received_at=self.now, point_id=1, point_name=name, equipment_mrid=self.mrid(name),
            quantity=Quantity.SWITCH_STATE, previous=float(not closed), value=float(closed), quality=0,
        )  # fmt: skip
        if scan:
            self.scan()
        return change

    def round(self, *, after_s: float = 1.0) -> int:
        self.now += timedelta(seconds=after_s)
        return self.rounds.advance(clock=lambda: self.now)

    def only(self) -> Incident:
        return Incident.objects.get()


def feeders(*, customers: int = 10) -> Feeders:
    """Every load has so many customers. There is a scan from before anything happened."""
    model = imported(faulty_file())
    EnergyConsumer.objects.filter(model=model).update(customers=customers, customers_derived=False)
    NetworkModel.objects.filter(pk=model.pk).update(revision=model.revision + 1)  # the arrays are read anew
    model.refresh_from_db()
    found = Feeders(model)
    found.now = BEGAN - timedelta(seconds=30)
    found.scan()
    found.now = BEGAN
    return found


def point(name: str, mrid: UUID, quantity: Quantity, *, side: str = "", unit: str = "") -> MeasurementPoint:
    gateway, _ = Gateway.objects.get_or_create(name="faults", defaults={"protocol": "iec104"})
    slot = MeasurementPoint.objects.filter(gateway=gateway).count()
    return MeasurementPoint.objects.create(
        mrid=uuid4(), gateway=gateway, slot=slot, name=name, equipment_mrid=mrid, side=side, quantity=quantity,
        unit=unit, address=f"{slot + 1}",
    )  # fmt: skip
