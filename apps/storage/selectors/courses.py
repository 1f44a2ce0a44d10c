"""Samples of racks over a span, by the engine's names."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import numpy as np

from apps.storage.adapters.charge import Course
from apps.storage.choices import READING_OF
from apps.storage.models import Rack
from apps.telemetry.adapters import VALIDITY_MASK, Quality, Rows
from apps.telemetry.models import MeasurementPoint
from apps.telemetry.selectors.history import read_samples_of

FOLLOWED = ("state_of_charge", "dc_current", "cell_voltage_avg")


def courses_of(
    racks: Sequence[Rack], quantities: Sequence[str], *, start: datetime, end: datetime
) -> dict[UUID, dict[str, Course]]:
    """By mRID of the rack. Two queries, however many there are."""
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=[rack.mrid for rack in racks], quantity__in=quantities)
    points = {key: (mrid, quantity) for key, mrid, quantity in rows.values_list("pk", "equipment_mrid", "quantity")}
    samples: Mapping[int, Rows] = read_samples_of(list(points), start, end) if points else {}
    found: dict[UUID, dict[str, Course]] = {}
    for key, told in samples.items():
        mrid, quantity = points[key]
        name, scale = READING_OF[quantity]
        found.setdefault(mrid, {})[name] = _course(told, scale)
    return found


def _course(rows: Rows, scale: float) -> Course:
    good = (rows.quality & VALIDITY_MASK) != int(Quality.INVALID)
    return Course(rows.at_us[good] / 1e6, scale * np.asarray(rows.mean[good], np.float64))
