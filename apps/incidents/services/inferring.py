"""The search for the faulted section, again with each new fact."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from apps.incidents.adapters.ground import Ground
from apps.incidents.adapters.inferring import Candidate, Observed, infer, whole_section
from apps.incidents.choices.incident import FactKind
from apps.incidents.models import Incident, IncidentSection
from apps.incidents.selectors.observing import MEASURED, FieldPoints, field_points, is_measured, observed, shows
from apps.incidents.selectors.positions import Positions
from apps.incidents.services.telling import Told, note_fact, one_writer, publish
from apps.telemetry.choices import Quantity
from apps.telemetry.selectors import PointValue

NEWS = 0.05  # by how much a probability must change to be told


@dataclass(slots=True)
class Inferences:
    """What each incident's last search rested on: without anything new there is none."""

    bases: dict[int, int] = field(default_factory=dict)


def infer_incident(memory: Inferences, incident: Incident, ground: Ground, now: Positions, *, as_of: datetime) -> bool:
    """Facts of the field are taken up, and where anything is new the candidates are weighed anew."""
    points = field_points(incident, ground, as_of=as_of)
    _take_facts(incident, points, as_of=as_of)
    seen = observed(incident, ground, points, now, as_of=as_of)
    basis = _basis(incident, seen)
    if memory.bases.get(incident.pk) == basis:
        return False
    found = infer(ground, ground.fed(seen.closed_before), seen)
    with one_writer():
        _store(incident, found, ground, now, as_of=as_of)
    memory.bases[incident.pk] = basis
    return True


@one_writer()
def _take_facts(incident: Incident, points: FieldPoints, *, as_of: datetime) -> None:
    told = [_indicator(incident, one) for one in points.indicators if shows(one, incident)]
    told += [_measured(incident, one) for one in points.measured if is_measured(one, incident)]
    if any([note_fact(incident, one, as_of=as_of) for one in told]):
        publish(incident, "facts")


def _indicator(incident: Incident, value: PointValue) -> Told:
    point = value.point
    return Told(
        FactKind.INDICATOR,
        f"point {point.pk} {_stamp(value)}",
        value.at or incident.began_at,
        f"The fault indicator at {point.name} shows.",
        point.equipment_mrid,
        point.name,
    )


def _measured(incident: Incident, value: PointValue) -> Told:
    point, kind = value.point, MEASURED[Quantity(value.point.quantity)]
    what = "measured a fault current of" if kind == FactKind.FAULT_CURRENT else "measured a reactance to the fault of"
    return Told(
        kind,
        f"point {point.pk} {_stamp(value)}",
        value.at or incident.began_at,
        f"{point.name} {what} {value.value:.3g} {point.unit}.",
        point.equipment_mrid,
        point.name,
        value.value,
        point.unit,
    )


def _stamp(value: PointValue) -> str:
    return value.at.isoformat() if value.at else ""


def _basis(incident: Incident, seen: Observed) -> int:
    return hash(
        (
            tuple(incident.nodes),
            tuple(seen.tripped),
            seen.closed_now.tobytes(),
            tuple((one.equipment_mrid, one.side, one.shows) for one in seen.indicators),
            tuple(sorted(seen.meters_dead)),
            tuple(sorted(seen.meters_live)),
            tuple(sorted(seen.callers)),
            tuple(seen.looked_at),
            str((seen.current_ka, seen.reactance_ohm)),
        )
    )


def _store(incident: Incident, found: list[Candidate], ground: Ground, now: Positions, *, as_of: datetime) -> None:
    """A person's word stands: what is confirmed stays, whatever is found."""
    before = incident.sections.order_by("rank").values_list("key", "probability").first()
    confirmed = set(incident.sections.filter(is_confirmed=True).values_list("key", flat=True))
    incident.sections.exclude(key__in=confirmed).delete()
    for section in incident.sections.filter(is_confirmed=True).exclude(key__in=[one.key for one in found]):
        whole = whole_section(ground, section.nodes[0], now.closed)
        section.is_isolated = bool(whole and whole.is_isolated)
        section.rank, section.probability = len(found) + 1, 0.0
        section.save(update_fields=["is_isolated", "rank", "probability"])
    for rank, one in enumerate(found, start=1):
        IncidentSection.objects.update_or_create(incident=incident, key=one.key, defaults=section_row(one, rank))
    incident.inferred_at = as_of
    incident.save(update_fields=["inferred_at"])
    if found and _is_news(before, found[0]):
        note_fact(incident, _told(found[0], as_of), as_of=as_of)
    publish(incident, "inferred")


def section_row(one: Candidate, rank: int) -> dict[str, object]:
    return {
        "rank": rank,
        "name": one.name,
        "probability": one.probability,
        "lines": one.lines,
        "transformers": one.transformers,
        "nodes": one.nodes,
        "switches": one.switches,
        "consumers": one.consumers,
        "customers": one.customers,
        "reasons": one.reasons,
        "is_isolated": one.is_isolated,
    }


def _is_news(before: tuple[str, float] | None, now: Candidate) -> bool:
    return before is None or before[0] != now.key or abs(before[1] - now.probability) >= NEWS


def _told(one: Candidate, as_of: datetime) -> Told:
    likeliest = one.lines[0]["mrid"] if one.lines else None
    text = f"The fault is in {one.name} with {one.probability:.0%}. {' '.join(one.reasons[:3])}".strip()
    return Told(
        FactKind.INFERRED,
        as_of.isoformat(),
        as_of,
        text,
        UUID(str(likeliest)) if likeliest else None,
        one.name,
        one.probability,
    )
