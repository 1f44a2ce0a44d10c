"""What could be brought in and taken out at once and for an hour, as far as meters tell."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from apps.assets import selectors as assets
from apps.assets.models import BatteryUnit
from apps.telemetry import selectors as telemetry
from apps.telemetry.adapters import VALIDITY_MASK, Quality
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

PERCENT = 100.0
FOR_H = 1.0


@dataclass(frozen=True, slots=True)
class Headroom:
    """kW; None: no battery's meter is heard."""

    up_kw: float | None
    down_kw: float | None
    words: str


def headroom(*, as_of: datetime) -> Headroom:
    """Of batteries whose meters are heard; where their charge is told, no more than it lasts for."""
    model = assets.current_model()
    units = {row.mrid: row for row in BatteryUnit.objects.filter(model=model, rated_s_kva__gt=0)}
    power = newest(units, Quantity.ACTIVE_POWER, as_of)
    charge = newest(units, Quantity.STATE_OF_CHARGE, as_of)
    if not power:
        return Headroom(None, None, "No battery's meter is heard, so nothing is known to be held.")
    rooms = [_room(units[mrid], kw, charge.get(mrid)) for mrid, kw in power.items()]
    up, down = (float(np.sum([room[n] for room in rooms])) for n in (0, 1))
    told = sum(mrid in charge for mrid in power)
    words = (
        f"{len(power)} of {len(units)} batteries are heard; of {told} the charge is told and has to last for an hour."
    )
    return Headroom(up, down, words)


def _room(unit: BatteryUnit, drawn_kw: float, charge: float | None) -> tuple[float, float]:
    up, down = max(unit.rated_s_kva + drawn_kw, 0.0), max(unit.rated_s_kva - drawn_kw, 0.0)
    if charge is None or unit.capacity_kwh <= 0:
        return up, down
    stored = unit.capacity_kwh * min(max(charge / PERCENT, 0.0), 1.0) / FOR_H
    room = unit.capacity_kwh / FOR_H - stored
    return min(up, max(stored + drawn_kw, 0.0)), min(down, max(room - drawn_kw, 0.0))


def newest(mrids: Iterable[UUID], quantity: Quantity, as_of: datetime) -> dict[UUID, float]:
    """By equipment, as far as it is good and not stale."""
    rows = MeasurementPoint.objects.filter(equipment_mrid__in=list(mrids), quantity=quantity)
    told = telemetry.point_values(list(rows), as_of=as_of)
    return {
        one.point.equipment_mrid: float(one.value)
        for one in told
        if one.value is not None and not one.is_stale and (one.quality & VALIDITY_MASK) != Quality.INVALID
    }
