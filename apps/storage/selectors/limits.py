"""Limits in force: the datasheet's, as far as people have not narrowed them."""

from apps.storage.adapters.limits import Limits, in_force
from apps.storage.models import StoragePlant


def limits_of(plant: StoragePlant) -> Limits:
    """Of the readings that reach us. Prefetch `limits` and `settings` for many."""
    return in_force(plant, list(plant.limits.all()), [one for one in plant.settings.all() if one.lifted_at is None])
