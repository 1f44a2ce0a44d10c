"""What wear costs plants: worked out where the cost of a battery is known, else as it was entered."""

from collections.abc import Sequence

from apps.storage.adapters.feeders import Wear
from apps.storage.models import StoragePlant, WearPrice


def wears_of(plants: Sequence[StoragePlant]) -> dict[int, Wear]:
    """By plant, the newest price. One query, however many there are."""
    rows = WearPrice.objects.filter(plant__in=[plant.pk for plant in plants]).order_by("plant_id", "-as_of")
    found = {row.plant_id: _worked_out(row) for row in rows.distinct("plant_id")}
    return {plant.pk: found.get(plant.pk) or Wear(plant.wear_per_kwh) for plant in plants}


def _worked_out(row: WearPrice) -> Wear:
    return Wear(row.per_kwh, tuple(row.depth_share), tuple(row.depth_per_kwh), row.basis)
