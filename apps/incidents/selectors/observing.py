"""What is observed of one incident: points of the field, meters, callers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.conf import settings

from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.inferring import IndicatorSeen, Observed
from apps.incidents.choices.incident import FactKind, ReportKind
from apps.incidents.models import Incident
from apps.incidents.selectors.positions import Positions, watched
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors import PointValue

# An indicator may tell a little before the breaker has opened by its own clock, and a while after.
BEFORE, SILENT_AFTER = timedelta(seconds=15), timedelta(seconds=8)
MEASURED = {Quantity.FAULT_CURRENT: FactKind.FAULT_CURRENT, Quantity.FAULT_REACTANCE: FactKind.FAULT_REACTANCE}


@dataclass(frozen=True, slots=True)
class FieldPoints:
    """Fault indicators in an incident's area and what its devices measured, with their newest values."""

    indicators: list[PointValue]
    measured: list[PointValue]


def field_points(incident: Incident, ground: Ground, *, as_of: datetime) -> FieldPoints:
    area = _equipment_in(incident, ground)
    points = list(MeasurementPoint.objects.filter(quantity=Quantity.FAULT_INDICATOR, gateway__is_enabled=True))
    indicators = [point for point in points if str(point.equipment_mrid) in area]
    devices = [UUID(one) for one in incident.tripped]
    measured = list(
        MeasurementPoint.objects.filter(
            quantity__in=list(MEASURED), equipment_mrid__in=devices, gateway__is_enabled=True
        )
    )
    values = {one.point.pk: one for one in telemetry.point_values([*indicators, *measured], as_of=as_of)}
    return FieldPoints([values[one.pk] for one in indicators], [values[one.pk] for one in measured])


def shows(value: PointValue, incident: Incident) -> bool:
    return bool(value.value) and value.at is not None and value.at >= incident.began_at - BEFORE


def is_measured(value: PointValue, incident: Incident) -> bool:
    known = value.value is not None and value.value > 0 and value.at is not None
    return known and value.at is not None and value.at >= incident.began_at - BEFORE


def observed(incident: Incident, ground: Ground, points: FieldPoints, now: Positions, *, as_of: datetime) -> Observed:
    before = ground.closed_without(list(incident.open_before))
    reports = list(incident.reports.values_list("kind", "consumer_mrid"))
    silence_counts = as_of - incident.began_at >= SILENT_AFTER
    shown = _have_shown(incident)
    seen = [
        IndicatorSeen(str(one.point.equipment_mrid), one.point.name, one.point.side, one.point.pk in shown)
        for one in points.indicators
        if one.point.pk in shown or (silence_counts and _is_heard(one))
    ]
    newest = {one.point.quantity: one for one in points.measured if is_measured(one, incident)}
    current, reactance = newest.get(Quantity.FAULT_CURRENT), newest.get(Quantity.FAULT_REACTANCE)
    at = current or reactance
    return Observed(
        nodes=incident.nodes,
        tripped=incident.tripped,
        closed_before=before,
        closed_now=now.closed,
        known_closed=watched(ground) & now.closed,
        indicators=seen,
        meters_dead=[str(mrid) for kind, mrid in reports if kind == ReportKind.LAST_GASP],
        meters_live=[str(mrid) for kind, mrid in reports if kind == ReportKind.RESTORED and not incident.tripped],
        callers=[str(mrid) for kind, mrid in reports if kind == ReportKind.CALL],
        looked_at=[str(one) for one in _looked_at(incident)],
        current_ka=_number(current),
        reactance_ohm=_number(reactance),
        measured_at=str(at.point.equipment_mrid) if at else "",
        source_mva=settings.SOURCE_SHORT_CIRCUIT_MVA,
    )


def _have_shown(incident: Incident) -> set[int]:
    """Points by their facts: one that has fallen back since, as supply returned, has shown all the same."""
    keys = incident.facts.filter(kind=FactKind.INDICATOR).values_list("key", flat=True)
    return {int(key.split()[1]) for key in keys}


def _is_heard(value: PointValue) -> bool:
    return value.value is not None and not value.is_stale


def _number(value: PointValue | None) -> float:
    return float(value.value) if value is not None and value.value is not None else float(np.nan)


def _looked_at(incident: Incident) -> list[UUID]:
    rows = incident.facts.filter(kind=FactKind.NOTE, key__startswith="looked ", equipment_mrid__isnull=False)
    return [mrid for mrid in rows.values_list("equipment_mrid", flat=True) if mrid]


def _equipment_in(incident: Incident, ground: Ground) -> set[str]:
    """Lines, transformers and switches with an end in what lost supply."""
    area, network = ground.node_mask(incident.nodes), ground.network
    arrays = network.network
    found: set[str] = set()
    for named, a, b in (
        (network.lines, arrays.lines.from_node, arrays.lines.to_node),
        (network.transformers, arrays.transformers.high_node, arrays.transformers.low_node),
        (network.switches, arrays.switches.from_node, arrays.switches.to_node),
    ):
        found.update(named.mrid[n] for n in np.flatnonzero(area[a] | area[b]).tolist())
    return found
