"""Reserve that is held on devices, by the hour."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.dispatch.models import HeldReserve

FloatArray = npt.NDArray[np.float64]
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Held:
    """By the hour, kW at the meter, and the energy behind it, kWh."""

    up_kw: FloatArray
    down_kw: FloatArray
    up_kwh: FloatArray
    down_kwh: FloatArray


def held_ahead(mrids: Sequence[UUID], *, starts_at: datetime, hours: int, as_of: datetime) -> dict[UUID, Held]:
    """By device; those that hold nothing are missing. What is held in a part of an hour counts for all of it."""
    rows = HeldReserve.objects.filter(
        device_mrid__in=mrids, ended_at=None, told_at__lte=as_of, starts_at__lt=starts_at + hours * HOUR
    )
    found: dict[UUID, Held] = {}
    for row in rows.filter(ends_at__gt=starts_at):
        one = found.setdefault(row.device_mrid, Held(*(np.zeros(hours) for _ in range(4))))
        first = max((row.starts_at - starts_at) // HOUR, 0)
        last = min(-((starts_at - row.ends_at) // HOUR), hours)
        one.up_kw[first:last] += row.up_kw
        one.down_kw[first:last] += row.down_kw
        one.up_kwh[first:last] += row.up_kw * row.backing_h
        one.down_kwh[first:last] += row.down_kw * row.backing_h
    return found
