"""Approving, rejecting and withdrawing proposals: by a person, or by a rule that a person has switched on."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.audit import services as audit
from apps.dispatch.choices.proposal import WITHHELD_AFTER_REJECTION, ProposalStatus
from apps.dispatch.models import Autonomy, Order, Proposal, Tag
from apps.dispatch.rules.proposals import may_be_approved, may_be_rejected
from apps.dispatch.selectors.proposals import purpose_of, standing
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.telling import finish, move


@transaction.atomic
def approve(*, proposal_id: int, by: User | None, as_of: datetime, rule: Autonomy | None = None) -> Proposal:
    """Raises Refused where the check no longer stands, a tag forbids it, or another proposal has the device."""
    proposal = _locked(proposal_id)
    tags = list(Tag.objects.standing().filter(equipment_mrid__in=proposal.devices))
    verdict = may_be_approved(proposal, model_id=assets.current_model_id(), tags=tags, as_of=as_of)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    place = next((one for one in standing(as_of) if one.proposal.pk == proposal.pk), None)
    if place is not None and place.conflict:
        raise Refused(place.conflict)
    if not move(proposal, ProposalStatus.APPROVED, as_of=as_of, decided_at=as_of, decided_by=by, rule=rule):
        raise Refused(_faster(proposal))
    by_rule = {"rule": rule.pk, "rule_text": str(rule), "set_by": rule.set_by.get_username()} if rule else {}
    shown = {"score": place.document() if place else None, "versions": proposal.versions, **by_rule}
    _audit(proposal, "proposal.approved", by, as_of, shown)
    _withdraw_alternatives(proposal, as_of)
    return proposal


@transaction.atomic
def reject(*, proposal_id: int, reason: str, by: User, as_of: datetime) -> Proposal:
    """The reason is kept, and the like of it is held back for a while and ranked lower for a day."""
    proposal = _locked(proposal_id)
    verdict = may_be_rejected(proposal)
    if not verdict.allowed:
        raise Refused(verdict.reason)
    until = as_of + WITHHELD_AFTER_REJECTION
    told: dict[str, Any] = {"decided_at": as_of, "decided_by": by, "withheld_until": until}
    if not finish(proposal, ProposalStatus.REJECTED, reason=reason, as_of=as_of, **told):
        raise Refused(_faster(proposal))
    _audit(proposal, "proposal.rejected", by, as_of, {"reason": reason, "withheld_until": until.isoformat()})
    return proposal


@transaction.atomic
def withdraw(*, proposal_id: int, reason: str, by: User, as_of: datetime) -> Proposal:
    """Of what is not yet decided or not yet begun; what is being carried out is stopped between two of its steps."""
    proposal = _locked(proposal_id)
    if ProposalStatus(proposal.status) == ProposalStatus.EXECUTING:
        return _stop(proposal, f"Stopped by {by}: {reason}", by, as_of)
    may = (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED, ProposalStatus.APPROVED)
    if ProposalStatus(proposal.status) not in may:
        raise Refused(f"It cannot be withdrawn any more: {proposal.get_status_display().lower()}.")
    if not finish(proposal, ProposalStatus.WITHDRAWN, reason=reason, as_of=as_of):
        raise Refused(_faster(proposal))
    _audit(proposal, "proposal.withdrawn", by, as_of, {"reason": reason})
    return proposal


def _stop(proposal: Proposal, reason: str, by: User, as_of: datetime) -> Proposal:
    order = Order.objects.open().filter(purpose__startswith=f"{purpose_of(proposal)},").first()
    if order is not None:
        raise Refused(f"{order}. It is stopped when that has ended; what is only selected can be taken back.")
    if not finish(proposal, ProposalStatus.FAILED, reason=reason, as_of=as_of):
        raise Refused(_faster(proposal))
    _audit(proposal, "proposal.stopped", by, as_of, {"reason": reason})
    return proposal


def _locked(proposal_id: int) -> Proposal:
    """Raises Proposal.DoesNotExist. All decisions one after the other: conflicts are seen by whoever comes second."""
    rows = Proposal.objects.select_for_update(of=("self",)).defer("profile").select_related("trouble")
    list(Proposal.objects.open().select_for_update().order_by("pk").values_list("pk", flat=True))
    return rows.get(pk=proposal_id)


def _faster(proposal: Proposal) -> str:
    return f"Somebody was faster: it is {proposal.get_status_display().lower()} by now."


def _withdraw_alternatives(taken: Proposal, as_of: datetime) -> None:
    """Other answers of the same desk to the same trouble were said for the state before this one."""
    others = Proposal.objects.filter(trouble=taken.trouble, status=ProposalStatus.VERIFIED).exclude(pk=taken.pk)
    for other in others:
        finish(other, ProposalStatus.SUPERSEDED, reason=f"Proposal {taken.pk} was approved instead.", as_of=as_of)


def _audit(proposal: Proposal, action: str, by: User | None, as_of: datetime, detail: dict[str, Any]) -> None:
    told = {
        "title": proposal.title,
        "desk": proposal.desk,
        "kind": proposal.kind,
        "trouble": str(proposal.trouble),
        "steps": [step["words"] for step in proposal.steps],
        **detail,
    }
    audit.record(actor=by, action=action, target=f"proposal/{proposal.pk}", detail=told, at=as_of)
