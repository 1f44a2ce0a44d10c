"""What customers drew just before they lost supply: the one figure behind every lost load that is told."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.assets.adapters import AssembledNetwork
from apps.incidents.adapters.restoring import at_nodes
from apps.incidents.models import Incident, LostLoad
from apps.studies.rules import Conflict, Refused
from apps.studies.services.starting import past_start

_JUST_BEFORE = timedelta(seconds=4)  # the first scan of the fault may carry an earlier time tag than the fact

Powers = dict[str, tuple[float, float]]  # by mRID of a consumer: kW and kvar into the network


@dataclass(frozen=True, slots=True)
class Drawn:
    powers: Powers
    said_by: str


def drawn_before(
    consumers: Collection[str], network: AssembledNetwork, *, began_at: datetime, as_of: datetime, load_share: float
) -> Drawn:
    """By the stored state before; where none is, their rated load times `load_share`."""
    at = [network.injections.position[mrid] for mrid in consumers]
    try:
        start = past_start(instant=began_at - _JUST_BEFORE, as_of=as_of)
        if start.model.pk != network.model_id:
            raise Conflict("The network has another version since.")
    except (Refused, Conflict) as unknown:
        p, q = load_share * network.injection.p_kw, load_share * network.injection.q_kvar
        said_by = f"the rated load, as far as the last scan says it was drawn, for want of a state before: {unknown}"
    else:
        p, q = start.base.injection_p_kw, start.base.injection_q_kvar
        said_by = f"the load just before the fault, of {start.as_of:%H:%M:%S} UTC"
    return Drawn({network.injections.mrid[n]: (round(float(p[n]), 3), round(float(q[n]), 3)) for n in at}, said_by)


def keep_lost_load(
    incident: Incident, network: AssembledNetwork, *, as_of: datetime, load_share: float | None = None
) -> LostLoad:
    """Looked up once for each customer, by the state before the incident; its factor follows the forecast.

    load_share: of the rated loads, by the last scan; without it as what the incident is known to have lost says.
    """
    found = LostLoad.objects.filter(incident=incident).first()
    known: Powers = dict(found.powers) if found is not None else {}
    wanted = {network.injections.mrid[n] for n in at_nodes(network, incident.nodes).tolist()}
    if found is not None and set(known) >= wanted:
        return found
    share = _share_lost(incident, network, wanted) if load_share is None else load_share
    new = wanted - set(known)
    drawn = drawn_before(sorted(new), network, began_at=incident.began_at, as_of=as_of, load_share=share)
    told = {"as_of": as_of, "powers": drawn.powers | known, "said_by": drawn.said_by[:300]}
    return LostLoad.objects.update_or_create(incident=incident, defaults=told)[0]


def lost_kw(powers: Mapping[str, tuple[float, float]], consumers: Iterable[str]) -> float:
    """What they drew less what stood behind their meters; never below nothing."""
    return max(-sum(powers[mrid][0] for mrid in consumers if mrid in powers), 0.0)


def _share_lost(incident: Incident, network: AssembledNetwork, consumers: Collection[str]) -> float:
    """Rated loads never draw all at once; what the incident has lost is known from the last scan."""
    rated_kw = -float(sum(network.injection.p_kw[network.injections.position[mrid]] for mrid in consumers))
    return min(incident.lost_kw / rated_kw, 1.0) if incident.lost_kw > 0 and rated_kw > 0 else 1.0
