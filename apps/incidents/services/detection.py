"""From openings that nobody here asked for to incidents: one for each cause."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.seen import BoolArray
from apps.incidents.choices.incident import TOLD_BY_CUSTOMERS, FactKind, IncidentStatus, Trigger
from apps.incidents.models import Incident, IncidentFact
from apps.incidents.selectors.openings import who_opened
from apps.incidents.selectors.positions import OPEN, Positions, positions, switch_changes
from apps.incidents.services.opening import Loss, Seen, open_incident, open_mrids, where_lost, widen
from apps.incidents.services.outage_rows import add_loss, open_outage
from apps.incidents.services.telling import Told, move, note_fact, one_writer, publish
from apps.state.choices import OutageSource
from apps.state.models import Outage
from apps.telemetry.models import StateChange

# Two devices that open within this time, one behind the other, have seen the same fault.
AT_ONCE = timedelta(seconds=2)
# A device that opens again so soon after it has closed has closed onto the same fault.
RECLOSES_WITHIN = timedelta(minutes=3)
LOOKS_BACK = timedelta(minutes=10)


@dataclass(slots=True)
class Watch:
    """What a process has looked at already; a new one looks back, and finds what it knows by its facts."""

    last_change: int | None = None
    dead_before: frozenset[int] = frozenset()  # consumers that the last round found dead for no known reason

    def unseen(self, as_of: datetime) -> list[StateChange]:
        rows = switch_changes()
        if self.last_change is None:
            return list(rows.filter(received_at__gt=as_of - LOOKS_BACK))
        return list(rows.filter(pk__gt=self.last_change))


def detect(watch: Watch, ground: Ground, *, as_of: datetime) -> list[Incident]:
    """Incidents that are new or have grown."""
    changes = watch.unseen(as_of)
    found: dict[int, Incident] = {}
    for change in changes:
        incident = _take(change, ground, as_of=as_of)
        if incident is not None:
            found[incident.pk] = incident
    watch.last_change = max([change.pk for change in changes], default=watch.last_change)
    return list(found.values())


def _take(change: StateChange, ground: Ground, *, as_of: datetime) -> Incident | None:
    switch = ground.network.switches.position.get(str(change.equipment_mrid))
    if switch is None or _is_known(change):
        return None
    if change.value != OPEN:
        return _closed(change, as_of=as_of)
    before = positions(ground, as_of=change.at, before=True)
    nodes = _lost(ground, before, switch)
    consumers = ground.consumers_in(nodes).tolist()
    loss = Loss(change.at, nodes, consumers, before)
    why = who_opened(change.equipment_mrid, change.at)
    if why:
        return _by_order(change, loss, ground, why, as_of=as_of)
    told = _told(change, ground, switch)
    same = _same_fault(change, loss, ground, switch)
    if same is not None:
        if same.trigger in TOLD_BY_CUSTOMERS:
            same.trigger, same.device_mrid = Trigger.PROTECTION, change.equipment_mrid
            same.device_name, same.open_before = ground.network.switches.name[switch], open_mrids(ground, before)
        same.tripped = sorted({*same.tripped, str(change.equipment_mrid)})
        same.save(update_fields=["tripped", "trigger", "device_mrid", "device_name", "open_before"])
        widen(same, loss, ground, [told], as_of=as_of)
        if same.status == IncidentStatus.REPAIRED:
            move(same, IncidentStatus.PARTLY_RESTORED, as_of=as_of, why="It tripped again after the repair.")
        return same
    if not consumers:
        return None
    seen = Seen(
        trigger=Trigger.PROTECTION,
        loss=loss,
        facts=[told],
        device=change.equipment_mrid,
        device_name=ground.network.switches.name[switch],
        tripped=[str(change.equipment_mrid)],
        parent=_parent(loss, ground, switch),
    )
    return open_incident(seen, ground, as_of=as_of)


def _is_known(change: StateChange) -> bool:
    kinds = (FactKind.TRIPPED, FactKind.RECLOSED, FactKind.SWITCHED)
    return IncidentFact.objects.filter(kind__in=kinds, key=_key(change)).exists()


def _key(change: StateChange) -> str:
    return f"change {change.pk}"


def _lost(ground: Ground, before: Positions, switch: int) -> BoolArray:
    after = before.closed.copy()
    after[switch] = False
    return np.asarray(ground.energised(before.closed) & ~ground.energised(after), np.bool_)


def _told(change: StateChange, ground: Ground, switch: int) -> Told:
    name = ground.network.switches.name[switch]
    return Told(FactKind.TRIPPED, _key(change), change.at, f"{name} opened by itself.", change.equipment_mrid, name)


def _closed(change: StateChange, *, as_of: datetime) -> Incident | None:
    """Of a device that an open incident has seen opening, or of one in its dead area."""
    mrid = str(change.equipment_mrid)
    for incident in Incident.objects.open():
        if mrid in incident.tripped and change.at > incident.began_at:
            text = f"{change.point_name} closed again."
            told = Told(FactKind.RECLOSED, _key(change), change.at, text, change.equipment_mrid)
            with one_writer():
                if note_fact(incident, told, as_of=as_of):
                    publish(incident, "reclosed")
            return incident
    return None


def _same_fault(change: StateChange, loss: Loss, ground: Ground, switch: int) -> Incident | None:
    """The incident that this opening belongs to: the device closed onto its fault again, or another device with it."""
    mrid, arrays = str(change.equipment_mrid), ground.network.network
    ends = [int(arrays.switches.from_node[switch]), int(arrays.switches.to_node[switch])]
    for incident in Incident.objects.open().order_by("-began_at"):
        if mrid in incident.tripped:
            closed = incident.facts.filter(kind=FactKind.RECLOSED, equipment_mrid=change.equipment_mrid)
            last = closed.order_by("-at").values_list("at", flat=True).first()
            if last is None or change.at - last <= RECLOSES_WITHIN:
                return incident
            continue
        area, apart = ground.node_mask(incident.nodes), abs(change.at - incident.began_at)
        if incident.trigger in TOLD_BY_CUSTOMERS:
            is_same = apart <= LOOKS_BACK and bool((area & loss.nodes).any())
        else:
            is_same = apart <= AT_ONCE and (bool(area[ends].any()) or _touches(incident, loss, ground))
        if is_same:
            return incident
    return None


def _touches(incident: Incident, loss: Loss, ground: Ground) -> bool:
    """One of its devices stands between its dead area and what is lost now."""
    switches, arrays = ground.switches(incident.tripped), ground.network.network
    ends = np.concatenate([arrays.switches.from_node[switches], arrays.switches.to_node[switches]])
    return bool(loss.nodes[ends].any())


def _parent(loss: Loss, ground: Ground, switch: int) -> Incident | None:
    """In whose area it was found: what is lost now was lost before, or the device borders on it."""
    arrays = ground.network.network
    ends = [int(arrays.switches.from_node[switch]), int(arrays.switches.to_node[switch])]
    for incident in Incident.objects.open().order_by("-began_at"):
        area = ground.node_mask(incident.nodes)
        if (area & loss.nodes).any() or area[ends].any() or _touches(incident, loss, ground):
            return incident
    return None


@one_writer()
def _by_order(change: StateChange, loss: Loss, ground: Ground, why: str, *, as_of: datetime) -> Incident | None:
    """Who asked for it has taken the customers into account: of an incident's restoration, or as planned work."""
    incident = _parent(loss, ground, ground.network.switches.position[str(change.equipment_mrid)])
    if incident is not None:
        told = Told(
            FactKind.SWITCHED, _key(change), change.at, f"{change.point_name} opened by {why}.", change.equipment_mrid
        )
        widen(incident, loss, ground, [told], as_of=as_of)
        return incident
    reference = f"{change.equipment_mrid} {change.at.isoformat()}"
    is_recorded = Outage.objects.filter(source=OutageSource.INCIDENT, reference=reference).exists()
    if loss.consumers and not is_recorded:
        feeder_mrid, feeder_name, _ = where_lost(loss, ground)
        outage = open_outage(
            began_at=change.at, reference=reference, feeder_mrid=feeder_mrid, feeder_name=feeder_name, is_planned=True
        )
        Outage.objects.filter(pk=outage.pk).update(
            equipment_mrid=change.equipment_mrid, equipment_name=change.point_name
        )
        add_loss(outage, ground, loss.consumers, at=change.at, load_share=loss.before.load_share)
    return None


def without_reason(watch: Watch, ground: Ground, now: Positions, accounted: set[str]) -> Sequence[int]:
    """Consumers that are dead by where the switches stand, in two rounds one after the other, and in no outage yet."""
    dead = ~ground.energised(now.closed) & ~ground.dead_as_built
    found = frozenset(one for one in ground.consumers_in(dead).tolist() if ground.consumer_mrid(one) not in accounted)
    standing, watch.dead_before = found & watch.dead_before, found
    return sorted(standing)


def take_dead(consumers: Sequence[int], ground: Ground, now: Positions, *, as_of: datetime) -> list[Incident]:
    """Customers whose loss nobody told: to the incident whose area it is, else one incident for each part."""
    if not consumers:
        return []
    dead = ~ground.energised(now.closed)
    label = ground.islands(now.closed)
    found = []
    for island in np.unique(label[ground.consumer_node[list(consumers)]]).tolist():
        nodes = dead & (label == island)
        mine = [one for one in consumers if label[ground.consumer_node[one]] == island]
        loss = Loss(now.as_of, nodes, mine, _as_usual(ground, now, nodes))
        own = next((one for one in Incident.objects.open() if (ground.node_mask(one.nodes) & nodes).any()), None)
        if own is not None:
            widen(own, loss, ground, [], as_of=as_of)
        else:
            own = open_incident(Seen(Trigger.DEAD_AREA, loss, []), ground, as_of=as_of)
        found.append(own)
    return found


def _as_usual(ground: Ground, now: Positions, nodes: BoolArray) -> Positions:
    """Nobody saw how it was fed: as its switches normally stand."""
    switches = ground.network.network.switches
    around = nodes[switches.from_node] | nodes[switches.to_node]
    return replace(now, closed=now.closed | (around & ground.network.normal_closed))
