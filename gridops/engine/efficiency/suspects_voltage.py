"""Where the voltage sags on the day on which more begins to lack: a load that no meter shows pulls its own place down
most, so a tap before a meter, which the meter's own course cannot tell, is found by its neighbours' voltmeters."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.efficiency.suspects_jumps import WINDOW_DAYS
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

LEAST_VOLTMETERS = 4
LEAST_GAIN = 30.0  # squared score by which a place must explain the sag better than none
DOUBT = 3.0  # by which differences of squared scores are divided: records of impedances are a few per cent off
PLAUSIBLE = (0.25, 4.0)  # of the energy that began to lack, that the sag must stand for


@dataclass(frozen=True, slots=True)
class Places:
    """By meter: how likely what began to lack is drawn at its place, and the day; 0 where nothing is told."""

    probability: FloatArray
    day: IntArray
    rise_kwh: FloatArray  # a day


def places_of_rises(
    *,
    gap_pu: FloatArray,
    modelled_pu: FloatArray,
    sag_pu_per_kw: FloatArray,
    hour_day: IntArray,
    rises: tuple[tuple[int, float], ...],
    used: BoolArray,
) -> Places:
    """gap_pu: hours x meters, measured less modelled voltage (nan: none); modelled_pu: hours x meters; sag_pu_per_kw:
    meters x meters, fall (row) for a kW more (column), positive; rises: day and kWh a day that began to lack.

    What all meters have in common in an hour comes from outside of the part and is left out. Meters of one place share
    its probability.
    """
    meters = gap_pu.shape[1]
    probability, day, rise = np.zeros(meters), np.zeros(meters, np.int32), np.zeros(meters)
    for at, kwh in rises:
        here = (np.abs(hour_day - at + 0.5) <= WINDOW_DAYS) & used
        likely = _likely(gap_pu[here], modelled_pu[here], hour_day[here] >= at, sag_pu_per_kw, kwh / 24.0)
        better = likely > probability
        probability, rise = np.where(better, likely, probability), np.where(better, kwh, rise)
        day = np.where(better, at, day).astype(np.int32)
    return Places(probability, day, rise)


def _likely(gap: FloatArray, model: FloatArray, after: BoolArray, sag: FloatArray, rise_kw: float) -> FloatArray:
    none = np.zeros(gap.shape[1])
    if not after.any() or after.all():
        return none
    step, sigma = _steps(gap, model, after)
    heard = np.isfinite(step) & (sigma > 0)
    if heard.sum() < LEAST_VOLTMETERS:
        return none
    weight = 1.0 / sigma[heard] ** 2
    own = step[heard] - np.average(step[heard], weights=weight)
    shape = sag[heard] - np.average(sag[heard], axis=0, weights=weight)
    square = weight @ shape**2
    drawn = np.divide(-(weight * own) @ shape, square, out=np.zeros(len(square)), where=square > 1e-12)
    gain = np.where((drawn > PLAUSIBLE[0] * rise_kw) & (drawn < PLAUSIBLE[1] * rise_kw), drawn**2 * square, 0.0)
    if gain.max(initial=0.0) < LEAST_GAIN:
        return none
    odds = np.where(gain > 0, np.exp((gain - gain.max()) / (2.0 * DOUBT)), 0.0)
    return np.asarray(odds / odds.sum(), np.float64)


def _steps(gap: FloatArray, model: FloatArray, after: BoolArray) -> tuple[FloatArray, FloatArray]:
    """By meter: how much its gap steps, with its own modelled voltage beside it, less what all have in common."""
    common = np.nanmean(gap, axis=1, keepdims=True)
    step, sigma = np.full(gap.shape[1], np.nan), np.full(gap.shape[1], np.nan)
    own, place = gap - common, model - np.nanmean(model, axis=1, keepdims=True)
    for meter in range(gap.shape[1]):
        known = np.isfinite(own[:, meter]) & np.isfinite(place[:, meter])
        if known.sum() < 10 * 24 or not after[known].any() or after[known].all():
            continue
        x = np.stack([np.ones(int(known.sum())), place[known, meter], after[known]], axis=1)
        inverse = np.linalg.pinv(x.T @ x)
        beta = inverse @ (x.T @ own[known, meter])
        spread = float(np.sum((own[known, meter] - x @ beta) ** 2)) / (len(x) - 3)
        step[meter], sigma[meter] = beta[2], np.sqrt(spread * inverse[2, 2])
    return step, sigma
