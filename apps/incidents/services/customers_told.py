"""Reports of meters and callers find their incident; those that have none, and agree, make one."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import numpy as np

from apps.incidents.adapters.ground import Ground
from apps.incidents.choices.incident import FactKind, ReportKind, Trigger
from apps.incidents.models import Incident, SupplyReport
from apps.incidents.selectors.positions import Positions, watched
from apps.incidents.services.opening import Loss, Seen, open_incident
from apps.incidents.services.outage_rows import consumers_without
from apps.incidents.services.telling import Told, note_fact, one_writer, publish

WAITS = timedelta(seconds=15)  # protection tells first, if it was protection
FORGOTTEN_AFTER = timedelta(minutes=30)
EARLY = timedelta(minutes=2)  # a meter's clock
_KINDS = {
    ReportKind.LAST_GASP: (FactKind.LAST_GASP, "meters told that they lost supply"),
    ReportKind.RESTORED: (FactKind.METER_RESTORED, "meters told that they have supply again"),
    ReportKind.CALL: (FactKind.CALL, "customers called"),
}


@one_writer()
def assign_reports(ground: Ground, *, as_of: datetime) -> list[Incident]:
    """Incidents that were told anything new."""
    waiting = _waiting(as_of)
    if not waiting:
        return []
    told = []
    for incident in Incident.objects.open().order_by("-began_at"):
        area = _area(incident, ground)
        mine = [one for one in waiting if str(one.consumer_mrid) in area and one.at >= incident.began_at - EARLY]
        if mine:
            _assign(incident, mine, as_of=as_of)
            taken = {one.pk for one in mine}
            waiting = [one for one in waiting if one.pk not in taken]
            told.append(incident)
    return told


def _waiting(as_of: datetime) -> list[SupplyReport]:
    return list(SupplyReport.objects.filter(incident=None, received_at__gt=as_of - FORGOTTEN_AFTER))


def _area(incident: Incident, ground: Ground) -> set[str]:
    nodes = ground.node_mask(incident.nodes)
    return {ground.consumer_mrid(one) for one in np.flatnonzero(nodes[ground.consumer_node]).tolist()}


def _assign(incident: Incident, reports: Sequence[SupplyReport], *, as_of: datetime) -> None:
    SupplyReport.objects.filter(pk__in=[one.pk for one in reports]).update(incident=incident)
    for kind, (fact, words) in _KINDS.items():
        mine = [one for one in reports if one.kind == kind]
        if mine:
            note_fact(incident, _fact(fact, words, mine), as_of=as_of)
    publish(incident, "told-by-customers")


def _fact(kind: FactKind, words: str, reports: Sequence[SupplyReport]) -> Told:
    said = next((f" One said: {one.text}" for one in reports if one.text), "")
    last = max(one.pk for one in reports)
    return Told(
        kind, f"to {last}", min(one.at for one in reports), f"{len(reports)} {words}.{said}", value=float(len(reports))
    )


@one_writer()
def open_by_reports(ground: Ground, now: Positions, *, as_of: datetime) -> list[Incident]:
    """Two that agree: one meter alone may be a house's own fuse, one caller alone may be mistaken."""
    rows = [one for one in _waiting(as_of) if one.kind != ReportKind.RESTORED and one.received_at <= as_of - WAITS]
    rows = [one for one in rows if not _is_over(one) and str(one.consumer_mrid) in ground.consumer_at]
    standing = consumers_without()
    found = []
    for nodes, reports in _groups(ground, now, rows):
        mine = sorted({str(one.consumer_mrid) for one in reports} - standing)
        if len(reports) < 2 or not mine:
            continue
        at = min(one.at for one in reports)
        consumers = [ground.consumer_at[mrid] for mrid in mine]
        by_meter = any(one.kind == ReportKind.LAST_GASP for one in reports)
        trigger = Trigger.METERS if by_meter else Trigger.CALLS
        incident = open_incident(Seen(trigger, Loss(at, nodes, consumers, now), []), ground, as_of=as_of)
        _assign(incident, reports, as_of=as_of)
        found.append(incident)
    return found


def _is_over(report: SupplyReport) -> bool:
    later = SupplyReport.objects.filter(
        kind=ReportKind.RESTORED, consumer_mrid=report.consumer_mrid, usage_point=report.usage_point, at__gt=report.at
    )
    return later.exists()


def _groups(
    ground: Ground, now: Positions, reports: Iterable[SupplyReport]
) -> list[tuple[np.ndarray, list[SupplyReport]]]:
    """By the part of the network that one device of its own, whose position nobody is told, could have cut off."""
    behind = ground.behind_unwatched(now.closed, watched(ground))
    groups: dict[int, list[SupplyReport]] = {}
    for report in reports:
        node = int(ground.consumer_node[ground.consumer_at[str(report.consumer_mrid)]])
        groups.setdefault(int(behind.group[node]), []).append(report)
    return [(behind.nodes_of(group), rows) for group, rows in groups.items()]
