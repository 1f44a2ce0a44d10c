"""What plants of sun and wind could give: from plants like them that nobody holds back, and from their forecasts.

Arrays are plants x steps. Powers in kW, fed in positive; nan where not known. The way of a reference plant is that of
IEC 61400-26-2 (availability of wind plants), where the potential of a machine that stands still is told by its
neighbours.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

LEAST_PEERS, MOST_PEERS = 2, 8
LEAST_QUARTERS = 24  # that a plant must share with its peers before they tell of it
LEAST_SCORES = 8
STILL, GIVES = 0.02, 0.10  # of the rating
LEAST_SIGMA = 0.005  # of the rating


@dataclass(frozen=True, slots=True)
class Estimate:
    """`kw` with one standard deviation, `sigma_kw`; nan where nothing is told."""

    kw: FloatArray
    sigma_kw: FloatArray


@dataclass(frozen=True, slots=True)
class Likeness:
    """How a plant goes with its peers: `slope` of its power per rating over theirs, `spread` around it as a share of
    what is told. nan where too little is known of both."""

    slope: FloatArray
    spread: FloatArray


def alike(per_rating: FloatArray, is_free: BoolArray, *, most: int = MOST_PEERS) -> BoolArray:
    """(N, N), row by row: the other plants that went most like it, at most so many.

    per_rating, is_free: (N, T) of the past. Closeness is the correlation over the steps at which both are free and
    known, drawn towards none by how few those are.
    """
    known = (is_free & np.isfinite(per_rating)).astype(np.float64)
    values = np.where(known > 0, per_rating, 0.0)
    mean = values.sum(axis=1, keepdims=True) / np.maximum(known.sum(axis=1, keepdims=True), 1.0)
    centred = np.where(known > 0, values - mean, 0.0)
    size = np.sqrt((centred**2).sum(axis=1))
    both = known @ known.T
    close = centred @ centred.T / np.maximum(np.outer(size, size), 1e-12) * both / (both + LEAST_QUARTERS)
    np.fill_diagonal(close, -np.inf)
    found = np.zeros(close.shape, np.bool_)
    chosen = np.argsort(-close, axis=1, kind="stable")[:, : min(most, len(close) - 1)]
    np.put_along_axis(found, chosen, True, axis=1)
    return found


def peers(per_rating: FloatArray, is_free: BoolArray, of: BoolArray) -> FloatArray:
    """Mean of those of a plant's peers that are free and known, per plant and step; nan with fewer than two of them.

    per_rating: power over rating, (N, T); is_free: nothing holds the plant back; of: (N, N), as `alike` tells.
    """
    counts = (is_free & np.isfinite(per_rating)).astype(np.float64)
    weights = of.astype(np.float64)
    others, total = weights @ counts, weights @ np.where(counts > 0, per_rating, 0.0)
    return np.where(others >= LEAST_PEERS, total / np.maximum(others, 1.0), np.nan)


def standing_still(per_rating: FloatArray) -> BoolArray:
    """(N, T): gives next to nothing while half of its kind give more than a tenth: it tells nothing of the weather."""
    known = np.isfinite(per_rating).any(axis=0)
    middle = np.full(per_rating.shape[1], np.nan)
    middle[known] = np.nanmedian(per_rating[:, known], axis=0)
    return np.asarray((per_rating <= STILL) & (middle > GIVES), np.bool_)


def likeness(per_rating: FloatArray, told: FloatArray, is_free: BoolArray) -> Likeness:
    """Least squares through zero over the free steps of the past, plant by plant.

    per_rating, told: (N, T), what was and what `peers` tells; is_free: (N, T).
    """
    known = is_free & np.isfinite(per_rating) & np.isfinite(told) & (told > 0)
    was, said = np.where(known, per_rating, 0.0), np.where(known, told, 0.0)
    enough = known.sum(axis=1) >= LEAST_QUARTERS
    square = (said**2).sum(axis=1)
    slope = np.where(enough, (was * said).sum(axis=1) / np.maximum(square, 1e-12), np.nan)
    rest = np.where(known, was - np.nan_to_num(slope)[:, None] * said, 0.0)
    spread = np.sqrt((rest**2).sum(axis=1) / np.maximum(square, 1e-12))
    return Likeness(slope, np.where(enough, spread, np.nan))


def told_by_peers(told: FloatArray, found: Likeness, rated_kw: FloatArray) -> Estimate:
    """What the peers of now say of each plant. told: (N, T) as `peers` gives it; rated_kw: (N,)."""
    size = rated_kw[:, None]
    kw = np.minimum(found.slope[:, None] * told, 1.0) * size
    return Estimate(kw, np.maximum(found.spread[:, None] * told * size, LEAST_SIGMA * size))


def told_by_quantiles(quantiles: FloatArray, levels: FloatArray, rated_kw: FloatArray) -> Estimate:
    """A forecast as median and half the width of its middle 80 %, over that of a normal one.

    quantiles: (N, T, L) ascending; levels: (L,) with 0.1, 0.5 and 0.9 inside their range.
    """
    low, median, high = (_at(quantiles, levels, level) for level in (0.1, 0.5, 0.9))
    return Estimate(median, np.maximum((high - low) / 2.563103, LEAST_SIGMA * rated_kw[:, None]))


def _at(quantiles: FloatArray, levels: FloatArray, level: float) -> FloatArray:
    right = int(np.clip(np.searchsorted(levels, level), 1, len(levels) - 1))
    part = (level - levels[right - 1]) / (levels[right] - levels[right - 1])
    return np.asarray((1 - part) * quantiles[..., right - 1] + part * quantiles[..., right])


def joined(estimates: list[Estimate], rated_kw: FloatArray) -> Estimate:
    """The estimates weighted by the inverse of their variances, each where it says something, within the rating."""
    weights = [np.where(np.isfinite(one.kw) & np.isfinite(one.sigma_kw), one.sigma_kw**-2.0, 0.0) for one in estimates]
    total = np.sum(weights, axis=0)
    kw = np.sum([w * np.nan_to_num(one.kw) for w, one in zip(weights, estimates, strict=True)], axis=0)
    known = total > 0
    divisor = np.where(known, total, 1.0)
    held = np.clip(kw / divisor, 0.0, rated_kw[:, None])
    return Estimate(np.where(known, held, np.nan), np.where(known, divisor**-0.5, np.nan))


def widened(found: Estimate, produced: FloatArray, is_free: BoolArray) -> Estimate:
    """With sigmas as much larger as free plants together stray further from what was told of them than sigmas say: in a
    step where eight of them are known, by that step, else by all of the time.

    All (N, T), of plants of one kind. The scale is robust (1.4826 times the median of the scores' sizes), so that fewer
    than half of the plants may be curtailed without being known to be. A past that was calmer than today, and forecasts
    that are wrong for all of a kind, do not pass for curtailment so. Sigmas never get smaller.
    """
    scores = np.where(is_free, np.abs(produced - found.kw) / found.sigma_kw, np.nan)
    enough = np.isfinite(scores).sum(axis=0) >= LEAST_SCORES
    scale = np.full(scores.shape[1], _spread(scores[np.isfinite(scores)]))
    scale[enough] = [_spread(one[np.isfinite(one)]) for one in scores.T[enough]]
    return Estimate(found.kw, found.sigma_kw * scale)


def _spread(scores: FloatArray) -> float:
    return max(1.4826 * float(np.median(scores)), 1.0) if len(scores) >= LEAST_SCORES else 1.0
