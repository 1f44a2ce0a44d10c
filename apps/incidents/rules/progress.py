"""Where an incident stands by what is known of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from apps.incidents.choices.incident import MOMENTARY_WITHIN, NEXT_INCIDENT_STATUS, IncidentKind, IncidentStatus

LOCATED_FROM, LOST_BELOW = 0.8, 0.6  # what was located is given up only where it is clearly less likely again


@dataclass(frozen=True, slots=True)
class Progress:
    status: IncidentStatus
    customers: int
    customers_without: int
    probability: float  # of the likeliest section; 1 if a person has confirmed it
    is_isolated: bool


@dataclass(frozen=True, slots=True)
class Interruption:
    began_at: datetime
    restored_at: datetime | None


def status_of(found: Progress) -> IncidentStatus:
    """The state that it has reached; the one it has where the table knows no way there."""
    wanted = _wanted(found)
    return wanted if wanted in NEXT_INCIDENT_STATUS[found.status] else found.status


def _wanted(found: Progress) -> IncidentStatus:
    if found.status == IncidentStatus.REPAIRED:
        return IncidentStatus.REPAIRED
    if not found.customers_without:
        return IncidentStatus.RESTORED
    if found.customers_without < found.customers:
        return IncidentStatus.PARTLY_RESTORED
    if found.is_isolated:
        return IncidentStatus.ISOLATED
    was = found.status in (IncidentStatus.LOCATED, IncidentStatus.ISOLATED)
    is_located = found.probability >= (LOST_BELOW if was else LOCATED_FROM)
    return IncidentStatus.LOCATED if is_located else IncidentStatus.DETECTED


def kind_of(interruptions: Sequence[Interruption], *, as_of: datetime) -> IncidentKind:
    """Sustained as soon as anybody has been without supply for longer than a momentary interruption lasts."""
    if any((one.restored_at or as_of) - one.began_at > MOMENTARY_WITHIN for one in interruptions):
        return IncidentKind.SUSTAINED
    if any(one.restored_at is None for one in interruptions):
        return IncidentKind.UNDECIDED
    return IncidentKind.MOMENTARY
