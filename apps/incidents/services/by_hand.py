"""A person reports a loss of supply that neither switches nor meters tell of: seen on site, or heard by telephone."""

from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from apps.accounts.models import User
from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.seen import BoolArray
from apps.incidents.choices.incident import FactKind, Trigger
from apps.incidents.models import Incident
from apps.incidents.selectors.ground import current_ground
from apps.incidents.selectors.positions import Positions, positions, watched
from apps.incidents.services.opening import Loss, Seen, open_incident
from apps.incidents.services.outage_rows import consumers_without
from apps.incidents.services.telling import IncidentRefused, Told, one_writer, tell

LOOKS_BACK = timedelta(days=1)


@one_writer()
def report_loss(*, equipment: tuple[UUID, str], at: datetime | None, text: str, by: User, as_of: datetime) -> Incident:
    """Raises IncidentRefused with what stands in the way."""
    began_at = at or as_of
    if began_at > as_of:
        raise IncidentRefused("at: this instant has not come yet. Give when it was seen, or leave it out for now.")
    if began_at < as_of - LOOKS_BACK:
        raise IncidentRefused(
            "at: more than a day ago. Write what is over into the records of outages by their import."
        )
    ground = current_ground()
    if ground is None:
        raise IncidentRefused("There is no network yet. Import one first.")
    mrid, name = equipment
    now = positions(ground, as_of=as_of)
    nodes, consumers = _lost(ground, now, str(mrid))
    _insist_it_is_news(ground, consumers, name)
    said = Told(FactKind.NOTE, f"reported {as_of.isoformat()}", began_at, f"{by} reports at {name}: {text}", mrid, name)
    seen = Seen(Trigger.PERSON, Loss(began_at, nodes, consumers, now), [said], device_name=name)
    incident = open_incident(seen, ground, as_of=as_of)
    tell(incident, "reported", by=by, as_of=as_of, detail={"equipment": name, "text": text})
    return incident


def _lost(ground: Ground, now: Positions, mrid: str) -> tuple[BoolArray, list[int]]:
    """Of one customer that one alone; of a node, line or transformer all behind what could have opened unseen."""
    behind = ground.behind_unwatched(now.closed, watched(ground))
    consumer = ground.consumer_at.get(mrid)
    node = _node_of(ground, mrid) if consumer is None else int(ground.consumer_node[consumer])
    if node is None:
        raise IncidentRefused("equipment_mrid: name a customer, a node, a line or a transformer.")
    nodes = behind.nodes_of(int(behind.group[node]))
    return nodes, [consumer] if consumer is not None else ground.consumers_in(nodes).tolist()


def _node_of(ground: Ground, mrid: str) -> int | None:
    """Where the equipment hands on what it is fed with."""
    named, arrays = ground.network, ground.network.network
    if mrid in named.nodes.position:
        return named.nodes.position[mrid]
    for rows, ends in ((named.lines, arrays.lines.to_node), (named.transformers, arrays.transformers.low_node)):
        if mrid in rows.position:
            return int(ends[rows.position[mrid]])
    return None


def _insist_it_is_news(ground: Ground, consumers: list[int], name: str) -> None:
    mrids = {ground.consumer_mrid(one) for one in consumers}
    if not mrids or not np.any(ground.consumer_customers[consumers] > 0):
        raise IncidentRefused(f"No customer is supplied at {name}: name the equipment whose customers have no supply.")
    if mrids <= consumers_without():
        raise IncidentRefused(
            f"The customers at {name} are recorded as without supply already: see the open incidents."
        )
