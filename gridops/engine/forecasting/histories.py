"""The past of many series at once: every row sees its own series, up to its own issue and not beyond."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
AnyFloats = npt.NDArray[np.floating[Any]]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class At:
    """Rows to speak of: positions of series, issue and step that broadcast with one another. `since`: what lies before
    it is not looked at."""

    series: IntArray
    issue: IntArray
    step: IntArray
    since: IntArray

    @property
    def shape(self) -> tuple[int, ...]:
        return np.broadcast_shapes(self.series.shape, self.issue.shape, self.step.shape, self.since.shape)


def grid(series: int, issue: int, horizon: int, since: int = 0) -> At:
    """Series x horizon rows of one issue, the issue's own step first."""
    step = issue + np.arange(horizon)[None, :]
    return At(np.arange(series)[:, None], np.array([[issue]]), step, np.array([[since]]))


class Sums:
    """Running sums of series x steps, so that a mean costs two looks."""

    def __init__(self, values: AnyFloats) -> None:
        known = np.isfinite(values)
        self._width = values.shape[1] + 1
        total = np.zeros((len(values), self._width))
        np.cumsum(np.where(known, values, 0.0), axis=1, dtype=np.float64, out=total[:, 1:])
        count = np.zeros((len(values), self._width), np.int32)
        np.cumsum(known, axis=1, dtype=np.int32, out=count[:, 1:])
        self._total, self._count = total.ravel(), count.ravel()

    def mean(self, at: At, steps: int, back: int | IntArray = 0) -> FloatArray:
        """Of the `steps` that end `back` before each issue; nan where none is known. Shape of series and issue."""
        total, count = self.between(at, at.issue - back - steps, at.issue - back)
        return np.where(count > 0, total / np.maximum(count, 1), np.nan)

    def between(self, at: At, begin: IntArray, end: IntArray) -> tuple[FloatArray, IntArray]:
        """Sum and number of what is known from `begin` to `end`."""
        last = np.minimum(at.issue, self._width - 1)
        low, high = np.clip(begin, at.since, last), np.clip(end, at.since, last)
        row = at.series * self._width
        low, high = row + np.minimum(low, high), row + high
        return self._total[high] - self._total[low], self._count[high] - self._count[low]


class Histories:
    """`target`: series x steps, nan where unknown. `week`: steps of seven days."""

    def __init__(self, target: AnyFloats, week: int) -> None:
        self._size = target.shape[1]
        self._flat = np.ascontiguousarray(target).ravel()
        self.values = Sums(target)
        self.sizes = Sums(np.abs(target)) if (target < 0).any() else self.values
        turned = np.full(target.shape, np.nan, np.float32)
        turned[:, week:] = np.abs(target[:, week:] - target[:, :-week]) if self._size > week else 0.0
        self.turns = Sums(turned)
        known = np.where(np.isfinite(target), np.arange(self._size, dtype=np.int32), np.int32(-1))
        self._newest = np.maximum.accumulate(known, axis=1).ravel()

    def at(self, at: At, index: IntArray) -> FloatArray:
        """The values there; nan where they are not known at the issue."""
        usable = (index >= at.since) & (index < np.minimum(at.issue, self._size))
        found = np.take(self._flat, at.series * self._size + np.where(usable, index, 0))
        return np.where(usable, found, np.nan)

    def last(self, at: At) -> tuple[FloatArray, FloatArray]:
        """The newest known value before the issue, and how many steps ago that is; nan where there is none."""
        end = np.clip(at.issue - 1, 0, self._size - 1)
        newest = self._newest[at.series * self._size + end]
        usable = (newest >= at.since) & (at.issue > 0)
        found = np.take(self._flat, at.series * self._size + np.where(usable, newest, 0))
        return np.where(usable, found, np.nan), np.where(usable, at.issue - newest, np.nan).astype(float)
