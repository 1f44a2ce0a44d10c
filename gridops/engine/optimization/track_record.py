"""What a recommender's word has been worth: arithmetic on its receipts.

Effects are reliefs of the trouble, in any one unit per receipt (pu, share of the rating, kW): each receipt is judged
in its own unit, so that sums over receipts go over ratios and never over units.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray

SHARE = 0.8  # of receipts that should lie inside the stated band
FULL_WEIGHT = 20  # receipts after which a record speaks for itself
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0)
_PRIOR_HITS, _PRIOR = 4.0, 5.0  # before any receipt, four of five are believed


@dataclass(frozen=True, slots=True)
class Receipts:
    """Per receipt, oldest first."""

    expected: FloatArray
    low: FloatArray  # of the stated 80 % band
    high: FloatArray
    realised: FloatArray
    confidence: FloatArray  # stated, that it ends the trouble
    ends: BoolArray  # it would have been, or was, ended
    said_ends: BoolArray
    # What the state and the model alone gave, before any record: corrections are learnt on these, or they would chase
    # themselves.
    raw_low: FloatArray
    raw_high: FloatArray
    raw_confidence: FloatArray

    def __len__(self) -> int:
        return len(self.expected)


@dataclass(frozen=True, slots=True)
class Bin:
    """Receipts whose stated confidence lies in [low, high); the last bin has its end too."""

    low: float
    high: float
    count: int
    stated: float
    came_true: float


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Shares from 0 to 1, nan where there is no receipt."""

    count: int
    hits: int
    hit_rate: float
    bias: float  # mean of (realised - expected) / |expected|: below 0, too much was promised
    share_inside: float
    mean_confidence: float
    mean_raw_confidence: float
    ended_rate: float
    brier: float
    bins: tuple[Bin, ...]
    reliability: float  # the hit rate, drawn to four of five while receipts are few
    widening: float  # by which raw bands should be multiplied to hold SHARE of the receipts


def hits(receipts: Receipts) -> BoolArray:
    """Per receipt: the trouble ended where that was said; elsewhere at least half of the relief came."""
    half = receipts.realised >= 0.5 * receipts.expected
    return np.asarray(np.where(receipts.said_ends, receipts.ends, half), np.bool_)


def track_record(receipts: Receipts) -> TrackRecord:
    """Of one desk and kind. An empty one has nan shares, and the reliability and widening of a newcomer."""
    count = len(receipts)
    hit = int(hits(receipts).sum())
    inside = (receipts.low <= receipts.realised) & (receipts.realised <= receipts.high)
    ended = receipts.ends.astype(np.float64)
    return TrackRecord(
        count=count,
        hits=hit,
        hit_rate=hit / count if count else float("nan"),
        bias=_mean((receipts.realised - receipts.expected) / np.maximum(np.abs(receipts.expected), 1e-9)),
        share_inside=_mean(inside.astype(np.float64)),
        mean_confidence=_mean(receipts.confidence),
        mean_raw_confidence=_mean(receipts.raw_confidence),
        ended_rate=_mean(ended),
        brier=_mean((receipts.confidence - ended) ** 2),
        bins=_bins(receipts),
        reliability=(hit + _PRIOR_HITS) / (count + _PRIOR),
        widening=widening(receipts),
    )


def widening(receipts: Receipts) -> float:
    """Factor on the half width of raw bands, by split conformal prediction; drawn to 1 while receipts are few.

    Source: Vovk et al., Algorithmic Learning in a Random World: the ceil((n + 1) share)-th smallest score.
    """
    count = len(receipts)
    if not count:
        return 1.0
    middle, half = (receipts.raw_low + receipts.raw_high) / 2, (receipts.raw_high - receipts.raw_low) / 2
    scores = np.sort(np.abs(receipts.realised - middle) / np.maximum(half, 1e-12))
    needed = min(int(np.ceil((count + 1) * SHARE)), count)
    weight = min(count / FULL_WEIGHT, 1.0)
    return float(np.exp(weight * np.log(np.clip(scores[needed - 1], 0.1, 50.0))))


def calibrated(confidence: float, record: TrackRecord) -> float:
    """A raw confidence moved by how far those before were off; 0 to 1."""
    if not record.count:
        return confidence
    weight = record.count / (record.count + FULL_WEIGHT / 2)
    return float(np.clip(confidence + weight * (record.ended_rate - record.mean_raw_confidence), 0.0, 1.0))


def _bins(receipts: Receipts) -> tuple[Bin, ...]:
    found = []
    for low, high in pairwise(BINS):
        is_last = high == BINS[-1]
        chosen = (receipts.confidence >= low) & ((receipts.confidence < high) | is_last)
        if chosen.any():
            stated, came = receipts.confidence[chosen], receipts.ends[chosen]
            found.append(Bin(low, high, int(chosen.sum()), float(stated.mean()), float(came.mean())))
    return tuple(found)


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else float("nan")
