"""Where chance comes from: drawn one after the other, or sealed, so that a draw follows from what it is for and when.

Sealed draws are the same however often anything else was asked for: whoever plays the same tape meets the same.
"""

import math
from typing import Final

import numpy as np

from gridops.simulator.points import FloatArray

SLOT_S: Final = 60
SLOT_US: Final = SLOT_S * 1_000_000


class Chance:
    """One stream in the order in which it is asked."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator

    def of(self, _what: int, _at_us: int) -> np.random.Generator:
        """For something that happens to element `what` at a time."""
        return self._generator


class SealedChance(Chance):
    def __init__(self, seed: int, stream: int) -> None:
        self._seed, self._stream = seed, stream

    def of(self, what: int, at_us: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, self._stream, what, at_us))


def chance(seed: int, stream: int, *, sealed: bool) -> Chance:
    return SealedChance(seed, stream) if sealed else Chance(np.random.default_rng((seed, stream)))


class SealedCourse:
    """Autoregressive courses of unit variance on a grid of a minute: each minute has white noise of its own.

    It is asked first for the begin of what is played, and never backwards.
    """

    def __init__(self, count: int, memory_s: float, seed: int, stream: int) -> None:
        self._count, self._seed, self._stream = count, seed, stream
        self._keep = math.exp(-SLOT_S / memory_s)
        self._slot: int | None = None
        self._state: FloatArray = np.zeros(count)

    def at(self, at_us: int) -> FloatArray:
        slot = at_us // SLOT_US
        if self._slot is None:
            self._slot, self._state = slot, self._white(slot)
        while self._slot < slot:
            self._slot += 1
            fresh = math.sqrt(1 - self._keep**2) * self._white(self._slot)
            self._state = self._keep * self._state + fresh
        return self._state

    def _white(self, slot: int) -> FloatArray:
        return np.random.default_rng((self._seed, self._stream, slot)).standard_normal(self._count)
