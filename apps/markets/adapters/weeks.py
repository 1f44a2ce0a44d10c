"""Parts of a tariff -> what holds in each step."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from apps.markets.choices import TariffKind
from apps.markets.models import TariffPart

FloatArray = npt.NDArray[np.float64]
RASTER = 5  # minutes: parts begin and end on it
RASTER_S = RASTER * 60


def month_table(parts: Iterable[TariffPart], kind: TariffKind) -> FloatArray:
    """Month x weekday x five minutes: the price of a kind, the sum where several hold."""
    table = np.zeros((12, 7, 24 * 3600 // RASTER_S))
    for part in parts:
        if part.kind == kind:
            months = np.array([int(one) - 1 for one in part.months.split(",")])
            days = np.array([int(one) - 1 for one in part.weekdays])
            table[np.ix_(months, days, np.arange(part.from_minute // RASTER, part.to_minute // RASTER))] += part.price
    return table


def local_places(starts_at: datetime, steps: int, step_s: int, clock: ZoneInfo) -> npt.NDArray[np.int64]:
    """Month, weekday and five minutes of the local clock, of every five minutes of the steps."""
    raster = timedelta(seconds=RASTER_S)
    count = steps * step_s // RASTER_S
    moments = ((starts_at + n * raster).astimezone(clock) for n in range(count))
    rows = [(at.month - 1, at.weekday(), (at.hour * 60 + at.minute) // RASTER) for at in moments]
    return np.array(rows, dtype=np.int64).reshape(count, 3)


def course(table: FloatArray, places: npt.NDArray[np.int64], steps: int) -> FloatArray:
    """The mean over each step."""
    fine = table[places[:, 0], places[:, 1], places[:, 2]]
    return np.asarray(fine.reshape(steps, -1).mean(axis=1))
