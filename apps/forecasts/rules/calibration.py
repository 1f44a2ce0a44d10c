"""Does a band hold the share of values that it promises? Judged by evidence: a few days prove nothing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from apps.forecasts.choices import Held

LEAST_DAYS = 7
TOLERANCE = 0.03  # a band that is this near to its promise is kept, however sure one is of the difference
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Coverage:
    """`low` to `high`: between which the true share lies with 95 %. Shares are fractions."""

    nominal: float
    share: float
    low: float
    high: float
    days: int
    verdict: Held


def coverage(nominal: float, inside: Sequence[int], of: Sequence[int]) -> Coverage | None:
    """By day: how many of how many values lay inside. None where none was scored.

    Neighbouring quarter hours err together, so that they are fewer trials than they seem: the binomial doubt is
    widened by how much more the days differ than a binomial would (Wilson's interval on the effective number).
    """
    trials = sum(of)
    if not trials:
        return None
    share, days = sum(inside) / trials, sum(1 for one in of if one)
    low, high = _wilson(share, trials / _inflation(share, inside, of))
    return Coverage(nominal, share, low, high, days, _verdict(nominal, share, low, high, days))


def _inflation(share: float, inside: Sequence[int], of: Sequence[int]) -> float:
    """Pearson's statistic over its degrees of freedom, 1 at least."""
    binomial = share * (1 - share)
    counted = [(found, trials) for found, trials in zip(inside, of, strict=True) if trials]
    if binomial <= 0 or len(counted) < 2:
        return 1.0
    squares = sum((found - trials * share) ** 2 / (trials * binomial) for found, trials in counted)
    return max(squares / (len(counted) - 1), 1.0)


def _wilson(share: float, trials: float) -> tuple[float, float]:
    scale = 1 + _Z**2 / trials
    centre = (share + _Z**2 / (2 * trials)) / scale
    reach = _Z / scale * math.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    return max(centre - reach, 0.0), min(centre + reach, 1.0)


def _verdict(nominal: float, share: float, low: float, high: float, days: int) -> Held:
    if days < LEAST_DAYS:
        return Held.UNKNOWN
    if low <= nominal <= high or abs(share - nominal) <= TOLERANCE:
        return Held.KEPT
    return Held.NARROW if share < nominal else Held.WIDE
