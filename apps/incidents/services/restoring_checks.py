"""What dispatch asks of incidents: what must not be put under voltage, and before each step whether it still holds."""

from datetime import datetime

from apps.dispatch.adapters.checking import on_the_way
from apps.dispatch.models import Proposal
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import live_scene
from apps.dispatch.services.verification import steps_of
from apps.incidents.choices.restoring import DESK, RETURN_DESK
from apps.incidents.models import Incident
from apps.incidents.selectors.restoring import faulted_elements

DESKS = (DESK, RETURN_DESK)


def faulted(*, as_of: datetime) -> dict[str, str]:
    return faulted_elements()


def check_step(proposal_id: int, number: int, *, as_of: datetime) -> str:
    """The state of now with the steps that are left: the fault still parted from them, and no limit newly broken."""
    proposal = Proposal.objects.select_related("trouble").get(pk=proposal_id)
    if not Incident.objects.open().filter(number=proposal.trouble.source).exists():
        return f"{proposal.trouble.source} is open no more."
    try:
        live = live_scene(as_of=as_of)
    except Refused as unknown:
        return str(unknown)
    return on_the_way(live.scene, steps_of(proposal)[number - 1 :], faulted=faulted_elements())
