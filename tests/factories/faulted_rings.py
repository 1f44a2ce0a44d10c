"""A ring whose first feeder has lost supply by a fault on its second cable."""

from datetime import datetime, timedelta

from apps.assets.models import NetworkModel
from apps.assets.selectors import assembled
from apps.dispatch.services.scenes import Live
from apps.incidents.choices.incident import IncidentStatus, Trigger
from apps.incidents.models import Incident, IncidentSection
from gridops.engine.network.topology import resolve
from tests.factories.scenes import live_of, switched_base
from tests.factories.solutions import solution_of

TRIPPED, NEAR, FAR, TIE = "A1 cable switch", "A2 cable switch", "A3 cable switch", "Tie switch"
FAULTED = "A2 cable"
NUMBER = "INC-1"


def mrid_of(model: NetworkModel, switch: str) -> str:
    named = assembled(model).switches
    return named.mrid[named.name.index(switch)]


def tripped_live(model: NetworkModel, as_of: datetime, **positions: bool) -> Live:
    """As protection left it; further switches by name."""
    return live_of(model, switched_base(model, {TRIPPED: False, **positions}), as_of)


def stood_still(live: Live, *, scans: int = 2) -> None:
    for number in range(scans):
        solution_of(live, sequence=number + 1)


def faulted_incident(model: NetworkModel, began_at: datetime, *, probability: float = 0.97) -> Incident:
    """Located: the second cable, between two switches; the rest is that the fault lies in the third."""
    network = assembled(model)
    before = resolve(network.network, network.normal_closed).node_energised
    tripped = network.normal_closed.copy()
    tripped[network.switches.name.index(TRIPPED)] = False
    dead = before & ~resolve(network.network, tripped).node_energised
    shown = network.n_display_nodes
    nodes = [network.nodes.mrid[n] for n in range(shown) if dead[n]]
    customers = int(network.node.customers[:shown][dead[:shown]].sum())
    incident = Incident.objects.create(
        number=NUMBER, status=IncidentStatus.LOCATED, trigger=Trigger.PROTECTION, place="Feeder A", began_at=began_at,
        detected_at=began_at + timedelta(seconds=2), device_mrid=mrid_of(model, TRIPPED), device_name=TRIPPED,
        nodes=nodes, customers=customers, customers_without=customers,
    )  # fmt: skip
    _section(model, incident, "A2", (NEAR, FAR), rank=1, probability=probability)
    _section(model, incident, "A3", (FAR, "A4 cable switch"), rank=2, probability=1.0 - probability)
    return incident


def _section(
    model: NetworkModel, incident: Incident, name: str, switches: tuple[str, str], *, rank: int, probability: float
) -> IncidentSection:
    network = assembled(model)
    line, node = network.lines.name.index(f"{name} cable"), network.nodes.name.index(name)
    return IncidentSection.objects.create(
        incident=incident, key=name, rank=rank, name=f"{name} cable", probability=probability,
        lines=[{"mrid": network.lines.mrid[line], "name": f"{name} cable", "probability": probability}],
        nodes=[network.nodes.mrid[node]], switches=[{"mrid": mrid_of(model, s), "name": s} for s in switches],
        reasons=["The indicators before it have shown, those behind it have not."],
    )  # fmt: skip
