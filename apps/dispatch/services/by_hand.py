from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import StepQuantity
from apps.dispatch.models import Proposal, Trouble
from apps.dispatch.services.proposals import Draft, propose
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import live_scene

DESK = "person"
KIND = "by-hand"


def propose_by_hand(
    *, trouble: Trouble, steps: Sequence[Mapping[str, Any]], by: User, as_of: datetime, **said: Any
) -> Proposal:
    """A person's own idea, checked and ranked like any desk's. Raises Refused where the state is not known, and for a
    trouble that is not here yet: the state of now does not show it."""
    if trouble.is_foreseen:
        raise Refused("This trouble is foreseen: the state of now does not show it. Propose for a trouble that stands.")
    wanted = [
        Wanted(str(step["device_mrid"]), StepQuantity(step["quantity"]), step["to"], step.get("low"), step.get("high"))
        for step in steps
    ]
    draft = Draft(desk=DESK, kind=KIND, trouble=trouble, steps=wanted, **said)
    proposal = propose(draft, live=live_scene(as_of=as_of), by=by)
    told = {"title": proposal.title, "trouble": str(trouble), "status": proposal.status, "reason": proposal.reason}
    audit.record(actor=by, action="proposal.made", target=f"proposal/{proposal.pk}", detail=told, at=as_of)
    return proposal
