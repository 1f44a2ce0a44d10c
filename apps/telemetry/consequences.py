"""What a new version of the network means for the points: told to whoever compares versions."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet

from apps.assets.consequences import Changed, Consequence
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint, PointLimit

_NAMED = 20


def of_points(changed: Changed) -> Sequence[Consequence]:
    points = MeasurementPoint.objects
    lost = points.filter(equipment_mrid__in=changed.removed).order_by("name")
    watched = PointLimit.objects.filter(
        point__equipment_mrid__in=changed.switched, point__quantity=Quantity.SWITCH_STATE
    ).order_by("point__name")
    measured = set(points.filter(equipment_mrid__in=changed.added).values_list("equipment_mrid", flat=True))
    unmeasured = len(set(changed.added) - measured)
    blind = len(set(changed.added_switches) - measured)
    found = [
        _told(lost, "{} points measure equipment that is removed: their values are kept but no longer used", "name"),
        _told(watched, "{} alarm limits watch switches whose normal position changes: adjust them", "point__name"),
        Consequence(f"{unmeasured} new elements have no point: they will be estimated, not measured"),
        Consequence(f"{blind} of them are switches: they will be taken to be in their normal position"),
    ]
    counts = (True, True, bool(unmeasured), bool(blind))
    return [one for one, counted in zip(found, counts, strict=True) if one and counted]


def _told(rows: QuerySet[Any], text: str, name: str) -> Consequence | None:
    count = rows.count()
    return Consequence(text.format(count), list(rows.values_list(name, flat=True)[:_NAMED])) if count else None
