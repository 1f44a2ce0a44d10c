"""Asset health: 0.5 as new to 10 at its end, and what failure probability goes with it.

In the manner of the Common Network Asset Indices Methodology of the British network operators (Ofgem, version 2.1,
2021): the score rises exponentially to 5.5 at the expected life, which duty shortens; the probability of failure is
the first terms of an exponential of the score. Switching and hot-spot life raise the score where they are known.
"""

from dataclasses import dataclass

import numpy as np

NEW, AT_LIFE, WORST = 0.5, 5.5, 10.0
CURVE, FLOOR = 1.087, 4.0
REFERENCE_HOT_SPOT_C, HALVES_LIFE_K = 98.0, 6.0  # IEC 60076-7, paper that is not thermally upgraded
MOST_HOT_SPOT_FACTOR = 8.0
DUTY = ((0.5, 0.90), (0.7, 0.95), (1.0, 1.00), (np.inf, 1.40))  # of the highest loading


@dataclass(frozen=True, slots=True)
class Known:
    """None: not known."""

    age_years: float | None = None
    expected_life_years: float | None = None
    highest_loading: float | None = None  # 1 is the rating
    operations_share: float | None = None  # of the operations that the maker allows
    hot_spot_c: float | None = None  # mean of its hottest hours


@dataclass(frozen=True, slots=True)
class Health:
    """score is None where the age is not known: nothing else gives a level by itself."""

    score: float | None
    rests_on: tuple[str, ...]  # in words
    missing: tuple[str, ...]
    failure_factor: float  # against a sound one; 1 where unknown


def health_of(known: Known) -> Health:
    """Which facts were used and which were missing is told with the score."""
    rests, missing = _words(known)
    if known.age_years is None or not known.expected_life_years or known.expected_life_years <= 0:
        return Health(None, rests, missing, 1.0)
    life = known.expected_life_years / (duty_factor(known.highest_loading) * hot_spot_factor(known.hot_spot_c))
    score = NEW * np.exp(np.log(AT_LIFE / NEW) / life * max(known.age_years, 0.0))
    if known.operations_share is not None:
        score = max(score, AT_LIFE * known.operations_share)
    held = float(np.clip(score, NEW, WORST))
    return Health(held, rests, missing, failure_factor(held))


def duty_factor(highest_loading: float | None) -> float:
    """Above 1 shortens the life; 1 where the loading is not known."""
    if highest_loading is None:
        return 1.0
    return next(factor for most, factor in DUTY if highest_loading <= most)


def hot_spot_factor(hot_spot_c: float | None) -> float:
    """Rate of ageing against 98 degrees: doubles with each 6 K; never below 1, for other causes age a cool one too."""
    if hot_spot_c is None:
        return 1.0
    return float(np.clip(2 ** ((hot_spot_c - REFERENCE_HOT_SPOT_C) / HALVES_LIFE_K), 1.0, MOST_HOT_SPOT_FACTOR))


def failure_factor(score: float) -> float:
    """Probability of failure over that of a sound asset; flat below a score of 4."""
    return _curve(max(score, FLOOR)) / _curve(FLOOR)


def _curve(score: float) -> float:
    x = CURVE * score
    return 1 + x + x**2 / 2 + x**3 / 6


def _words(known: Known) -> tuple[tuple[str, ...], tuple[str, ...]]:
    said = {
        "age": None if known.age_years is None else f"age {known.age_years:.0f} years",
        "expected life": None
        if not known.expected_life_years
        else f"expected life {known.expected_life_years:.0f} years",
        "loading": None if known.highest_loading is None else f"highest loading {100 * known.highest_loading:.0f} %",
        "operations": None if known.operations_share is None else f"{100 * known.operations_share:.0f} % of operations",
        "hot-spot": None if known.hot_spot_c is None else f"hot-spot {known.hot_spot_c:.0f} °C",
    }
    return tuple(one for one in said.values() if one), tuple(name for name, one in said.items() if one is None)
