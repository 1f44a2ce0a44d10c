"""Where crews should wait: numbers by district, so that the expected way to a failure is short and a crew is free.

Each failure is driven to by the nearest crew that is free; a crew is busy with the same probability wherever it waits
(Daskin, Transportation Science 17 (1983) 48: maximum expected covering).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

MOST_BUSY = 0.9
WAITS_H = 8.0  # where all crews are busy: until one has finished


@dataclass(frozen=True, slots=True)
class Staging:
    crews: IntArray  # per district
    response_h: float  # expected, weighted by expected failures; nan without a crew or a failure
    busy: float  # share of the time
    even_response_h: float  # of the same number spread evenly, for comparison
    reason: str = ""


def stage_crews(failures: FloatArray, travel_h: FloatArray, crews: int, *, repair_h: float, hours: float) -> Staging:
    """failures: expected per district within `hours`; travel_h: districts x districts, from where a crew waits.

    Crews are placed one by one where they help most, then moved while a move helps.
    """
    count = len(failures)
    if not count or crews < 1 or failures.sum() <= 0:
        reason = "There is no crew to place." if crews < 1 else "No failure is expected anywhere."
        return Staging(np.zeros(count, np.int64), float("nan"), float("nan"), float("nan"), reason)
    busy = min(MOST_BUSY, float(failures.sum()) * repair_h / (crews * hours))
    weight = failures / failures.sum()
    placed = np.zeros(count, np.int64)
    for _ in range(crews):
        placed[_best_place(placed, weight, travel_h, busy)] += 1
    placed = _moved(placed, weight, travel_h, busy)
    even = np.bincount(np.arange(crews) % count, minlength=count)
    return Staging(placed, response(placed, weight, travel_h, busy), busy, response(even, weight, travel_h, busy))


def response(placed: IntArray, weight: FloatArray, travel_h: FloatArray, busy: float) -> float:
    """Expected hours to a failure: the k-th nearest crew comes with probability (1 - busy) busy^(k-1)."""
    sources = np.repeat(np.arange(len(placed)), placed)
    ways = np.sort(travel_h[sources], axis=0)
    chance = (1 - busy) * busy ** np.arange(len(sources))
    none_free = busy ** len(sources)
    longest = ways[-1] if len(sources) else np.zeros(len(weight))
    return float(weight @ (chance @ ways + none_free * (WAITS_H + longest)))


def _best_place(placed: IntArray, weight: FloatArray, travel_h: FloatArray, busy: float) -> int:
    return int(np.argmin([response(_with(placed, one), weight, travel_h, busy) for one in range(len(placed))]))


def _with(placed: IntArray, district: int) -> IntArray:
    more = placed.copy()
    more[district] += 1
    return more


def _moved(placed: IntArray, weight: FloatArray, travel_h: FloatArray, busy: float) -> IntArray:
    best, least = placed, response(placed, weight, travel_h, busy)
    while True:
        found = False
        for source in np.flatnonzero(best):
            fewer = best.copy()
            fewer[source] -= 1
            there = _best_place(fewer, weight, travel_h, busy)
            tried = _with(fewer, there)
            if (value := response(tried, weight, travel_h, busy)) < least - 1e-12:
                best, least, found = tried, value, True
                break
        if not found:
            return best
