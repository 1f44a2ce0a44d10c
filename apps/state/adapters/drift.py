"""How far a value has wandered since its meter reported it.

Meters report at different moments, and a value that is seconds old is not the present one. Each point's own history
says how fast it moves: the mean square of its changes, less what its noise explains, per second. No point is believed
to move faster, in its own sigmas, than nearly all others do: a meter that starts to lie must not excuse itself.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_MEMORY = 0.2  # weight of the newest change
_NEARLY_ALL = 0.95


class Drift:
    def __init__(self, sigma: FloatArray) -> None:
        self._sigma = np.where(sigma > 0, sigma, np.inf)  # states do not wander
        self._at_us = np.zeros(len(sigma), np.int64)
        self._value = np.full(len(sigma), np.nan)
        self._rate = np.full(len(sigma), np.nan)  # variance a second, in sigmas squared

    def variance(self, *, value: FloatArray, at_us: npt.NDArray[np.int64], now_us: int) -> FloatArray:
        """Learn from what is new, then say how uncertain age has made each value, in its unit squared."""
        new = (at_us > self._at_us) & np.isfinite(value)
        comparable = new & np.isfinite(self._value)
        elapsed_s = np.where(comparable, at_us - self._at_us, 1) / 1e6
        change = np.where(comparable, value - self._value, 0.0) / self._sigma
        seen = np.maximum(change**2 - 2, 0.0) / elapsed_s
        learned = np.where(np.isnan(self._rate), seen, (1 - _MEMORY) * self._rate + _MEMORY * seen)
        self._rate = np.where(comparable, learned, self._rate)
        self._at_us = np.where(new, at_us, self._at_us)
        self._value = np.where(new, value, self._value)
        age_s = np.clip((now_us - at_us) / 1e6, 0.0, None)
        sigma = np.where(np.isfinite(self._sigma), self._sigma, 0.0)
        return np.asarray(self._believed() * sigma**2 * age_s)

    def _believed(self) -> FloatArray:
        moving = np.isfinite(self._rate) & np.isfinite(self._sigma)
        most = np.quantile(self._rate[moving], _NEARLY_ALL) if moving.any() else 0.0
        return np.asarray(np.minimum(np.nan_to_num(self._rate), most))
