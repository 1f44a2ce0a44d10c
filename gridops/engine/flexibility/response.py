"""How much of its rated power equipment of a kind will give at an hour and a temperature, as past events told.

A straight line over the hour of the day and the outdoor temperature, held back towards a level (ridge), with what was
stated before any event counting as a number of events at their mean hour and temperature. Sources: Bayesian linear
regression with a conjugate prior (Bishop, Pattern Recognition and Machine Learning, 3.3); P10 and P90 by its predictive
deviation.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray

HOURS, KELVIN = 2.0, 5.0  # of difference that count alike
HELD_BACK = 1.0  # ridge of both slopes
TENTH = 1.2815515655446004  # of a standard normal deviation
BETWEEN = 2 * TENTH  # deviations from P10 to P90


@dataclass(frozen=True, slots=True)
class Told:
    """(n,) each: share of the rated power that was given; local hour of the event's middle; degrees outdoors, NaN where
    nobody knows them."""

    share: FloatArray
    hour: FloatArray
    temperature_c: FloatArray


def foretold_share(
    told: Told, *, hour: float, temperature_c: float, stated: tuple[float, float, float], counts_as: float
) -> tuple[float, float, float]:
    """P10, P50, P90 of the share, from 0 to 1. stated: P10, P50, P90 before any event, counting as so many events.

    An unknown temperature counts as the mean of the known ones. Raises ValueError where `counts_as` is not positive.
    """
    if counts_as <= 0:
        raise ValueError("What was stated before any event has to count as more than no event.")
    known = np.isfinite(told.share)
    share, hours = told.share[known], told.hour[known]
    warmth = np.append(told.temperature_c[known], temperature_c)
    middle_c = float(np.nanmean(warmth)) if np.isfinite(warmth).any() else 0.0
    warm = (np.nan_to_num(warmth, nan=middle_c) - middle_c) / KELVIN
    rows = np.column_stack([np.ones(len(share)), (hours - _mean(hours, hour)) / HOURS, warm[:-1]])
    at = np.array([1.0, (hour - _mean(hours, hour)) / HOURS, warm[-1]])
    inverse = np.linalg.inv(rows.T @ rows + np.diag([counts_as, HELD_BACK, HELD_BACK]))
    low, middle, high = stated
    line = inverse @ (rows.T @ share + np.array([counts_as * middle, 0.0, 0.0]))
    wrong = float(((share - rows @ line) ** 2).sum()) + counts_as * ((high - low) / BETWEEN) ** 2
    deviation = np.sqrt(wrong / (len(share) + counts_as) * (1.0 + at @ inverse @ at))
    expected = float(at @ line)
    found = np.clip([expected - TENTH * deviation, expected, expected + TENTH * deviation], 0.0, 1.0)
    return float(found[0]), float(found[1]), float(found[2])


def _mean(values: FloatArray, otherwise: float) -> float:
    return float(values.mean()) if len(values) else otherwise
