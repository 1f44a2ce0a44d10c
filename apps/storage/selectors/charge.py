"""What is known of the charge of plants."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from apps.storage.models import ChargeState, Rack, StoragePlant

FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class PlantCharge:
    """All racks together; `as_of`: of the rack that was heard longest ago."""

    soc: float
    sigma: float
    as_of: datetime
    racks: int


def charges(plants: Iterable[StoragePlant], *, as_of: datetime) -> dict[int, PlantCharge]:
    """By plant; those of which a rack is not known, or not known any more, are missing."""
    keys = [plant.pk for plant in plants]
    rows = ChargeState.objects.filter(rack__plant__in=keys, as_of__gt=as_of - FRESH).select_related("rack")
    states: dict[int, list[ChargeState]] = {}
    for row in rows.defer("filter"):
        states.setdefault(row.rack.plant_id, []).append(row)
    racks = Counter(Rack.objects.filter(plant__in=keys).values_list("plant_id", flat=True))
    return {key: _together(found) for key, found in states.items() if len(found) == racks[key]}


def _together(states: list[ChargeState]) -> PlantCharge:
    """Errors of racks of one plant are of one kind: they are not taken to cancel out."""
    energy = sum(one.rack.energy_kwh for one in states)
    soc, sigma = (sum(getattr(one, name) * one.rack.energy_kwh for one in states) / energy for name in ("soc", "sigma"))
    return PlantCharge(soc, sigma, min(one.as_of for one in states), len(states))
