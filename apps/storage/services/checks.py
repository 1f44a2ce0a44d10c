"""What dispatch asks of every set-point of a battery, whoever orders it: a limit that it would break, or nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from apps.dispatch.checks import SetPoint
from apps.storage.adapters.bounds import Bounds, Readings, bounds_now
from apps.storage.adapters.planning import safety_objection
from apps.storage.models import StoragePlant
from apps.storage.selectors.charge import charges
from apps.storage.selectors.limits import limits_of
from apps.storage.selectors.readings import readings_of, tripped_plants
from apps.storage.selectors.schedules import planned_soc
from apps.telemetry.choices import Quantity

SOON = timedelta(minutes=30)  # a course that begins later begins with the charge that is planned for then
GRID = timedelta(minutes=1)


def check_order(wanted: SetPoint, *, as_of: datetime) -> str:
    """A release gives the battery back to its own management, which keeps its limits by itself."""
    if wanted.value is None or wanted.quantity != Quantity.ACTIVE_POWER:
        return ""
    plant = _plant(wanted.device_mrid)
    return plant_bounds(plant, as_of=as_of).objection(plant, wanted.value) if plant else ""


def check_course(
    device_mrid: UUID, quantity: str, steps: Sequence[tuple[datetime, float]], *, ends_at: datetime, as_of: datetime
) -> str:
    plant = _plant(device_mrid) if quantity == Quantity.ACTIVE_POWER else None
    if plant is None:
        return ""
    soc = _soc_at(plant, steps[0][0], as_of)
    if soc is None:
        return f"{plant.name}: its state of charge is not known, so no course of it can be held against its limits."
    if plant.pk in tripped_plants([plant]) and any(value for _, value in steps):
        return f"{plant.name} has tripped; it moves again when that was reset on the spot and told here."
    objection = safety_objection(plant, limits_of(plant), soc, _by_the_minute(steps, ends_at), step=GRID)
    return f"{plant.name}: {objection}" if objection else ""


def plant_bounds(plant: StoragePlant, *, as_of: datetime) -> Bounds:
    """A plant of which no rack is known is one of which nothing is known."""
    readings = readings_of([plant], as_of=as_of).get(plant.pk) or Readings([plant.name], {})
    return bounds_now(limits_of(plant), readings, is_tripped=plant.pk in tripped_plants([plant]))


def _plant(mrid: UUID) -> StoragePlant | None:
    return StoragePlant.objects.filter(mrid=mrid).prefetch_related("limits", "settings").first()


def _soc_at(plant: StoragePlant, at: datetime, as_of: datetime) -> float | None:
    planned = planned_soc(plant, at, as_of=as_of) if at - as_of > SOON else None
    known = charges([plant], as_of=as_of).get(plant.pk)
    return planned if planned is not None else known.soc if known else None


def _by_the_minute(steps: Sequence[tuple[datetime, float]], ends_at: datetime) -> np.ndarray:
    ends = [at for at, _ in steps[1:]] + [ends_at]
    counts = [max(round((end - at) / GRID), 1) for (at, _), end in zip(steps, ends, strict=True)]
    return np.repeat(np.array([value for _, value in steps], np.float64), counts)
