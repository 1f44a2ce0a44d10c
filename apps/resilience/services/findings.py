"""Findings begin, go on, end and are decided; each change in the journal, likely ones with an alarm."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.audit import services as audit
from apps.live import services as live
from apps.resilience.choices.threat import (
    ADVICE,
    ENDS_AFTER,
    KEPT,
    LIKELY,
    LONGEST_REASON,
    OPEN_FINDINGS,
    THREATS,
    FindingKind,
    FindingState,
)
from apps.resilience.models import Finding
from apps.resilience.rules.findings import decision_objection, gravity
from apps.resilience.selectors.threat_places import asset_rows, load_share

MOST_ASSETS = 200


class FindingRefused(Exception):
    """The decision does not fit how the finding stands; the text says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """`key` names what is found: seen again, it is the same finding."""

    key: str
    kind: FindingKind
    title: str
    likelihood: float
    basis: str
    began_at: datetime
    evidence: dict[str, Any] = field(default_factory=dict)
    mrids: Sequence[UUID | str] = ()
    starts_at: datetime | None = None


@transaction.atomic
def note(*, found: Sequence[Found], kinds: Collection[FindingKind], as_of: datetime) -> list[Finding]:
    """What a look at these kinds has found; what it has not found for a while has ended. Returns the new ones."""
    standing = {one.key: one for one in Finding.objects.standing().filter(kind__in=kinds).select_for_update()}
    new = []
    for one in found:
        if (known := standing.get(one.key)) is not None:
            _go_on(known, one, as_of)
        else:
            new.append(_begin(one, as_of))
    seen = {one.key for one in found}
    over = [one for key, one in standing.items() if key not in seen and as_of - one.seen_at >= ENDS_AFTER]
    for finding in over:
        finding.ended_at = finding.seen_at
        finding.save(update_fields=["ended_at"])
        _tell(finding, "ended")
    _end_alarms(over, as_of)
    _raise_alarms([*new, *(one for key, one in standing.items() if key in seen)], as_of)
    return new


@transaction.atomic
def decide(*, finding_id: int, state: FindingState, reason: str, by: User, as_of: datetime) -> Finding:
    """Acknowledge, dismiss or close. Raises FindingRefused, and Finding.DoesNotExist."""
    finding = Finding.objects.get(pk=finding_id)
    old = FindingState(finding.state)
    if objection := decision_objection(old, state, reason):
        raise FindingRefused(objection)
    fields = {"decided_by": by.get_username(), "decided_at": as_of, "reason": reason[:LONGEST_REASON]}
    if not Finding.objects.move(finding.pk, old, state, **fields):
        raise FindingRefused("Somebody else has decided on it meanwhile: look again.")
    finding.refresh_from_db()
    if state not in OPEN_FINDINGS:
        _end_alarms([finding], as_of)
    told = {"title": finding.title, "from": old.value, "to": state.value, "reason": reason[:LONGEST_REASON]}
    _tell(finding, state.value)
    audit.record(actor=by, action="threat.decided", target=f"finding/{finding.pk}", detail=told, at=as_of)
    return finding


def forget_findings(*, as_of: datetime) -> int:
    gone, _ = Finding.objects.filter(ended_at__lt=as_of - KEPT).exclude(state__in=OPEN_FINDINGS).delete()
    return gone


def _begin(one: Found, as_of: datetime) -> Finding:
    mrids = list(dict.fromkeys(str(mrid) for mrid in one.mrids))
    finding = Finding.objects.create(
        key=one.key[:200],
        kind=one.kind,
        title=one.title[:200],
        likelihood=one.likelihood,
        basis=one.basis[:LONGEST_REASON],
        gravity=gravity(one.likelihood, load_share(mrids)),
        evidence=one.evidence,
        assets=asset_rows(mrids[:MOST_ASSETS]),
        advice=ADVICE[one.kind],
        began_at=one.began_at,
        seen_at=as_of,
        starts_at=one.starts_at,
    )
    _tell(finding, "found")
    return finding


def _go_on(finding: Finding, one: Found, as_of: datetime) -> None:
    mrids = list(dict.fromkeys(str(mrid) for mrid in one.mrids))
    finding.seen_at, finding.evidence = as_of, one.evidence
    finding.title, finding.basis, finding.starts_at = one.title[:200], one.basis[:LONGEST_REASON], one.starts_at
    finding.assets = asset_rows(mrids[:MOST_ASSETS])
    finding.likelihood, finding.gravity = one.likelihood, gravity(one.likelihood, load_share(mrids))
    finding.save()


def _tell(finding: Finding, what: str) -> None:
    payload = {"id": finding.pk, "kind": finding.kind, "state": finding.state, "title": finding.title}
    live.record(stream=THREATS, kind=f"threat.{what}", subject=str(finding.pk), payload=payload)


def _source(finding: Finding) -> str:
    return f"threat/{finding.pk}"


def _raise_alarms(standing: Sequence[Finding], as_of: datetime) -> None:
    likely = [one for one in standing if one.likelihood >= LIKELY and one.state in OPEN_FINDINGS]
    alarms.raise_alarms(facts=[_fact(one, as_of) for one in likely])


def _end_alarms(over: Sequence[Finding], as_of: datetime) -> None:
    alarms.end_alarms(ends=[alarms.AlarmEnd(_source(one), Condition.THREAT, as_of) for one in over])


def _fact(finding: Finding, as_of: datetime) -> alarms.AlarmFact:
    asset = finding.assets[0] if finding.assets else {}
    return alarms.AlarmFact(
        source=_source(finding),
        condition=Condition.THREAT,
        priority=Priority.MEDIUM,
        equipment_name=asset.get("name") or finding.get_kind_display(),
        equipment_mrid=UUID(asset["mrid"]) if asset.get("mrid") else None,
        message=f"{finding.title} ({finding.likelihood:.0%} likely). {finding.basis}",
        at=as_of,
    )
