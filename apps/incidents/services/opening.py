"""An incident begins: its row, its outage, its alarm. Whoever detects it says what it saw."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import numpy as np

from apps.assets import selectors as assets
from apps.assets.models import Feeder
from apps.assets.selectors.areas import whereabouts
from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.seen import BoolArray
from apps.incidents.choices.incident import FactKind, Trigger
from apps.incidents.models import Incident
from apps.incidents.selectors.positions import Positions
from apps.incidents.services.outage_rows import add_loss, count_again, open_outage, outage_of
from apps.incidents.services.supply_alarm import raise_supply_alarm
from apps.incidents.services.telling import Told, note_fact, one_writer, tell


@dataclass(frozen=True, slots=True)
class Loss:
    """What was lost at once."""

    at: datetime
    nodes: BoolArray
    consumers: list[int]
    before: Positions


@dataclass(frozen=True, slots=True)
class Seen:
    """How an incident was seen: by what, at which device, with what to say first."""

    trigger: Trigger
    loss: Loss
    facts: list[Told]
    device: UUID | None = None
    device_name: str = ""
    tripped: list[str] = field(default_factory=list)
    parent: Incident | None = None


@one_writer()
def open_incident(seen: Seen, ground: Ground, *, as_of: datetime) -> Incident:
    feeder_mrid, feeder_name, station = where_lost(seen.loss, ground)
    place = " / ".join(filter(None, (station, feeder_name, seen.device_name)))
    incident = Incident.objects.create(
        number=f"new {uuid4().hex[:16]}",
        trigger=seen.trigger,
        parent=seen.parent,
        feeder_mrid=feeder_mrid,
        feeder_name=feeder_name,
        device_mrid=seen.device,
        device_name=seen.device_name,
        place=place,
        began_at=seen.loss.at,
        detected_at=max(as_of, seen.loss.at),
        nodes=_mrids(ground.network.nodes.mrid, seen.loss.nodes),
        tripped=seen.tripped,
        open_before=open_mrids(ground, seen.loss.before),
    )
    incident.number = f"INC-{incident.pk}"
    outage = open_outage(
        began_at=seen.loss.at, reference=incident.number, feeder_mrid=feeder_mrid, feeder_name=feeder_name
    )
    incident.outage_mrid = outage.mrid
    incident.save(update_fields=["number", "outage_mrid"])
    add_loss(outage, ground, seen.loss.consumers, at=seen.loss.at, load_share=seen.loss.before.load_share)
    count_again(incident, outage)
    for told in [*seen.facts, _lost(incident)]:
        note_fact(incident, told, as_of=as_of)
    raise_supply_alarm(incident, as_of=as_of)
    detail = {"trigger": seen.trigger, "place": place, "customers": incident.customers, "device": seen.device_name}
    tell(incident, "detected", by=None, as_of=as_of, detail=detail)
    return incident


@one_writer()
def widen(incident: Incident, loss: Loss, ground: Ground, facts: list[Told], *, as_of: datetime) -> None:
    """More of it is without supply, or again."""
    nodes = ground.node_mask(incident.nodes) | loss.nodes
    incident.nodes = _mrids(ground.network.nodes.mrid, nodes)
    incident.save(update_fields=["nodes"])
    outage = outage_of(incident)
    if outage is None:
        return
    step = add_loss(outage, ground, loss.consumers, at=loss.at, load_share=loss.before.load_share)
    count_again(incident, outage)
    if step is not None:
        facts = [*facts, _more(step.customers, loss.at)]
        raise_supply_alarm(incident, as_of=as_of)
    news = [note_fact(incident, told, as_of=as_of) for told in facts]
    if any(news):
        detail = {"customers": incident.customers, "customers_without": incident.customers_without}
        tell(incident, "widened", by=None, as_of=as_of, detail=detail)


def open_mrids(ground: Ground, before: Positions) -> list[str]:
    return _mrids(ground.network.switches.mrid, ~before.closed)


def _lost(incident: Incident) -> Told:
    critical = f", {incident.critical_customers} of them critical" if incident.critical_customers else ""
    text = f"{incident.customers} customers lost supply{critical}; they drew {incident.lost_kw:.0f} kW."
    return Told(FactKind.DEAD_AREA, "first", incident.began_at, text, value=float(incident.customers))


def _more(customers: int, at: datetime) -> Told:
    text = f"{customers} customers lost supply, more or again."
    return Told(FactKind.DEAD_AREA, at.isoformat(), at, text, value=float(customers))


def _mrids(mrids: tuple[str, ...], mask: BoolArray) -> list[str]:
    return [mrids[n] for n in np.flatnonzero(mask).tolist()]


def where_lost(loss: Loss, ground: Ground) -> tuple[UUID | None, str, str]:
    """The feeder with the most of what was lost: mRID, name, and the name of its station."""
    mrids = [UUID(mrid) for mrid in _mrids(ground.network.nodes.mrid, loss.nodes)]
    counts: dict[UUID, int] = {}
    for where in whereabouts(mrids).values():
        if where.feeder:
            counts[where.feeder] = counts.get(where.feeder, 0) + 1
    feeder = max(counts, key=lambda one: counts[one]) if counts else None
    rows = Feeder.objects.select_related("substation").filter(model=assets.current_model())
    row = rows.filter(mrid__in=[feeder] if feeder else []).first()
    if row is None:
        return feeder, "", ""
    return row.mrid, row.name, row.substation.name if row.substation else ""
