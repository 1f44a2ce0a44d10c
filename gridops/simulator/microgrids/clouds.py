"""Clouds that pass over the plants of one part: they come and go within seconds, now and then, or when told."""

import numpy as np

CLEAR_S, COVERED_S = 1500.0, 240.0  # on average, in the time of the profiles
DEPTH = (0.25, 0.7)  # what is taken of the power
EDGE_S = 12.0  # wall seconds in which an edge of a cloud passes over a plant


class Clouds:
    def __init__(self, generator: np.random.Generator, *, exact: bool = False) -> None:
        """exact: they turn at the same instants however long the steps are."""
        self._generator, self._is_exact = generator, exact
        self.share = 1.0  # of what the plants would give under the weather of the region
        self._goal = 1.0
        self._left_s = float(generator.exponential(CLEAR_S))
        self._told_s = 0.0

    def come(self, share: float, lasting_s: float) -> None:
        """The instructor's: so much is left for so many wall seconds."""
        self._goal, self._told_s = min(max(share, 0.0), 1.0), lasting_s

    def step(self, wall_s: float, energy_s: float) -> float:
        if self._told_s > 0:
            self._told_s -= wall_s
            if self._told_s <= 0:
                self._goal, self._left_s = 1.0, float(self._generator.exponential(CLEAR_S))
        else:
            self._left_s -= energy_s
            while self._left_s <= 0:
                self._turn()
        reach = wall_s / EDGE_S
        self.share += min(max(self._goal - self.share, -reach), reach)
        return self.share

    def _turn(self) -> None:
        is_clear = self._goal >= 1.0
        self._goal = 1.0 - float(self._generator.uniform(*DEPTH)) if is_clear else 1.0
        lasting_s = float(self._generator.exponential(COVERED_S if is_clear else CLEAR_S))
        self._left_s = lasting_s + (self._left_s if self._is_exact else 0.0)
