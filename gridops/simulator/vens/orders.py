"""What homes are asked for at a moment."""

from dataclasses import dataclass

import numpy as np

from gridops.simulator.points import FloatArray, IntArray

NORMAL, MODERATE, HIGH, EMERGENCY = range(4)  # OpenADR's SIMPLE


@dataclass(frozen=True, slots=True)
class Orders:
    """One entry a home: a level, and how many kW less it was told to draw (NaN: not told)."""

    level: IntArray
    less_kw: FloatArray

    @classmethod
    def none(cls, count: int) -> "Orders":
        return cls(np.zeros(count, dtype=np.int32), np.full(count, np.nan))

    def depth_level(self) -> IntArray:
        """The level; a figure in kW alone is asked as a high level."""
        return np.where(np.isfinite(self.less_kw) & (self.level == NORMAL), HIGH, self.level)

    @property
    def depth(self) -> FloatArray:
        """From 0, go on as usual, to 1, all that can be spared."""
        return np.asarray(self.depth_level() / EMERGENCY)
