"""What drivers remember of their points: the last value, to be told as old when its device is gone."""

import time
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from apps.telemetry.adapters import Quality
from apps.telemetry.gateway.config import PointAddress
from apps.telemetry.gateway.driver import Values

LOST = int(Quality.INVALID | Quality.OLD_DATA)
NO_VALUES = Values.of([], [])


def joined(parts: Sequence[Values]) -> Values:
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NO_VALUES
    columns = zip(*((one.slot, one.value, one.quality, one.at_us, one.is_backfill) for one in parts), strict=True)
    return Values(*(np.concatenate(column) for column in columns))


def now_us() -> int:
    return time.time_ns() // 1000


class LastValues:
    """Switches change rarely: without a word their last position would pass for the present one."""

    def __init__(self, points: Sequence[PointAddress]) -> None:
        self._value = np.full(max((point.slot for point in points), default=-1) + 1, np.nan)

    def keep(self, values: Values) -> None:
        live = ~values.is_backfill & ((values.quality & LOST) != LOST)
        self._value[values.slot[live]] = values.value[live]

    def value(self, slots: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """nan where nothing was ever heard."""
        return np.asarray(self._value[np.asarray(slots, np.int64)])

    def lost(self, slots: Iterable[int]) -> Values:
        """Those of `slots` that were ever heard, as old as of now; told once, until they come again."""
        gone = np.array(sorted(slots), np.int64)
        gone = gone[np.isfinite(self.value(gone))]
        made = Values.of(gone, self.value(gone), quality=LOST, at_us=now_us())
        self._value[gone] = np.nan
        return made
