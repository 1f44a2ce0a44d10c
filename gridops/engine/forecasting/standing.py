"""Where each member stands with each series: weights by what they earned lately, and bands that hold what they say.

As `combined` does it for one series, for all of them at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from gridops.engine.forecasting.blend import EVENNESS
from gridops.engine.forecasting.combined import CORRECT_DAYS, WEIGH_DAYS, WEIGH_HALF_DAYS
from gridops.engine.forecasting.many import Panel
from gridops.engine.forecasting.metrics import interval_weights
from gridops.engine.forecasting.sampling import chunks

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Said = Sequence[tuple[int, npt.NDArray[np.float32]]]
_STEPS_AN_ISSUE = 24  # of those that an issue forecasts, as many are judged
CORRECT_HALF_DAYS = 30.0  # longer than for one series alone: so many need a calm judgement of tails
_KIND_DAYS, _NONE_DAYS = 8.0, 1.0  # so many days of its own weigh as much as its kind, as nothing at all
_PARTS = 10


@dataclass(frozen=True)
class Standing:
    """Of one series. `weights`: of the members. `shift`: of the levels, in widths of the row's own band. `crps`: of the
    members and of their blend, as a part of the series' mean size; `coverage_80`: before any correction.
    `steps`: judged.
    """

    weights: list[float]
    shift: list[float]
    crps: list[float]
    coverage_80: float | None
    steps: int


def standings(panel: Panel, said: Said, *, now: int, levels: Sequence[float] | FloatArray) -> list[Standing]:
    """From what `PanelModel.say` gave at issues before `now`: (issue step, members x series x horizon x levels).

    Only steps before `now` count: those of the last 28 days for the weights, of the last 60 for the bands, the newer
    the more. Without any, all members weigh the same.
    """
    levels = np.asarray(levels, np.float64)
    found: list[Standing] = []
    for chunk in chunks(len(panel)):
        found += _of_chunk(panel.part(chunk), [(issue, one[:, chunk]) for issue, one in said], now, levels)
    return found


def _of_chunk(panel: Panel, said: Said, now: int, levels: FloatArray) -> list[Standing]:
    step, forecast = _gathered(panel, said, now)
    members = said[0][1].shape[0] if said else 2
    if not len(step):
        return [_unknown(members, len(levels)) for _ in range(len(panel))]
    day = panel.clock.day
    actual = panel.target[:, step].astype(np.float64)
    known = np.isfinite(actual) & np.isfinite(forecast).all(axis=(0, 3))
    age = (now - step) / day
    weigh = np.where(known & (age <= WEIGH_DAYS), 0.5 ** (age / WEIGH_HALF_DAYS), 0.0)
    weights, crps = _weights(actual, forecast, weigh, levels)
    blend = np.sort(np.einsum("sm,msnl->snl", weights, forecast), axis=2)
    known &= blend[..., -1] > blend[..., 0]  # a night of a solar plant tells nothing of its bands
    correct = np.where(known, 0.5 ** (age / CORRECT_HALF_DAYS), 0.0)
    shift = _shared(_shifts(actual, blend, correct, levels), panel.group, _issues(step, correct, day))
    inside = _inside(actual, blend, known, levels)
    size = np.maximum(np.where(known, np.abs(actual), 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1), 1e-9)
    return [
        Standing(
            weights[k].round(4).tolist(),
            shift[k].round(5).tolist(),
            (crps[k] / size[k]).round(5).tolist(),
            None if np.isnan(inside[k]) else round(float(inside[k]), 4),
            int(known[k].sum()),
        )
        for k in range(len(panel))
    ]


def _unknown(members: int, levels: int) -> Standing:
    return Standing([1 / members] * members, [0.0] * levels, [], None, 0)


def _gathered(panel: Panel, said: Said, now: int) -> tuple[IntArray, npt.NDArray[np.float32]]:
    """Steps of what is judged, and members x series x steps x levels: of every issue every n-th step, the
    first one another each time."""
    end, oldest = min(now, panel.target.shape[1]), now - CORRECT_DAYS * panel.clock.day
    steps, parts = [], []
    for number, (issue, forecast) in enumerate(said):
        horizon = forecast.shape[2]
        stride = max(horizon // _STEPS_AN_ISSUE, 1)
        lead = np.arange(number % stride, horizon, stride)
        lead = lead[(issue + lead < end) & (issue + lead >= oldest)]
        steps.append(issue + lead)
        parts.append(forecast[:, :, lead])
    if not parts:
        return np.zeros(0, np.int64), np.zeros((2, len(panel), 0, 0), np.float32)
    return np.concatenate(steps), np.concatenate(parts, axis=2)


def _weights(
    actual: FloatArray, forecast: npt.NDArray[np.float32], share: FloatArray, levels: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Series x members, and the CRPS of each member and of the blend, series x (members + 1)."""
    tried = _mixtures(forecast.shape[0])
    losses = np.stack([_loss(actual, np.tensordot(mixture, forecast, 1), share, levels) for mixture in tried])
    best = tried[losses.argmin(axis=0)]
    even = np.full(forecast.shape[0], 1 / forecast.shape[0])
    weights = (1 - EVENNESS) * best + EVENNESS * even
    alone = losses[[int(np.flatnonzero(tried[:, m] == 1.0)[0]) for m in range(forecast.shape[0])]]
    return weights, np.vstack([alone, losses.min(axis=0)]).T


def _mixtures(members: int) -> FloatArray:
    """All weights in tenths whose sum is 1."""
    cuts = np.array(list(combinations(range(_PARTS + members - 1), members - 1)))
    edges = np.column_stack([np.full(len(cuts), -1), cuts, np.full(len(cuts), _PARTS + members - 1)])
    return (np.diff(edges, axis=1) - 1) / _PARTS


def _loss(actual: FloatArray, forecast: FloatArray, share: FloatArray, levels: FloatArray) -> FloatArray:
    error = actual[..., None] - forecast
    pinball = np.maximum(levels * error, (levels - 1) * error) @ (2 * interval_weights(levels))
    weighed = np.where(share > 0, pinball * share, 0.0).sum(axis=1)
    return np.asarray(weighed / np.maximum(share.sum(axis=1), 1e-12))


def _issues(step: IntArray, share: FloatArray, day: int) -> FloatArray:
    """Per series: how many days of forecasts its bands are judged by, the newer the more."""
    number = np.unique(step // day, return_inverse=True)[1]
    of_days = [share[:, number == one].max(axis=1) for one in range(int(number.max()) + 1)]
    return np.asarray(np.sum(of_days, axis=0))


def _shared(shift: FloatArray, group: IntArray, days: FloatArray) -> FloatArray:
    """Of few days a series keeps to what its kind needs: weather and holidays are common to all, and a fortnight of one
    feeder tells little of its tails. Series x levels."""
    own = (days / (days + _KIND_DAYS))[:, None]
    told = days / (days + _NONE_DAYS)
    found = np.empty_like(shift)
    for one in np.unique(group):
        alike = group == one
        weight = np.maximum(days[alike], 1e-9)[:, None]
        usual = (weight * shift[alike]).sum(axis=0) / weight.sum()
        found[alike] = own[alike] * shift[alike] + (1 - own[alike]) * usual
    return found * told[:, None]


def widths(forecast: npt.NDArray) -> npt.NDArray:
    """Of the sorted bands, series x steps x 1, with a floor of a twentieth of the series' middle width; 0 where nothing
    is in doubt."""
    width = forecast[..., -1:] - forecast[..., :1]
    return np.asarray(np.where(width > 0, np.maximum(width, 0.05 * np.median(width, axis=1, keepdims=True)), 0.0))


def _shifts(actual: FloatArray, blend: FloatArray, share: FloatArray, levels: FloatArray) -> FloatArray:
    """Series x levels. The median is left where it is."""
    unknown = share <= 0
    filled = np.where(np.isfinite(blend), blend, 0.0)
    width = widths(filled)
    misses = (np.where(unknown, 0.0, actual)[..., None] - filled) / np.where(width > 0, width, 1.0)
    misses[unknown] = np.inf
    order = np.argsort(misses, axis=1)
    reached = np.cumsum(np.take_along_axis(share[..., None], order, axis=1), axis=1)
    enough = reached >= levels * reached[:, -1:] - 1e-12
    chosen = np.take_along_axis(order, enough.argmax(axis=1)[:, None], axis=1)
    shift = np.take_along_axis(misses, chosen, axis=1)[:, 0]
    return np.where(np.isclose(levels, 0.5) | ~np.isfinite(shift), 0.0, shift)


def _inside(actual: FloatArray, blend: FloatArray, known: npt.NDArray[np.bool_], levels: FloatArray) -> FloatArray:
    low, high = np.flatnonzero(np.isclose(levels, 0.1)), np.flatnonzero(np.isclose(levels, 0.9))
    if not (len(low) and len(high)):
        return np.full(len(actual), np.nan)
    held = (actual >= blend[..., low[0]]) & (actual <= blend[..., high[0]]) & known
    return np.where(known.any(axis=1), held.sum(axis=1) / np.maximum(known.sum(axis=1), 1), np.nan)
