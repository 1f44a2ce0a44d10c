"""The way in for desks: `propose` takes what they would do, checks it by power flow, and only then lets it be seen."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.assets.selectors.areas import whereabouts
from apps.dispatch.adapters.scene import UNIT
from apps.dispatch.adapters.steps import BadStep, Step, Wanted, read_steps
from apps.dispatch.choices.ahead import FORESEEN_GOOD_FOR
from apps.dispatch.choices.proposal import (
    EXPIRES_AFTER,
    LONGEST_TEXT,
    OPEN_PROPOSALS,
    AutonomyMode,
    Breach,
    ProposalStatus,
)
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.selectors.autonomy import rule_for
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live
from apps.dispatch.services.telling import finish, tell
from apps.dispatch.services.verification import verify_proposal


class Withheld(Refused):
    """It is not proposed: the desk is off there, or a person has just rejected the like of it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a desk says. Costs and times are the desk's word; the effect is worked out here whatever it claims."""

    desk: str
    kind: str
    trouble: Trouble
    steps: Sequence[Wanted]
    title: str = ""
    explanation: str = ""
    claimed_relief: float | None = None  # in the unit of the trouble
    cost_eur: float = 0.0
    customer_minutes: float = 0.0
    emissions_kg: float = 0.0
    time_to_effect_s: float = 30.0
    moved_kw: float = 0.0
    versions: Mapping[str, Any] = field(default_factory=dict)  # of the desk's own inputs and model


def propose(draft: Draft, *, live: Live, by: User | None = None) -> Proposal:
    """The same steps for the same trouble by the same desk are one proposal while it is open: it is checked anew.

    Raises Refused where a step cannot be, and Withheld where the proposal is not wanted.
    """
    try:
        steps = read_steps(draft.steps, live.scene.base, live.scene.place)
    except BadStep as fault:
        raise Refused(str(fault)) from fault
    feeder = _feeder(draft.trouble, steps)
    _must_be_wanted(draft, steps, feeder, live.as_of)
    fixed = {
        "devices": sorted({step.device_mrid for step in steps}),
        "feeder_mrid": feeder,
        "unit": UNIT[Breach(draft.trouble.breach)],
        "created_at": live.as_of,
        "proposed_by": by,
    }
    proposal = _stored(draft, _key(steps), _fresh(draft, steps, live), fixed)
    if ProposalStatus(proposal.status) in (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED):
        verify_proposal(proposal, live=live)
    return proposal


def supersede_others(*, desk: str, trouble: Trouble, kept: Collection[int], as_of: datetime) -> int:
    """What the desk's newest run did not say again is no longer its word."""
    gone = 0
    for status in (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED):
        rows = Proposal.objects.filter(desk=desk, trouble=trouble, status=status).exclude(pk__in=kept)
        for proposal in rows:
            reason = "A newer run of the desk did not propose it again."
            gone += finish(proposal, ProposalStatus.SUPERSEDED, reason=reason, as_of=as_of)
    return gone


def expire_proposals(*, as_of: datetime) -> int:
    """Nobody is shown what was checked against a state of long ago."""
    past = 0
    for status in (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED):
        for proposal in Proposal.objects.filter(status=status, expires_at__lte=as_of):
            reason = "Nobody decided on it while it was good."
            past += finish(proposal, ProposalStatus.EXPIRED, reason=reason, as_of=as_of)
    return past


def _must_be_wanted(draft: Draft, steps: Sequence[Step], feeder: UUID | None, as_of: datetime) -> None:
    rule = rule_for(draft.desk, feeder)
    if rule is not None and rule.mode == AutonomyMode.OFF:
        raise Withheld(f"{rule}. Reason: {rule.reason}")
    rejected = _rejected(draft, steps, as_of)
    if rejected is not None:
        until = f"{rejected.withheld_until:%H:%M} UTC" if rejected.withheld_until else ""
        raise Withheld(f"Proposal {rejected.pk} of the kind was rejected: {rejected.reason} Held back until {until}.")


def _rejected(draft: Draft, steps: Sequence[Step], as_of: datetime) -> Proposal | None:
    """A person has said no to the same kind on one of these devices for the same sort of trouble, and not long ago."""
    devices = {step.device_mrid for step in steps}
    rows = Proposal.objects.filter(
        status=ProposalStatus.REJECTED,
        desk=draft.desk,
        kind=draft.kind,
        trouble__breach=draft.trouble.breach,
        withheld_until__gt=as_of,
    )
    return next((row for row in rows.order_by("-decided_at") if devices & set(row.devices)), None)


def _feeder(trouble: Trouble, steps: Sequence[Step]) -> UUID | None:
    """Of the trouble; else of the first device: by it a person says how freely the desk may act."""
    if trouble.feeder_mrid is not None:
        return trouble.feeder_mrid
    first = UUID(steps[0].device_mrid)
    found = whereabouts([first]).get(first)
    return found.feeder if found else None


def _key(steps: Sequence[Step]) -> str:
    told = [[step.device_mrid, step.quantity.value, step.to] for step in steps]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _stored(draft: Draft, key: str, fresh: dict[str, Any], fixed: dict[str, Any]) -> Proposal:
    found = _open(draft, key)
    if found is not None:
        return _refreshed(found, fresh)
    told = {"trouble": draft.trouble, "desk": draft.desk[:30], "kind": draft.kind[:40], "key": key}
    try:
        with transaction.atomic():
            proposal = Proposal.objects.create(**told, **fixed, **fresh)
            tell(proposal)
            return proposal
    except IntegrityError:  # another run of the desk was faster
        return Proposal.objects.get(desk=draft.desk, trouble=draft.trouble, key=key, status__in=OPEN_PROPOSALS)


def _open(draft: Draft, key: str) -> Proposal | None:
    return Proposal.objects.open().filter(desk=draft.desk, trouble=draft.trouble, key=key).first()


def _refreshed(proposal: Proposal, fresh: dict[str, Any]) -> Proposal:
    """Only while nobody has decided; what is under way stays as it was approved."""
    undecided = (ProposalStatus.PROPOSED, ProposalStatus.VERIFIED)
    Proposal.objects.filter(pk=proposal.pk, status__in=undecided).update(**fresh)
    proposal.refresh_from_db()
    return proposal


def _fresh(draft: Draft, steps: Sequence[Step], live: Live) -> dict[str, Any]:
    title = draft.title or "; ".join(step.words for step in steps)
    return {
        "title": title[:LONGEST_TEXT],
        "explanation": draft.explanation,
        "steps": [step.document() for step in steps],
        "network_model": live.model,
        "solution": live.solution,
        "versions": {**live.versions, **draft.versions},
        "refreshed_at": live.as_of,
        "expires_at": live.as_of + (FORESEEN_GOOD_FOR if draft.trouble.is_foreseen else EXPIRES_AFTER),
        "claimed_relief": draft.claimed_relief,
        "cost_eur": draft.cost_eur,
        "customer_minutes": draft.customer_minutes,
        "emissions_kg": draft.emissions_kg,
        "time_to_effect_s": draft.time_to_effect_s,
        "moved_kw": draft.moved_kw,
    }
