"""Who carried data of customers out is written down, as every other act is."""

from datetime import datetime

from apps.accounts.models import User
from apps.audit import services as audit


def note_export(*, what: str, count: int, by: User, as_of: datetime) -> None:
    audit.record(actor=by, action="demand.exported", target=f"demand/{what}", detail={"rows": count}, at=as_of)
