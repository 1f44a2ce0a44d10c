"""The check that comes before anybody sees a proposal."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from apps.dispatch.adapters.before_after import framed
from apps.dispatch.adapters.checking import Checked, Trouble, check
from apps.dispatch.adapters.records import confidence, widened
from apps.dispatch.adapters.steps import Step
from apps.dispatch.checks import SetPoint, faulted_parts, order_objections
from apps.dispatch.choices.proposal import Breach, ProposalStatus, StepQuantity
from apps.dispatch.models import Proposal, ProposalPicture
from apps.dispatch.models import Trouble as TroubleRow
from apps.dispatch.selectors.records import record_for
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish, move

_UNDECIDED = (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED)


def checked_trouble(row: TroubleRow) -> Trouble:
    return Trouble(Breach(row.breach), tuple(row.elements), row.limit)


def steps_of(proposal: Proposal) -> list[Step]:
    return [Step.of(step) for step in proposal.steps]


def verify_proposal(proposal: Proposal, *, live: Live) -> bool:
    """Whether it passed. What did not is kept with its numbers, and never ranked."""
    objection = _objection_from_above(proposal, live)
    if objection:
        new = ProposalStatus.FAILED_VERIFICATION
        finish(proposal, new, reason=objection, as_of=live.as_of, verified_at=live.as_of)
        return False
    found = check(
        live.scene,
        checked_trouble(proposal.trouble),
        steps_of(proposal),
        customers_may_lose=_customers_said(proposal),
        seed=proposal.pk,
        faulted={} if proposal.trouble.is_foreseen else faulted_parts(as_of=live.as_of),
    )
    fields = _fields(proposal, found, live)
    _keep_picture(proposal, found, live)
    if not found.passed:
        finish(proposal, ProposalStatus.FAILED_VERIFICATION, reason=found.reason, as_of=live.as_of, **fields)
        return False
    if ProposalStatus(proposal.status) == ProposalStatus.VERIFIED:
        return _refresh(proposal, fields)
    return move(proposal, ProposalStatus.VERIFIED, as_of=live.as_of, **fields)


def _objection_from_above(proposal: Proposal, live: Live) -> str:
    """What desks have installed for set-points of their devices; in its hour only of what is foreseen."""
    if proposal.trouble.is_foreseen:
        return ""
    wanted = [
        SetPoint(UUID(step.device_mrid), step.quantity.value, step.to)
        for step in steps_of(proposal)
        if step.quantity in (StepQuantity.ACTIVE_POWER, StepQuantity.REACTIVE_POWER)
    ]
    return " ".join(text for one in wanted for text in order_objections(one, as_of=live.as_of))


def _keep_picture(proposal: Proposal, found: Checked, live: Live) -> None:
    """Of what people are looking at, unless somebody has decided meanwhile."""
    if found.flows is None or not Proposal.objects.filter(pk=proposal.pk, status__in=_UNDECIDED).exists():
        return
    told = asdict(framed(*found.flows, as_of_ms=1000 * live.as_of.timestamp()))
    ProposalPicture.objects.update_or_create(proposal=proposal, defaults=told)


def _customers_said(proposal: Proposal) -> float:
    """A desk that says nothing of customer minutes may not cost any."""
    return float("inf") if proposal.customer_minutes > 0 else 0.0


def _refresh(proposal: Proposal, fields: dict[str, Any]) -> bool:
    """Numbers of the newest state, unless somebody has decided meanwhile."""
    done = Proposal.objects.filter(pk=proposal.pk, status=ProposalStatus.VERIFIED).update(**fields)
    proposal.refresh_from_db()
    return done == 1


def _fields(proposal: Proposal, found: Checked, live: Live) -> dict[str, Any]:
    told: dict[str, Any] = {
        "verified_at": live.as_of,
        "expected_relief": found.relief,
        "ends": found.ends,
        "value_before": found.value_before,
        "value_after": found.value_after,
        "verification": found.document,
        "profile": found.profile,
    }
    if not found.passed or found.low is None or found.high is None or found.relief is None:
        return told
    record = record_for(proposal.desk, proposal.kind, live.as_of)
    low, high = widened(found.low, found.relief, found.high, record)
    return told | {
        "raw_low": found.low,
        "raw_high": found.high,
        "low_relief": low,
        "high_relief": high,
        "raw_confidence": found.confidence,
        "confidence": confidence(found.confidence, record),
    }
