from collections.abc import Collection
from datetime import datetime

from django.utils import timezone

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.dispatch.choices.ahead import ACT_AHEAD
from apps.dispatch.choices.proposal import OBSERVED_WITHIN, UNDER_WAY, AutonomyMode, ProposalStatus
from apps.dispatch.choices.tag import TagKind
from apps.dispatch.models import Autonomy, Proposal, Tag
from apps.dispatch.rules.verdict import Verdict


def may_be_approved(proposal: Proposal, *, model_id: int | None, tags: Collection[Tag], as_of: datetime) -> Verdict:
    """Whether the check of it still stands for the grid as it is."""
    status = ProposalStatus(proposal.status)
    hold = next((tag for tag in tags if tag.kind == TagKind.HOLD), None)
    objections = (
        (status in UNDER_WAY, "It has been approved already."),
        (status != ProposalStatus.VERIFIED, f"It cannot be approved any more: {_stands(proposal)}"),
        (proposal.is_past(as_of), "It has expired. Wait for the next run, which checks it anew."),
        (proposal.network_model_id != model_id, "The network has another version since. It is checked anew first."),
        (hold is not None, f"{hold.equipment_name if hold else ''} has a hold tag, so it must not be operated."),
        (is_early(proposal, as_of), "It is for a trouble that is foreseen for later. Approve it in the hour before."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def is_early(proposal: Proposal, as_of: datetime) -> bool:
    """What is foreseen may still change; before its hour nothing is done about it."""
    begins_at = proposal.trouble.begins_at
    return begins_at is not None and begins_at - as_of > ACT_AHEAD


def may_go_on(proposal: Proposal, *, model_id: int | None, as_of: datetime) -> Verdict:
    """Whether the next step of what was approved may be ordered: it was checked for this network, and not long ago."""
    objections = (
        (proposal.network_model_id != model_id, "The network has another version since it was checked."),
        (is_late(proposal, as_of), "It was approved, and not carried out in time."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def is_late(proposal: Proposal, as_of: datetime) -> bool:
    return proposal.decided_at is not None and as_of - proposal.decided_at > OBSERVED_WITHIN


def rule_is_off(proposal: Proposal) -> str:
    """Why what a rule has approved waits for a person; empty: a person has approved it, or has taken it over."""
    if proposal.decided_by_id is not None or proposal.confirmed:
        return ""
    is_on = proposal.rule is not None and proposal.rule.mode == AutonomyMode.AUTOMATIC
    return "" if is_on else "The rule that approved it does not act by itself any more."


def may_second(rule: Autonomy, by: User) -> Verdict:
    """Whether this person may agree, as the second one, to what a rule does at critical devices."""
    objections = (
        (rule.mode != AutonomyMode.AUTOMATIC, "The rule does not act by itself, so there is nothing to agree to."),
        (rule.set_by_id == by.pk, "You have set this rule yourself; a second person agrees to it."),
        (not by.may(Permission.APPROVE_ORDERS), "Your role does not approve orders."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())


def seconded_by(proposal: Proposal) -> User | None:
    """Who has agreed to the rule that approved it, while that rule still acts."""
    rule = proposal.rule
    is_on = rule is not None and rule.mode == AutonomyMode.AUTOMATIC and proposal.decided_by_id is None
    return rule.seconded_by if rule is not None and is_on else None


def may_be_rejected(proposal: Proposal) -> Verdict:
    if ProposalStatus(proposal.status) != ProposalStatus.VERIFIED:
        return Verdict(f"It cannot be rejected any more: {_stands(proposal)}")
    return Verdict()


def _stands(proposal: Proposal) -> str:
    words = proposal.get_status_display().lower()
    return f"{words}. {proposal.reason}".strip()


def may_act_alone(
    rule: Autonomy, proposal: Proposal, *, operations_today: int, operations: int, as_of: datetime
) -> Verdict:
    """Whether a rule that a person has switched on approves it."""
    hour, confidence = timezone.localtime(as_of).hour, proposal.confidence or 0.0
    objections = (
        (rule.mode != AutonomyMode.AUTOMATIC, "The rule does not act by itself."),
        (not rule.from_hour <= hour < rule.to_hour, f"The rule acts from {rule.from_hour} to {rule.to_hour} o'clock."),
        (not proposal.ends, "The rule acts only where the trouble is ended."),
        (
            confidence < rule.least_confidence,
            f"It is sure by {confidence:.0%}, the rule wants {rule.least_confidence:.0%}.",
        ),
        (
            proposal.moved_kw > rule.max_kw,
            f"It moves {proposal.moved_kw:.0f} kW, the rule allows {rule.max_kw:.0f} kW.",
        ),
        (
            operations_today + operations > rule.max_operations_per_day,
            f"With it there would be {operations_today + operations} operations today, "
            f"the rule allows {rule.max_operations_per_day}.",
        ),
        (proposal.customer_minutes > 0, "It costs customers their supply: that is for a person to decide."),
    )
    return next((Verdict(text) for holds, text in objections if holds), Verdict())
