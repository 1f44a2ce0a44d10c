"""The reserve that a schedule has to keep now, with its reason."""

from dataclasses import dataclass
from datetime import datetime

from apps.microgrids.choices.readiness import FRESH, ReserveBasis
from apps.microgrids.models import Microgrid, ReadinessRun, ReserveWish


@dataclass(frozen=True, slots=True)
class ReserveNow:
    """Usable energy of the storages above their least charge, to be held until `until`; None: nothing is held."""

    reserve_kwh: float
    until: datetime | None
    basis: ReserveBasis
    reason: str
    cost_eur: float | None = None  # of holding it, where that was worked out
    wish_id: int | None = None


NO_RESERVE = ReserveNow(0.0, None, ReserveBasis.NONE, "No reserve is held: none is wished and none was worked out.")


def reserve_now(microgrid: Microgrid, *, as_of: datetime) -> ReserveNow:
    """A person's wish goes before what was worked out."""
    wish = wish_now(microgrid, as_of=as_of)
    if wish is not None:
        reason = f"{wish.entered_by.get_username()} wishes it: {wish.reason}"
        return ReserveNow(wish.reserve_kwh, wish.ends_at, ReserveBasis.WISH, reason, wish_id=wish.pk)
    run = latest_reserve_run(microgrid, as_of=as_of)
    if run is None or run.reserve_kwh is None or (run.reserve_until is not None and run.reserve_until <= as_of):
        return NO_RESERVE
    reason = str(run.reserve.get("reason", ""))
    return ReserveNow(run.reserve_kwh, run.reserve_until, ReserveBasis.COMPUTED, reason, run.reserve_cost_eur)


def wish_now(microgrid: Microgrid, *, as_of: datetime) -> ReserveWish | None:
    return ReserveWish.objects.in_force(as_of).filter(microgrid=microgrid).select_related("entered_by").first()


def latest_reserve_run(microgrid: Microgrid, *, as_of: datetime) -> ReadinessRun | None:
    rows = ReadinessRun.objects.filter(microgrid=microgrid, as_of__lte=as_of, as_of__gt=as_of - FRESH)
    return rows.filter(reserve_kwh__isnull=False).order_by("-as_of").first()
