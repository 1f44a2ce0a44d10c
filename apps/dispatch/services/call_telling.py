"""One way in which a call changes: compare and swap, journal and audit in one transaction."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.choices.call import CALLS, OPEN_CALLS, CallStatus
from apps.dispatch.models import Call
from apps.live import services as live


@transaction.atomic
def move(
    call: Call, new: CallStatus, *, as_of: datetime, by: User | None = None, reason: str = "", **fields: Any
) -> bool:
    """False if it stands elsewhere by now; then nothing was changed."""
    told: dict[str, Any] = {"reason": reason[:300], **fields}
    if new not in OPEN_CALLS:
        told["ended_at"] = as_of
    if not Call.objects.move(call.pk, CallStatus(call.status), new, **told):
        call.refresh_from_db()
        return False
    call.status = new
    for name, value in told.items():
        setattr(call, name, value)
    tell(call, f"call.{new.value}", by=by, as_of=as_of)
    return True


def tell(call: Call, what: str, *, by: User | None, as_of: datetime) -> None:
    payload = {"id": call.pk, "status": call.status, "title": call.title, "reason": call.reason}
    live.record(stream=CALLS, kind=what, subject=str(call.pk), payload=payload)
    detail = {
        "title": call.title,
        "reason": call.reason,
        "program": call.program_name,
        "starts_at": call.starts_at.isoformat(),
        "ends_at": call.ends_at.isoformat(),
        "customers": call.customers,
        "expected_kw": [call.expected_kw_p10, call.expected_kw_p50, call.expected_kw_p90],
        "verdict": call.verdict,
        "rule": str(call.rule) if call.rule else "",
    }
    audit.record(actor=by, action=what, target=f"call/{call.pk}", detail=detail, at=as_of)
