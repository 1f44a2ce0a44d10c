"""What is told of the area's frequency: the newest look at it, and what meters read now."""

import math
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.dispatch.choices.course import OPEN_COURSES
from apps.dispatch.choices.proposal import SETTINGS
from apps.dispatch.models import Course
from apps.renewables.models import StabilityRun
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

BACK, WIDTH, MOST_POINTS = timedelta(minutes=15), 450, 8
MILLIHERTZ = 3


def newest_stability(*, as_of: datetime) -> StabilityRun | None:
    return StabilityRun.objects.filter(as_of__lte=as_of).order_by("-as_of", "-id").first()


def stability_document(run: StabilityRun) -> dict[str, Any]:
    """Without the courses of its plants, which are of now."""
    names = ("id", "outcome", "text", "area", "hours", "response", "strength", "volt_var", "ramps", "engine_version")
    found = {name: getattr(run, name) for name in names}
    return found | {
        "as_of": run.as_of.isoformat(),
        "starts_at": run.starts_at.isoformat(),
        "outcome_label": run.get_outcome_display(),
        "duration_ms": run.duration_ms,
        "shares": [one | {"courses": []} for one in run.shares],
    }


def with_courses(document: dict[str, Any]) -> dict[str, Any]:
    """Settings that are proposed or run now, by plant."""
    mrids = [UUID(one["mrid"]) for one in document["shares"]]
    rows = Course.objects.filter(device_mrid__in=mrids, quantity__in=SETTINGS, status__in=OPEN_COURSES)
    by_plant: dict[str, list[dict[str, Any]]] = {}
    for row in rows.order_by("-id"):
        told = {
            "id": row.pk,
            "quantity": row.quantity,
            "status": row.status,
            "status_label": row.get_status_display(),
            "reason": row.reason,
        }
        by_plant.setdefault(str(row.device_mrid), []).append(told)
    shares = [one | {"courses": by_plant.get(one["mrid"], [])} for one in document["shares"]]
    return document | {"shares": shares}


def frequencies(*, as_of: datetime) -> list[dict[str, Any]]:
    """Each meter's newest value and its last quarter of an hour; that of a node first, then those of plants."""
    rows = MeasurementPoint.objects.filter(quantity=Quantity.FREQUENCY, gateway__is_enabled=True)
    points = list(rows.order_by("gateway_id", "id")[:MOST_POINTS])
    series = telemetry.samples_of(points=points, start=as_of - BACK, end=as_of, width=WIDTH)
    now = telemetry.point_values(points, as_of=as_of)
    return [
        {
            "mrid": str(one.point.mrid),
            "equipment_mrid": str(one.point.equipment_mrid),
            "name": one.point.name,
            "hz": one.value,
            "at": one.at.isoformat() if one.at else None,
            "is_stale": one.is_stale,
            "t": series[one.point.pk].t.round(1).tolist(),
            "mean": [_rounded(value) for value in series[one.point.pk].mean.tolist()],
        }
        for one in now
    ]


def _rounded(value: float) -> float | None:
    return round(value, MILLIHERTZ) if math.isfinite(value) else None
