"""What becomes of a call: published as events of OpenADR once it is approved, moved on by time, withdrawn by people.

An event and the stage's row are one transaction: a process that dies in between leaves both or none.
"""

from datetime import datetime

from django.db import transaction

from apps.accounts.models import User
from apps.dispatch.choices.call import SENT_CALLS, CallStatus, StageStatus
from apps.dispatch.models import Call, CallStage
from apps.dispatch.rules.calls import may_move
from apps.dispatch.services.call_alarms import end_call_alarms, raise_call_alarm
from apps.dispatch.services.call_events import CannotPublish, publish_stage, release_stage, withdraw_stage
from apps.dispatch.services.call_telling import move
from apps.dispatch.services.calls import expire_calls
from apps.dispatch.services.refusal import Refused

_UNDER_WAY = (StageStatus.PUBLISHED, StageStatus.ACTIVE)


def run_calls(*, as_of: datetime) -> int:
    """One round. How many calls changed."""
    changed = expire_calls(as_of=as_of)
    changed += sum(_send(call, as_of) for call in Call.objects.filter(status=CallStatus.APPROVED))
    _move_stages(as_of)
    changed += sum(_move_on(call, as_of) for call in Call.objects.filter(status__in=SENT_CALLS))
    settled = CallStage.objects.filter(released_at__isnull=True, openadr_event__isnull=False)
    for stage in settled.filter(call__settled_at__lte=as_of).select_related("openadr_event"):
        release_stage(stage, as_of=as_of)
    end_call_alarms(as_of=as_of)
    return changed


def cancel_call(*, call_id: int, reason: str, by: User, as_of: datetime) -> Call:
    """Its events are withdrawn in the same transaction. Raises Refused."""
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_id)
        if objection := may_move(call, CallStatus.CANCELLED).reason:
            raise Refused(objection)
        for stage in call.stages.filter(status__in=_UNDER_WAY).select_related("openadr_event"):
            withdraw_stage(stage, reason=reason, as_of=as_of)
        call.stages.filter(status=StageStatus.PLANNED).update(status=StageStatus.CANCELLED, reason=reason[:300])
        if not move(call, CallStatus.CANCELLED, as_of=as_of, by=by, reason=f"{by}: {reason}"):
            raise Refused(f"Somebody was faster: {call.get_status_display().lower()}.")
    return call


def _send(call: Call, as_of: datetime) -> bool:
    """All its stages or none. What begins has to be known before: past its begin nothing is sent."""
    if call.starts_at <= as_of:
        return _failed(call, "Its begin had passed before it could be sent.", as_of)
    try:
        with transaction.atomic():
            for stage in call.stages.filter(status=StageStatus.PLANNED):
                publish_stage(stage, call=call, as_of=as_of)
            return move(call, CallStatus.SCHEDULED, as_of=as_of)
    except CannotPublish as fault:
        return _failed(call, str(fault), as_of)


def _failed(call: Call, reason: str, as_of: datetime) -> bool:
    with transaction.atomic():
        if not move(call, CallStatus.FAILED, as_of=as_of, reason=reason):
            return False
        call.stages.update(status=StageStatus.FAILED, reason=reason[:300])
        raise_call_alarm(call, reason, as_of=as_of)
    return True


def _move_stages(as_of: datetime) -> None:
    rows = CallStage.objects
    rows.filter(status=StageStatus.PUBLISHED, starts_at__lte=as_of).update(status=StageStatus.ACTIVE)
    rows.filter(status=StageStatus.ACTIVE, ends_at__lte=as_of).update(status=StageStatus.COMPLETED)


def _move_on(call: Call, as_of: datetime) -> bool:
    if CallStatus(call.status) == CallStatus.SCHEDULED and call.starts_at <= as_of:
        return move(call, CallStatus.ACTIVE, as_of=as_of)
    if CallStatus(call.status) == CallStatus.ACTIVE and call.ends_at <= as_of:
        return move(call, CallStatus.COMPLETED, as_of=as_of)
    return False
