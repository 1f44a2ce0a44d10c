"""What the clock asks of the storage desk, in its order."""

from collections.abc import Iterable
from datetime import datetime

from apps.storage.choices import Horizon
from apps.storage.models import StoragePlant, StorageSchedule
from apps.storage.services.assessing import assess
from apps.storage.services.earning import settle_day
from apps.storage.services.following import follow
from apps.storage.services.nights import count_warranties, estimate_health
from apps.storage.services.planning import plan_day_ahead, plan_intraday, plan_plant, plan_unplanned
from apps.storage.services.proposing import propose_schedule
from apps.storage.services.wearing import price_wear


def look(*, as_of: datetime) -> int:
    """How many racks are known; their plants stand to their limits as that says.

    A plant that has no schedule yet, as after a start, does not wait for the round of the quarter hour.
    """
    known = follow(as_of=as_of)
    assess(as_of=as_of)
    _proposed(plan_unplanned(as_of=as_of), as_of)
    return known


def plan_hours(*, as_of: datetime) -> int:
    return _proposed(plan_intraday(as_of=as_of), as_of)


def plan_one(*, plant_id: int, horizon: str, as_of: datetime) -> int:
    """The key of the run."""
    plant = StoragePlant.objects.select_related("price_zone").prefetch_related("limits", "settings").get(pk=plant_id)
    row = plan_plant(plant=plant, horizon=Horizon(horizon), as_of=as_of)
    propose_schedule(row, as_of=as_of)
    return row.pk


def plan_tomorrow(*, as_of: datetime) -> int:
    return _proposed(plan_day_ahead(as_of=as_of), as_of)


def look_back(*, as_of: datetime) -> int:
    """What can be told of the days that have ended, once: asked often, and cheap then."""
    price_wear(as_of=as_of)
    done = estimate_health(as_of=as_of) + count_warranties(as_of=as_of)
    return done + settle_day(as_of=as_of)


def _proposed(rows: Iterable[StorageSchedule], as_of: datetime) -> int:
    return sum(propose_schedule(row, as_of=as_of) is not None for row in rows)
