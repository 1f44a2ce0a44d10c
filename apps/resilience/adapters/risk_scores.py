"""Chances and outcomes to scores, and scores of many runs to one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridops.engine.reliability.hazard.scores import Reliability, brier, reliability, skill

# Chances of a day and feeder are small: bins as wide at the bottom as at the top would show one point.
_BINS = 10


@dataclass(frozen=True, slots=True)
class Scored:
    brier: float
    climatology: float
    bins: list[dict[str, float]]


def scored(said: Sequence[tuple[float, float, bool]]) -> Scored:
    """said: probability, that of climatology, whether it happened."""
    p, past = (np.array([one[n] for one in said], np.float64) for n in (0, 1))
    came = np.array([one[2] for one in said], np.bool_)
    found = reliability(np.sqrt(p), came, _BINS)
    place = np.clip((np.sqrt(p) * _BINS).astype(np.int64), 0, _BINS - 1)
    sums = np.bincount(place, weights=p, minlength=_BINS)
    hits = np.bincount(place, weights=came.astype(np.float64), minlength=_BINS)
    bins = [
        {"count": int(count), "said": float(a), "came": float(b)}
        for count, a, b in zip(found.count, sums, hits, strict=True)
    ]
    return Scored(brier(p, came), brier(past, came), bins)


@dataclass(frozen=True, slots=True)
class Standing:
    """To date; None where nothing has been scored."""

    brier: float | None
    climatology: float | None
    skill: float | None
    calibration_error: float | None
    feeder_days: int
    outages: int
    bins: list[dict[str, Any]]


def standing(scores: Iterable[tuple[int, int, float, float, Sequence[dict[str, float]]]]) -> Standing:
    """scores: feeders, outages, brier, climatology, bins of each run's day."""
    rows = list(scores)
    total = sum(row[0] for row in rows)
    if not total:
        return Standing(None, None, None, None, 0, 0, [])
    own = sum(row[0] * row[2] for row in rows) / total
    past = sum(row[0] * row[3] for row in rows) / total
    summed = [{name: sum(row[4][n][name] for row in rows) for name in ("count", "said", "came")} for n in range(_BINS)]
    count = np.array([one["count"] for one in summed], np.int64)
    with np.errstate(invalid="ignore"):
        said = np.array([one["said"] for one in summed]) / count
        came = np.array([one["came"] for one in summed]) / count
    gain = skill(own, past)
    return Standing(
        own,
        past,
        gain if np.isfinite(gain) else None,
        Reliability(count, said, came).error,
        total,
        sum(row[1] for row in rows),
        [
            {"count": int(n), "forecast": float(a), "observed": float(b)}
            for n, a, b in zip(count, said, came, strict=True)
            if n
        ],
    )
