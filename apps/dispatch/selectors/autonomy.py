from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.dispatch.adapters.steps import operations_of
from apps.dispatch.choices.proposal import ProposalStatus
from apps.dispatch.models import Autonomy, Proposal
from apps.dispatch.selectors.records import desk_label


def rule_for(desk: str, feeder: UUID | None) -> Autonomy | None:
    """The feeder's own, else that for all others; None: a person approves."""
    rows = {row.feeder_mrid: row for row in Autonomy.objects.filter(desk=desk)}
    return rows.get(feeder) or rows.get(None)


def operations_today(rule: Autonomy, as_of: datetime) -> int:
    """Of the local day, by this rule."""
    midnight = timezone.localtime(as_of).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Proposal.objects.filter(rule=rule, decided_at__gte=midnight).exclude(status=ProposalStatus.WITHDRAWN)
    return sum(operations_of(steps) for steps in rows.values_list("steps", flat=True))


def autonomy_document(rule: Autonomy) -> dict[str, Any]:
    return {
        "id": rule.pk,
        "desk": rule.desk,
        "desk_label": desk_label(rule.desk),
        "feeder_mrid": str(rule.feeder_mrid) if rule.feeder_mrid else None,
        "feeder_name": rule.feeder_name,
        "mode": rule.mode,
        "mode_label": rule.get_mode_display(),
        "max_operations_per_day": rule.max_operations_per_day,
        "max_kw": rule.max_kw,
        "least_confidence": rule.least_confidence,
        "from_hour": rule.from_hour,
        "to_hour": rule.to_hour,
        "set_by": rule.set_by.get_username(),
        "set_at": rule.set_at.isoformat(),
        "reason": rule.reason,
        "seconded_by": rule.seconded_by.get_username() if rule.seconded_by else None,
        "seconded_at": rule.seconded_at.isoformat() if rule.seconded_at else None,
    }


def autonomy_documents() -> list[dict[str, Any]]:
    return [autonomy_document(rule) for rule in Autonomy.objects.select_related("set_by", "seconded_by")]
