"""Proposals of the voltage desk for one feeder, a line each, and what its word has been worth."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q

from apps.dispatch.adapters.records import record_document
from apps.dispatch.models import Proposal
from apps.dispatch.selectors.records import receipt_document, record_for
from apps.optimization.choices import DESK_VOLTAGE, KIND_VOLTAGE

MOST_LISTED = 10


def proposal_lines(feeder: UUID, devices: Sequence[str]) -> list[dict[str, Any]]:
    """For the feeder, or moving one of its devices; the newest first. The same steps for several troubles are one."""
    concerns = Q(feeder_mrid=feeder) | Q(trouble__feeder_mrid=feeder)
    for mrid in devices:
        concerns |= Q(devices__contains=[mrid])
    rows = Proposal.objects.light().filter(concerns, desk=DESK_VOLTAGE).select_related("receipt__proposal__trouble")
    alike: dict[tuple[str, str], list[Proposal]] = {}
    for row in rows[: 4 * MOST_LISTED]:
        alike.setdefault((row.key, row.status), []).append(row)
    return [_line(twins, feeder) for twins in list(alike.values())[:MOST_LISTED]]


def _line(twins: Sequence[Proposal], feeder: UUID) -> dict[str, Any]:
    """As that one which answers a trouble of the feeder itself, if one does."""
    proposal = next((one for one in twins if one.trouble.feeder_mrid == feeder), twins[0])
    return {
        "id": proposal.pk,
        "title": proposal.title,
        "troubles": list(dict.fromkeys(str(one.trouble) for one in twins)),
        "status": proposal.status,
        "status_label": proposal.get_status_display(),
        "reason": proposal.reason,
        "created_at": proposal.created_at.isoformat(),
        "expires_at": proposal.expires_at.isoformat(),
        "unit": proposal.unit,
        "value_before": proposal.value_before,
        "value_after": proposal.value_after,
        "expected_relief": proposal.expected_relief,
        "receipt": _receipt(proposal),
    }


def _receipt(proposal: Proposal) -> dict[str, Any] | None:
    try:
        return receipt_document(proposal.receipt)
    except ObjectDoesNotExist:
        return None


def record_line(as_of: datetime) -> dict[str, Any]:
    told = record_document(record_for(DESK_VOLTAGE, KIND_VOLTAGE, as_of))
    return {name: told[name] for name in ("count", "hit_rate", "share_inside", "ended_rate", "reliability")}
