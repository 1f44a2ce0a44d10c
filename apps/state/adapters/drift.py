"""How far a value has wandered since its meter reported it.

Meters report at different moments, and a value that is seconds old is not the present one. Each point's own history
says how fast it moves: the mean square of its changes, less what its noise explains, per second.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MEMORY = 0.2  # weight of the newest change


class Drift:
    def __init__(self, count: int) -> None:
        self._at_us = np.zeros(count, np.int64)
        self._value = np.full(count, np.nan)
        self._rate = np.full(count, np.nan)  # variance a second

    def variance(
        self, *, value: FloatArray, at_us: npt.NDArray[np.int64], sigma: FloatArray, now_us: int
    ) -> FloatArray:
        """Learn from what is new, then say how uncertain age has made each value, in its unit squared."""
        new = (at_us > self._at_us) & np.isfinite(value)
        comparable = new & np.isfinite(self._value)
        elapsed_s = np.where(comparable, at_us - self._at_us, 1) / 1e6
        change = np.where(comparable, value - self._value, 0.0)
        seen = np.maximum(change**2 - 2 * sigma**2, 0.0) / elapsed_s
        learned = np.where(np.isnan(self._rate), seen, (1 - _MEMORY) * self._rate + _MEMORY * seen)
        self._rate = np.where(comparable, learned, self._rate)
        self._at_us = np.where(new, at_us, self._at_us)
        self._value = np.where(new, value, self._value)
        age_s = np.clip((now_us - at_us) / 1e6, 0.0, None)
        return np.asarray(np.nan_to_num(self._rate) * age_s)
