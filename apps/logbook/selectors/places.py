"""What stands in a feeder or a substation, of the equipment that reports its position."""

from functools import lru_cache
from uuid import UUID

from apps.assets import selectors as assets
from apps.assets.selectors.areas import whereabouts
from apps.telemetry.choices import DISCRETE
from apps.telemetry.models import MeasurementPoint


def equipment_in(place: UUID) -> frozenset[UUID]:
    """The place itself, and all that is in it."""
    points = MeasurementPoint.objects.filter(quantity__in=DISCRETE)
    return _equipment_in(place, assets.current_model_id(), points.count())


@lru_cache(maxsize=64)
def _equipment_in(place: UUID, model_id: int | None, n_points: int) -> frozenset[UUID]:
    """Thousands of switches are located once a version of the network and of the point map, not once a page."""
    mrids = MeasurementPoint.objects.filter(quantity__in=DISCRETE).values_list("equipment_mrid", flat=True).distinct()
    located = whereabouts(mrids).items()
    return frozenset({place, *(mrid for mrid, where in located if place in (where.substation, where.feeder))})
