"""What a microgrid expects of its own series, from nothing but what it has seen of them so far.

Each lead time has candidates (what is now, the same step yesterday, the mean of the last days at that step, that mean
carried on with the present departure from it, the same step a week ago), weighed by the inverse of the squared errors
that they made at that lead so far. Source of the weights: J. Bates and C. Granger, The combination of forecasts,
Operational Research Quarterly 20 (1969).
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.optimization.storage.program import Index

DAYS = 7  # of which the mean is made, and a week
JUDGED_DAYS = 7  # by which candidates are judged
FADES_H = 6.0  # the present departure from the mean is down to a third after this
OUTER = 0.3, 0.4, 0.3  # weights of P10, P50, P90: D. Keefer and S. Bodily, Management Science 29 (1983)
QUANTILES = 0.1, 0.5, 0.9
SURE = 1e-12
LEAST_OUTAGES = 0.5  # counted before any is seen


@dataclass(frozen=True, slots=True)
class Expected:
    """Of one series, for the H steps after the last one seen."""

    value: FloatArray  # (H,)
    error: FloatArray  # (H, E) what was minus what was expected at that lead in the past, nan where not known
    basis: str  # in words

    def quantile(self, share: float) -> FloatArray:
        """(H,) the value with the errors' quantile; the value itself while no error is known."""
        known = np.isfinite(self.error).any(axis=1)
        shift = np.zeros(len(self.value))
        if known.any():
            shift[known] = np.nanquantile(self.error[known], share, axis=1)
        return np.asarray(self.value + shift)


def expected(seen: FloatArray, steps: int, day_steps: int, step_h: float, *, least: float = -np.inf) -> Expected:
    """seen: (t + 1,) with the present one last, finite. steps: how many ahead. day_steps: steps of a day.

    least: no value is below it. Raises ValueError for an empty series.
    """
    if not len(seen):
        raise ValueError("series: a forecast wants at least the present value.")
    origin = np.arange(max(0, len(seen) - 1 - JUDGED_DAYS * day_steps), len(seen))
    value, errors = np.empty(steps), np.full((steps, len(origin)), np.nan)
    for lead in range(1, steps + 1):
        found = _candidates(seen, origin, lead, day_steps, step_h)  # (candidates, origins)
        past = origin + lead < len(seen)
        truth = seen[(origin + lead)[past]]
        weight = _earned(found, past, truth)
        value[lead - 1] = weight @ np.where(weight > 0, found[:, -1], 0.0)
        if past.any():
            known = np.where(np.isfinite(found[:, past]), weight[:, None], 0.0)
            share = known.sum(axis=0)
            told = np.where(
                share > 0, (known * np.nan_to_num(found[:, past])).sum(axis=0) / np.maximum(share, SURE), np.nan
            )
            errors[lead - 1, past] = truth - told
    days = len(seen) / day_steps
    basis = "what is now" if days < 1 else f"the last {min(days, DAYS):.0f} days and what is now"
    return Expected(np.maximum(value, least), errors, basis)


def _candidates(seen: FloatArray, origin: Index, lead: int, day: int, step_h: float) -> FloatArray:
    """(5, origins); nan where the past does not reach."""
    target = origin + lead
    ahead = -(-lead // day)  # days back that are needed to be at or before the origin
    back = np.stack([_at(seen, target - (ahead + n) * day) for n in range(DAYS)])
    usual = _mean(back)
    now = _mean(np.stack([_at(seen, origin - (n + 1) * day) for n in range(DAYS)]))
    carried = usual + np.exp(-lead * step_h / FADES_H) * (seen[origin] - now)
    week = _at(seen, target - DAYS * day * -(-lead // (DAYS * day)))
    return np.stack([seen[origin], back[0], usual, carried, week])


def _at(seen: FloatArray, index: Index) -> FloatArray:
    return np.where(index >= 0, seen[np.maximum(index, 0)], np.nan)


def _mean(values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return np.asarray(np.where(count > 0, np.nan_to_num(values).sum(axis=0) / np.maximum(count, 1), np.nan))


def _earned(found: FloatArray, past: BoolArray, truth: FloatArray) -> FloatArray:
    """(candidates,) weights; without a past yesterday counts where it is known, else what is now."""
    usable = np.isfinite(found[:, -1])
    error = np.where(np.isfinite(found[:, past]), found[:, past] - truth, np.nan)
    count = np.isfinite(error).sum(axis=1)
    judged = usable & (count > 0)
    if not judged.any():
        first = np.zeros(len(found))
        first[1 if usable[1] else 0] = 1.0
        return first
    square = np.nansum(error[judged] ** 2, axis=1) / count[judged]
    weight = np.zeros(len(found))
    weight[judged] = 1.0 / (square + SURE * (1.0 + square.max()))
    return np.asarray(weight / weight.sum())


@dataclass(frozen=True, slots=True)
class GridChances:
    """Of a connection that comes and goes, by what was seen of it so far."""

    lost: float  # probability that it is away a step after it was there
    back: float  # probability that it is there a step after it was away


def grid_chances(seen: FloatArray) -> GridChances:
    """seen: (t + 1,) 1 while the grid is there, 0 while it is away. Counts with half an outage put to them."""
    before, after = seen[:-1] > 0, seen[1:] > 0
    there, away = int(before.sum()), int((~before).sum())
    lost, back = int((before & ~after).sum()), int((~before & after).sum())
    if not lost and not away:
        return GridChances(0.0, 1.0)  # one that never failed is not expected to
    return GridChances((lost + LEAST_OUTAGES) / (there + 1), (back + LEAST_OUTAGES) / (away + 1))


def grid_futures(chances: GridChances, there: bool, steps: int) -> tuple[FloatArray, FloatArray]:
    """(F, steps) courses of the grid's status, and their probabilities (F,): it stays, or it goes in the first step.

    While it is away: it is back after the mean time of an outage. An outage lasts its mean time.
    """
    lasts = max(1, round(1 / chances.back))
    stays = np.ones(steps)
    if not there:
        stays[: lasts - 1] = 0.0
        return stays[None, :], np.ones(1)
    within = 1.0 - (1.0 - chances.lost) ** steps
    if within <= 0:
        return stays[None, :], np.ones(1)
    goes = stays.copy()
    goes[:lasts] = 0.0
    return np.stack([stays, goes]), np.array([1.0 - within, within])
