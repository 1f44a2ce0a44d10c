"""A customer stays out of one event: said on the own page, by telephone, or by the equipment itself."""

from datetime import datetime

from django.db import transaction

from apps.audit import services as audit
from apps.demand_response.choices import LONGEST_TEXT
from apps.demand_response.models import Participation
from apps.demand_response.services.enrolment import Actor
from apps.dispatch.services.call_events import take_out
from apps.dispatch.services.refusal import Refused


@transaction.atomic
def opt_out(*, participation: Participation, reason: str, by: Actor, as_of: datetime) -> Participation:
    """Its VEN is asked no more, also while the event runs. Raises Refused once the event is over."""
    locked = Participation.objects.select_for_update().select_related("stage__call").get(pk=participation.pk)
    if locked.opted_out_at is not None:
        return locked
    if locked.stage.ends_at <= as_of:
        raise Refused("The event is over; there is nothing to stay out of any more.")
    locked.opted_out_at, locked.opt_out_reason, locked.opted_out_by = as_of, reason[:LONGEST_TEXT], by.name[:150]
    locked.save(update_fields=["opted_out_at", "opt_out_reason", "opted_out_by"])
    take_out(locked.stage, ven_id=locked.ven_id, as_of=as_of)
    audit.record(
        actor=by.user,
        action="call.opted-out",
        target=f"call/{locked.stage.call_id}",
        detail={"participation": locked.pk, "by": by.name, "reason": reason[:LONGEST_TEXT]},
        at=as_of,
    )
    return locked
