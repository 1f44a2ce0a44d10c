"""Courses in time: what lasts, what steps, what stands still, and what was there before."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import median_filter

from gridops.engine.anomaly.arrays import FloatArray, IntArray

MOST_COUNTED = 5.0  # spreads that one reading may add to a mean: a single outlier is no course


def lasting_median(rest: FloatArray, scans: int) -> FloatArray:
    """Median of the last `scans` readings: (T, M). A single wrong reading does not show. Unknown counts as usual."""
    known = np.nan_to_num(rest)
    return np.asarray(median_filter(known, size=(scans, 1), mode="constant", cval=0.0, origin=(scans // 2, 0)))


def lasting_mean(rest: FloatArray, scans: int) -> FloatArray:
    """Mean of the last `scans` readings, each held within MOST_COUNTED: (T, M). Before the first: 0."""
    known = np.clip(np.nan_to_num(rest), -MOST_COUNTED, MOST_COUNTED)
    total = np.cumsum(known, axis=0)
    total[scans:] = total[scans:] - total[:-scans]
    return np.asarray(total / scans)


def step_size(median: FloatArray, scans: int) -> FloatArray:
    """How far the lasting value has moved within so many scans: (T, M), 0 where there is no earlier one."""
    step = np.zeros_like(median)
    step[scans:] = median[scans:] - median[:-scans]
    return step


def still_for(values: FloatArray) -> IntArray:
    """For how many readings each meter has told exactly the same: (T, M), 0 for a new value; unknown ends it."""
    same = np.zeros(values.shape, bool)
    same[1:] = values[1:] == values[:-1]
    count = np.cumsum(same, axis=0)
    broken = np.maximum.accumulate(np.where(same, 0, count), axis=0)
    return np.asarray(count - broken, np.int64)


@dataclass(frozen=True, slots=True)
class Echo:
    """How much the last readings are those of some time ago."""

    likeness: FloatArray  # (M,) greatest correlation of the noise of one meter
    scans_ago: IntArray  # (M,) where it was found
    together: float  # of all meters at one and the same time: standard deviations above chance
    together_ago: int


def echo(rest: FloatArray, *, window: int, least_ago: int) -> Echo:
    """Compare the noise of the last `window` readings with that of every earlier time.

    rest: (T, M), the newest last. The noise is the change from reading to reading, which no habit foretells: honest
    noise never comes back. least_ago: scans that lie at least between. A correlation of 1 is the same noise. Unknown
    values and too short a course: likeness 0.
    """
    noise = np.diff(np.nan_to_num(rest), axis=0)
    noise = np.clip(noise / np.maximum(noise.std(axis=0), 1e-9), -MOST_COUNTED, MOST_COUNTED)
    ends = len(noise) - window - least_ago
    meters = rest.shape[1]
    if ends <= 0:
        return Echo(np.zeros(meters), np.zeros(meters, np.int64), 0.0, 0)
    now, before = noise[-window:], noise[: len(noise) - least_ago]
    size = 1 << int(np.ceil(np.log2(len(before) + window)))
    product = np.fft.irfft(np.fft.rfft(before, size, axis=0) * np.fft.rfft(now[::-1], size, axis=0), size, axis=0)
    alike = product[window - 1 : len(before)]
    energy = np.cumsum(np.vstack([np.zeros(meters), before**2]), axis=0)
    there = energy[window:] - energy[:-window]
    strength = np.sqrt(np.maximum(there * (now**2).sum(axis=0), (0.2 * window) ** 2))
    correlation = alike / strength
    ago = len(noise) - window - np.arange(len(correlation))
    best = np.argmax(correlation, axis=0)
    told = correlation.sum(axis=1) * np.sqrt(window / max(meters, 1))
    place = int(np.argmax(told))
    return Echo(
        np.asarray(correlation[best, np.arange(meters)]), np.asarray(ago[best], np.int64), float(told[place]),
        int(ago[place]),
    )  # fmt: skip


def longest(course: FloatArray, scans: int) -> FloatArray:
    """Greatest value within each stretch of so many scans, one after another: (T // scans,)."""
    if len(course) < scans:
        return np.asarray([course.max()] if len(course) else [])
    return np.asarray(sliding_window_view(course, scans)[::scans].max(axis=1))
