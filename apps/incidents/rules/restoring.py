"""What counts as faulted, and when a look is worth it. Pure."""

from collections.abc import Container, Iterable, Sequence
from datetime import datetime

from apps.incidents.choices.incident import IncidentStatus
from apps.incidents.choices.restoring import RECLOSING_OVER, SURE
from apps.incidents.models import Incident, IncidentSection

UNREPAIRED = frozenset(
    {
        IncidentStatus.DETECTED,
        IncidentStatus.LOCATED,
        IncidentStatus.ISOLATED,
        IncidentStatus.PARTLY_RESTORED,
        IncidentStatus.RESTORED,
    }
)
_SUM = 1e-6


def faulted_sections(sections: Iterable[IncidentSection]) -> tuple[list[IncidentSection], float]:
    """What is treated as faulted: what a person has confirmed, else the likeliest that together are sure enough; and
    how sure that is. All of them where even all are not: nothing is put under voltage on a guess."""
    found = sorted(sections, key=lambda one: (not one.is_confirmed, one.rank))
    if found and found[0].is_confirmed:
        return found[:1], 1.0
    chosen: list[IncidentSection] = []
    total = 0.0
    for section in found:
        if is_sure(total):
            break
        chosen.append(section)
        total += section.probability
    return chosen, min(total, 1.0)


def holds_supply(section: IncidentSection, supplied: Container[str]) -> bool:
    """All of it has supply, and nothing has tripped for it."""
    return bool(section.nodes) and all(mrid in supplied for mrid in section.nodes)


def is_sure(probability: float) -> bool:
    return probability >= SURE - _SUM


def is_unrepaired(incident: Incident) -> bool:
    return IncidentStatus(incident.status) in UNREPAIRED


def why_not_yet(incident: Incident, probability: float, moved_at: datetime | None, as_of: datetime) -> str:
    """Why nothing is planned yet: the fault is not known to be inside what would be isolated, or devices still move."""
    if not is_sure(probability):
        return (
            f"The faulted section is not sure enough: {probability:.0%}, and {SURE:.0%} are needed. "
            "Confirm a section, or wait for what indicators, meters and callers tell."
        )
    if moved_at is not None and as_of - moved_at < RECLOSING_OVER:
        return "Protection has just moved: what closes again by itself is waited for."
    return ""


def have_settled(positions: Sequence[bytes], needed: int) -> bool:
    """Whether the switches stood alike in the newest solutions; positions: the newest first."""
    return len(positions) >= needed and len(set(positions[:needed])) == 1
