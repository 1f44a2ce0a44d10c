"""The check that comes before anybody sees a proposal."""

from typing import Any

from apps.dispatch.adapters.checking import Checked, Trouble, check
from apps.dispatch.adapters.records import confidence, widened
from apps.dispatch.adapters.steps import Step
from apps.dispatch.choices.proposal import Breach, ProposalStatus
from apps.dispatch.models import Proposal
from apps.dispatch.models import Trouble as TroubleRow
from apps.dispatch.selectors.records import record_for
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish, move


def checked_trouble(row: TroubleRow) -> Trouble:
    return Trouble(Breach(row.breach), tuple(row.elements), row.limit)


def steps_of(proposal: Proposal) -> list[Step]:
    return [Step.of(step) for step in proposal.steps]


def verify_proposal(proposal: Proposal, *, live: Live) -> bool:
    """Whether it passed. What did not is kept with its numbers, and never ranked."""
    found = check(
        live.scene,
        checked_trouble(proposal.trouble),
        steps_of(proposal),
        customers_may_lose=_customers_said(proposal),
        seed=proposal.pk,
    )
    fields = _fields(proposal, found, live)
    if not found.passed:
        finish(proposal, ProposalStatus.FAILED_VERIFICATION, reason=found.reason, as_of=live.as_of, **fields)
        return False
    if ProposalStatus(proposal.status) == ProposalStatus.VERIFIED:
        return _refresh(proposal, fields)
    return move(proposal, ProposalStatus.VERIFIED, as_of=live.as_of, **fields)


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
