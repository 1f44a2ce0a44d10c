"""Which battery would have kept plants near their day-ahead plan: asked by a person, played by a worker."""

from datetime import datetime, time
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.models import User
from apps.markets.models import BiddingZone
from apps.renewables.adapters.firming import played
from apps.renewables.choices import FirmingStatus
from apps.renewables.models import FirmingRun, Portfolio, RenewablePlant
from apps.renewables.selectors.errors import days_ahead

NOTHING_KNOWN = "None of these days has both a day-ahead forecast and meters. Ask for more days, or again tomorrow."


def ask_firming(*, of: Portfolio | RenewablePlant, by: User, as_of: datetime, **asked: Any) -> FirmingRun:
    one = {"portfolio": of} if isinstance(of, Portfolio) else {"plant": of}
    return FirmingRun.objects.create(**one, asked_by=by, asked_at=as_of, **asked)


@transaction.atomic
def play_firming(*, run_id: int, as_of: datetime) -> bool:
    """Whether there is a result; where not the row says why. A run that is done stays as it is."""
    run = FirmingRun.objects.select_for_update().get(pk=run_id)
    if run.status != FirmingStatus.WAITING:
        return False
    plants = [run.plant] if run.plant else list(RenewablePlant.objects.filter(portfolio=run.portfolio, is_active=True))
    try:
        run.result = _result(run, [plant for plant in plants if plant is not None], as_of)
        run.status = FirmingStatus.DONE
    except ValueError:
        run.status, run.reason = FirmingStatus.REFUSED, NOTHING_KNOWN
    run.done_at = as_of
    run.save()
    return run.status == FirmingStatus.DONE


def _result(run: FirmingRun, plants: list[RenewablePlant], as_of: datetime) -> dict[str, Any]:
    keys = [plant.series_id for plant in plants]
    past = days_ahead(keys, zone=_zone(run), as_of=as_of, days=run.days)
    return played(run, past.came, past.said, rated_kw=sum(plant.rated_kw for plant in plants))


def _zone(run: FirmingRun) -> BiddingZone:
    """Its gate says which forecast a plan is made of. Without one, noon by the clock of the room."""
    portfolio = run.plant.portfolio if run.plant else run.portfolio
    return (portfolio.zone if portfolio else None) or BiddingZone(time_zone=settings.TIME_ZONE, gate_closes_at=time(12))
