"""The reserve that a person wishes to be held for an outage, and takes back."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.audit import services as audit
from apps.dispatch.services.refusal import Refused
from apps.live import services as live
from apps.microgrids.choices.readiness import LONGEST_WISH, STREAM
from apps.microgrids.models import Microgrid, ReserveWish


@transaction.atomic
def wish_reserve(
    *, microgrid: Microgrid, reserve_kwh: float, ends_at: datetime, reason: str, by: User, as_of: datetime
) -> ReserveWish:
    """From now on; it takes the place of the wish before. Raises Refused with the field and what to do."""
    if objection := _objection(microgrid, reserve_kwh, ends_at, as_of):
        raise Refused(objection)
    Microgrid.objects.select_for_update().get(pk=microgrid.pk)
    _standing(microgrid, as_of).update(withdrawn_at=as_of, withdrawn_by=by)
    row = ReserveWish.objects.create(
        microgrid=microgrid,
        reserve_kwh=reserve_kwh,
        starts_at=as_of,
        ends_at=ends_at,
        reason=reason,
        entered_by=by,
        entered_at=as_of,
    )
    _tell(row, "microgrids.reserve-wished", by, as_of)
    return row


@transaction.atomic
def withdraw_reserve_wish(*, microgrid: Microgrid, by: User, as_of: datetime) -> ReserveWish:
    """What was worked out holds again. Raises Refused where no wish stands."""
    row = _standing(microgrid, as_of).select_for_update().first()
    if row is None:
        raise Refused("No wish of a reserve stands; there is nothing to withdraw.")
    row.withdrawn_at, row.withdrawn_by = as_of, by
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _tell(row, "microgrids.reserve-withdrawn", by, as_of)
    return row


def _standing(microgrid: Microgrid, as_of: datetime) -> QuerySet[ReserveWish]:
    return ReserveWish.objects.filter(microgrid=microgrid, withdrawn_at__isnull=True, ends_at__gt=as_of)


def _objection(microgrid: Microgrid, reserve_kwh: float, ends_at: datetime, as_of: datetime) -> str:
    capacity = sum(microgrid.members.filter(capacity_kwh__gt=0).values_list("capacity_kwh", flat=True))
    if capacity <= 0:
        return "reserve_kwh: the microgrid has no storage that could hold it; define one first."
    if reserve_kwh > capacity:
        return f"reserve_kwh: its storages hold {capacity:,.0f} kWh; wish for no more than that."
    if ends_at <= as_of:
        return "ends_at: it lies in the past; give a time to come."
    if ends_at - as_of > LONGEST_WISH:
        return f"ends_at: a wish lasts {LONGEST_WISH.days} days at most; wish anew then."
    return ""


def _tell(row: ReserveWish, action: str, by: User, as_of: datetime) -> None:
    target = f"microgrid/{row.microgrid.mrid}"
    detail = {"reserve_kwh": row.reserve_kwh, "ends_at": row.ends_at.isoformat(), "reason": row.reason}
    audit.record(actor=by, action=action, target=target, detail=detail, at=as_of)
    live.record(stream=STREAM, kind="reserve", subject=str(row.microgrid.mrid), payload={"wish": row.pk})
