"""What is known ahead, by place: computed once for all series that share a place."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.features import mean_known
from gridops.engine.forecasting.histories import AnyFloats, At

FloatArray = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]
_DAYS = (1, 3)
_WEEK = 7


class Ahead:
    """`values`: places x steps x columns, from the clock's position `first` on; nan where unknown. `later`: days x the
    same, as forecast that many days more before."""

    def __init__(
        self, clock: Clock, first: int, values: AnyFloats, names: tuple[str, ...], later: AnyFloats | None = None
    ) -> None:
        self.names = names
        self.places = len(values)
        if later is not None and len(later):
            values = np.concatenate([values, *later])
        self._clock, self._first = clock, first
        self._values = np.ascontiguousarray(values.transpose(2, 0, 1), np.float32)  # columns x places x steps
        self._size = self._values.shape[2]
        self._courses: dict[int, Float32Array] = {}

    def columns(
        self, at: At, nearest: IntArray, place: IntArray, days: IntArray | int = 0
    ) -> Iterator[tuple[str, Float32Array]]:
        """At every row's step, an hour about it, over the last days, and against the days that its base is made of.

        `nearest`: days back to the newest day that is known at the issue. `place`: per row; -1 knows nothing. `days`:
        how many of `later` are passed by; the days before are taken as they were known a day before.
        """
        seen = np.where(place >= 0, place + self.places * days, -1)
        hour = max(3600 // self._clock.step_s, 1)
        for number, name in enumerate(self.names):
            now = self._at(self._values[number], seen, at.step)
            yield name, now
            for shift in (-hour, hour):
                yield f"{name}_{shift // hour:+d}h", self._at(self._values[number], seen, at.step + shift)
            for trailing in _DAYS:
                yield f"{name}_{trailing}_days", self._at(self._trailing[trailing][number], seen, at.step)
            yield f"{name}_off", now - self._usual(number, place, at.step, nearest)

    def _at(self, values: Float32Array, place: IntArray, step: IntArray) -> Float32Array:
        usable = (place >= 0) & (step >= 0) & (step < self._size)
        if not values.size:
            return np.full(np.broadcast_shapes(place.shape, step.shape), np.nan, np.float32)
        found = values[np.where(place >= 0, place, 0), np.clip(step, 0, self._size - 1)]
        return np.where(usable, found, np.float32(np.nan))

    @cached_property
    def _trailing(self) -> dict[int, Float32Array]:
        return {days: _means(self._values, days * self._clock.day) for days in _DAYS}

    def _usual(self, number: int, place: IntArray, step: IntArray, nearest: IntArray) -> Float32Array:
        near = np.broadcast_to(nearest, np.broadcast_shapes(place.shape, step.shape))
        found = np.full(near.shape, np.nan, np.float32)
        for days in np.unique(nearest):
            of_days = self._at(self._course(int(days))[number], place, step)
            found = np.where(near == days, of_days, found)
        return found

    def _course(self, nearest: int) -> Float32Array:
        """The mean over the days that a base is made of: the seven newest, and the four newest same weekdays."""
        if nearest not in self._courses:
            weeks = -(-nearest // _WEEK)
            days = self._mean([nearest + k for k in range(_WEEK)])
            weekdays = self._mean([_WEEK * (weeks + k) for k in range(4)])
            self._courses[nearest] = mean_known(np.stack([days, weekdays])).astype(np.float32)
        return self._courses[nearest]

    def _mean(self, days: list[int]) -> Float32Array:
        known_then = self._values[:, : self.places]
        total = np.zeros_like(known_then)
        count = np.zeros(known_then.shape, np.int8)
        step = np.arange(self._size)
        for back in days:
            then = self._clock.before(step + self._first, back) - self._first
            usable = (then >= 0) & (then < self._size)
            values = np.where(usable, known_then[..., np.where(usable, then, 0)], np.nan)
            known = np.isfinite(values)
            total += np.where(known, values, 0)
            count += known
        return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)


def _means(values: Float32Array, steps: int) -> Float32Array:
    """Over the last `steps`, of what is known."""
    known = np.isfinite(values)
    total = np.cumsum(np.where(known, values, 0.0), axis=2, dtype=np.float64)
    count = np.cumsum(known, axis=2)
    if steps < values.shape[2]:
        total[..., steps:] = total[..., steps:] - total[..., :-steps].copy()
        count[..., steps:] = count[..., steps:] - count[..., :-steps].copy()
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
