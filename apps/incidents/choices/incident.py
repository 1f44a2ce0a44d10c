"""Words of incidents: from the first sign of a fault to the closed case."""

from datetime import timedelta

from django.db.models import TextChoices

INCIDENTS = "incidents"  # the live topic, and the stream of the journal
MOMENTARY_WITHIN = timedelta(minutes=5)  # IEEE 1366: a sustained interruption lasts longer
LONGEST_WORDS = 400
MOST_REPORTS = 5000  # of meters or callers in one request


class IncidentStatus(TextChoices):
    DETECTED = "detected", "Detected"
    LOCATED = "located", "Located"
    ISOLATED = "isolated", "Isolated"
    PARTLY_RESTORED = "partly-restored", "Partly restored"
    RESTORED = "restored", "Restored"
    REPAIRED = "repaired", "Repaired"
    CLOSED = "closed", "Closed"
    CANCELLED = "cancelled", "Cancelled"


_S = IncidentStatus
# Compare and swap. Customers may come back before anybody knows where the fault is, and may be lost once more.
NEXT_INCIDENT_STATUS: dict[IncidentStatus, frozenset[IncidentStatus]] = {
    _S.DETECTED: frozenset({_S.LOCATED, _S.ISOLATED, _S.PARTLY_RESTORED, _S.RESTORED, _S.REPAIRED, _S.CANCELLED}),
    _S.LOCATED: frozenset({_S.DETECTED, _S.ISOLATED, _S.PARTLY_RESTORED, _S.RESTORED, _S.REPAIRED, _S.CANCELLED}),
    _S.ISOLATED: frozenset({_S.DETECTED, _S.LOCATED, _S.PARTLY_RESTORED, _S.RESTORED, _S.REPAIRED, _S.CANCELLED}),
    _S.PARTLY_RESTORED: frozenset({_S.DETECTED, _S.LOCATED, _S.ISOLATED, _S.RESTORED, _S.REPAIRED, _S.CANCELLED}),
    _S.RESTORED: frozenset(
        {_S.DETECTED, _S.LOCATED, _S.ISOLATED, _S.PARTLY_RESTORED, _S.REPAIRED, _S.CLOSED, _S.CANCELLED}
    ),
    # Back only where it trips again after the repair.
    _S.REPAIRED: frozenset({_S.PARTLY_RESTORED, _S.CLOSED}),
    _S.CLOSED: frozenset(),
    _S.CANCELLED: frozenset(),
}
OPEN_INCIDENTS = frozenset(status for status, following in NEXT_INCIDENT_STATUS.items() if following)
WITHOUT_SUPPLY = frozenset({_S.DETECTED, _S.LOCATED, _S.ISOLATED, _S.PARTLY_RESTORED})
LOCATABLE = frozenset({_S.DETECTED})


class IncidentKind(TextChoices):
    UNDECIDED = "undecided", "Below 5 minutes so far"
    MOMENTARY = "momentary", "Momentary interruption"
    SUSTAINED = "sustained", "Sustained interruption"


class Trigger(TextChoices):
    """What told of it first."""

    PROTECTION = "protection", "Protection opened a breaker"
    DEAD_AREA = "dead-area", "A part of the network lost supply"
    METERS = "meters", "Customers' meters lost supply"
    CALLS = "calls", "Customers called"
    PERSON = "person", "A person reported it"


# By where the switches stand these were never without supply: only their meters and callers know.
TOLD_BY_CUSTOMERS = (Trigger.METERS, Trigger.CALLS, Trigger.PERSON)


class FactKind(TextChoices):
    TRIPPED = "tripped", "Protection opened"
    RECLOSED = "reclosed", "Closed again"
    SWITCHED = "switched", "Switch moved"
    DEAD_AREA = "dead-area", "Supply lost"
    SUPPLY_BACK = "supply-back", "Supply back"
    INDICATOR = "indicator", "Fault indicator"
    FAULT_CURRENT = "fault-current", "Fault current"
    FAULT_REACTANCE = "fault-reactance", "Reactance to the fault"
    LAST_GASP = "last-gasp", "Meters lost supply"
    METER_RESTORED = "meter-restored", "Meters have supply again"
    CALL = "call", "Customers called"
    INFERRED = "inferred", "Faulted section inferred"
    CONFIRMED = "confirmed", "Faulted section confirmed"
    STATUS = "status", "State"
    CREW = "crew", "Crew"
    ESTIMATE = "estimate", "Estimated restoration"
    DAMAGE = "damage", "Damage"
    RESTORATION = "restoration", "Restoration"
    NOTE = "note", "Note"


class DamageClass(TextChoices):
    UNKNOWN = "unknown", "Not known yet"
    NONE = "none", "No damage found"
    OVERHEAD = "overhead", "Overhead line"
    CABLE = "cable", "Cable"
    TRANSFORMER = "transformer", "Transformer"
    SWITCHGEAR = "switchgear", "Switchgear"
    SERVICE = "service", "A customer's connection"
    OTHER = "other", "Other"


class ReportKind(TextChoices):
    LAST_GASP = "last-gasp", "Last gasp of a meter"
    RESTORED = "restored", "Meter has supply again"
    CALL = "call", "Call of a customer"
