"""Days of quarter hours as they lie in rows."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from apps.forecasts.adapters.packed import packed, unpacked
from apps.renewables.choices import STEPS_A_DAY

FloatArray = npt.NDArray[np.float64]


def laid_in(before: bytes | memoryview | None, at: int, values: FloatArray) -> bytes:
    """A day with the values from the quarter hour `at` on; what is not said stays as it was."""
    day = np.full(STEPS_A_DAY, np.nan) if before is None else unpacked(before).copy()
    day[at : at + len(values)] = values
    return packed(day)


def last_known(content: bytes | memoryview) -> int:
    """Behind the last quarter hour of a day that is known."""
    known = np.flatnonzero(np.isfinite(unpacked(content)))
    return int(known[-1]) + 1 if len(known) else 0


def course(days: Mapping[int, bytes | memoryview], *, first: int, end: int) -> FloatArray:
    """Steps since 1970 from `first` to `end` out of days since 1970; nan where there is none."""
    found = np.full(end - first, np.nan)
    for day, content in days.items():
        begin = day * STEPS_A_DAY
        low, high = max(begin, first), min(begin + STEPS_A_DAY, end)
        if low < high:
            found[low - first : high - first] = unpacked(content)[low - begin : high - begin]
    return found
