"""Which series is measured by one point alone: its forecast is one of that point."""

from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from apps.forecasts.models import Series
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint


def forecasts_of_points(points: Sequence[int]) -> list[dict[str, Any]]:
    """In the order asked for; without those that no series is measured by. The point's value is kw times the factor."""
    rows = MeasurementPoint.objects.filter(pk__in=points, quantity=Quantity.ACTIVE_POWER)
    found = {key: (str(mrid), side) for key, mrid, side in rows.values_list("pk", "equipment_mrid", "side")}
    if not found:
        return []
    measured = reduce(or_, (Q(source__terms__contains=[[[mrid, side]]]) for mrid, side in found.values()))
    known: dict[tuple[str, str], dict[str, Any]] = {}
    for one in Series.objects.in_use().filter(measured).order_by("-subject", "pk"):
        known |= _measured_by(one)
    return [{"point": key} | known[found[key]] for key in points if found.get(key) in known]


def _measured_by(series: Series) -> dict[tuple[str, str], dict[str, Any]]:
    """Nothing of what is measured by several points together."""
    terms = series.source["terms"]
    if len(terms) != 1:
        return {}
    name = str(series)
    return {(mrid, side): {"series": series.pk, "name": name, "factor": 1 / factor} for mrid, side, factor in terms[0]}
