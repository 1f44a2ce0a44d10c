"""Has a forecast stopped keeping its word? Evidence that may be looked at every day without alarming by chance.

A bet against the claim is settled every day: while the claim holds, no way of betting is expected to win, so the stake
grows beyond 1 / alpha with a probability of at most alpha, however often one looks (Ville 1939; bets on bounded means:
Waudby-Smith & Ramdas 2024). A day's share is one bet, however much its steps go together. The stake is spread over the
days on which a change may begin, so that a good year does not use it up (mixture of starts).
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
YEAR_DAYS = 365
_BETS = (0.25, 0.5, 0.8)  # of the largest that cannot ruin
_SIDES = 2


@dataclass(frozen=True)
class Evidence:
    """Against: the mean share of a day lies in `low` to `high`. `alpha`: the chance of a false alarm in `days` daily
    looks. `stakes`: of those who already bet, by side and size; `looks`: days so far. Ask `alarms` after each update.
    """

    low: float
    high: float
    alpha: float = 0.05
    days: int = YEAR_DAYS
    stakes: tuple[float, ...] = (0.0,) * (_SIDES * len(_BETS))
    looks: int = 0
    highest: float = 1.0

    def update(self, inside: float, of: float) -> "Evidence":
        """After a day on which `inside` of `of` steps were inside; a day without any tells nothing."""
        if of <= 0:
            return self
        if not 0 <= inside <= of:
            raise ValueError(f"{inside:g} of {of:g} steps cannot be inside")
        entering = 1 / self.days / len(self.stakes) if self.looks < self.days else 0.0
        stakes = (np.array(self.stakes) + entering) * self._odds(inside / of)
        found = Evidence(self.low, self.high, self.alpha, self.days, tuple(stakes.tolist()), self.looks + 1)
        return Evidence(**{**asdict(found), "highest": max(self.highest, found.value)})

    @property
    def value(self) -> float:
        """What the stake of 1 has become; who has not begun keeps his own."""
        return float(np.sum(self.stakes)) + max(1 - self.looks / self.days, 0.0)

    @property
    def alarms(self) -> bool:
        """Whether the evidence has ever reached 1 / alpha."""
        return self.highest >= 1 / self.alpha

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> "Evidence":
        return cls(**{**document, "stakes": tuple(document["stakes"])})

    def _odds(self, share: float) -> FloatArray:
        bets = np.array(_BETS)
        too_few = 1 + bets * (self.low - share) / max(1 - self.low, 1e-9)
        too_many = 1 + bets * (share - self.high) / max(self.high, 1e-9)
        return np.concatenate([too_few, too_many])


def of_coverage(share: float = 0.8, *, tolerance: float = 0.05, alpha: float = 0.05) -> Evidence:
    """That the central band of `share` holds as much, within a tolerance that is not worth an alarm."""
    return Evidence(max(share - tolerance, 0.0), min(share + tolerance, 1.0), alpha)


def of_skill(*, alpha: float = 0.05) -> Evidence:
    """That the model is at least as good as the baseline. Give `update` the baseline's error of the day, and the sum of
    both errors: its part of them is a half or more as long as the model is worth its keep."""
    return Evidence(0.5, 1.0, alpha)
