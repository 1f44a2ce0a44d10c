"""How findings are told."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q

from apps.resilience.choices.threat import OPEN_FINDINGS, FindingKind, FindingState, LearningOutcome
from apps.resilience.models import Finding, HazardArea, ReadingHabit


def finding_document(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.pk,
        "kind": finding.kind,
        "kind_label": finding.get_kind_display(),
        "group": finding.group.value,
        "state": finding.state,
        "state_label": finding.get_state_display(),
        "title": finding.title,
        "likelihood": finding.likelihood,
        "basis": finding.basis,
        "gravity": finding.gravity,
        "assets": finding.assets,
        "advice": finding.advice,
        "began_at": finding.began_at,
        "seen_at": finding.seen_at,
        "starts_at": finding.starts_at,
        "ended_at": finding.ended_at,
        "decided_by": finding.decided_by,
        "decided_at": finding.decided_at,
        "reason": finding.reason,
        "evidence": finding.evidence,
    }


def findings(
    *, states: Collection[FindingState] = (), kind: FindingKind | None = None, most: int = 200
) -> list[Finding]:
    """The gravest first: those that stand and are open; with states, those that are in them, ended ones as well."""
    rows = Finding.objects.all()
    rows = rows.filter(state__in=states) if states else rows.filter(state__in=OPEN_FINDINGS)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return list(rows.order_by("-gravity", "-id")[:most])


def area_documents(*, as_of: datetime) -> list[dict[str, Any]]:
    """Those that hold now or will."""
    return [
        {
            "id": area.pk,
            "kind": area.kind,
            "kind_label": area.get_kind_display(),
            "name": area.name,
            "source": area.source,
            "valid_from": area.valid_from,
            "valid_to": area.valid_to,
            "rings": area.rings,
        }
        for area in HazardArea.objects.filter(Q(valid_to__gt=as_of))
    ]


def habit_document() -> dict[str, Any] | None:
    """How far the detector of false readings has learnt, over all feeders of its newest night."""
    newest = ReadingHabit.objects.first()
    if newest is None:
        return None
    rows = list(ReadingHabit.objects.filter(as_of=newest.as_of))
    learnt = [row for row in rows if row.outcome == LearningOutcome.LEARNT]
    told = learnt[0] if learnt else newest
    return {
        "as_of": told.as_of,
        "outcome": told.outcome,
        "outcome_label": told.get_outcome_display(),
        "reason": told.reason,
        "learnt_from": told.learnt_from,
        "learnt_to": told.learnt_to,
        "meters": sum(len(row.points) for row in learnt),
        "groups": len(learnt),
    }
