"""Temperatures and ageing of oil-filled transformers: the exponential equations of IEC 60076-7:2018 (clause 8) for top
oil and hot spot, and the ageing rates of IEC 60076-7 (2^((th-98)/6) for usual paper, the Arrhenius form for upgraded
paper) and of IEEE C57.91-2011 (F_AA = exp(15000/383 - 15000/(th+273)))."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import FloatArray

USUAL_PAPER_C, DOUBLING_K = 98.0, 6.0
UPGRADED_REFERENCE_C, ARRHENIUS_K, KELVIN = 110.0, 15_000.0, 273.0
NORMAL_LIFE_H = 180_000.0  # of IEEE C57.91, at 110 degrees of upgraded paper
MINUTES_PER_HOUR = 60.0
_STEP_MIN = 3.0  # below half of the winding's time constant, as the standard asks


class Paper(StrEnum):
    USUAL = "usual"
    UPGRADED = "upgraded"


@dataclass(frozen=True, slots=True)
class Thermal:
    """Of a distribution transformer with natural cooling (ONAN), IEC 60076-7 table 4; rises at rated load, K."""

    oil_rise_k: float = 55.0
    hot_spot_rise_k: float = 23.0  # of the hot spot over the top oil
    loss_ratio: float = 5.0  # load losses over no-load losses at rated load
    oil_exponent: float = 0.8
    winding_exponent: float = 1.6
    oil_minutes: float = 180.0
    winding_minutes: float = 4.0
    k11: float = 1.0
    k21: float = 1.0
    k22: float = 2.0


@dataclass(frozen=True, slots=True)
class Temperatures:
    top_oil_c: FloatArray
    hot_spot_c: FloatArray


def iec_usual_rate(hot_spot_c: FloatArray | float) -> FloatArray:
    """Per unit of normal ageing; 1 at 98 degrees (IEC 60076-7 equation 2)."""
    return np.asarray(2.0 ** ((np.asarray(hot_spot_c) - USUAL_PAPER_C) / DOUBLING_K), np.float64)


def iec_upgraded_rate(hot_spot_c: FloatArray | float) -> FloatArray:
    """Per unit of normal ageing; 1 at 110 degrees (IEC 60076-7 equation 3): the same curve as IEEE's."""
    return ieee_rate(hot_spot_c)


def ieee_rate(hot_spot_c: FloatArray | float) -> FloatArray:
    """F_AA of IEEE C57.91, per unit of normal ageing; 1 at 110 degrees."""
    hot = np.asarray(hot_spot_c, np.float64) + KELVIN
    return np.asarray(np.exp(ARRHENIUS_K / (UPGRADED_REFERENCE_C + KELVIN) - ARRHENIUS_K / hot), np.float64)


def steady_temperatures(load_pu: FloatArray, ambient_c: FloatArray, thermal: Thermal) -> Temperatures:
    """As they settle at a constant load (share of the rating) and ambient, degrees C."""
    oil = ambient_c + _oil_rise_k(load_pu, thermal)
    return Temperatures(oil, oil + thermal.hot_spot_rise_k * load_pu**thermal.winding_exponent)


def temperatures(load_pu: FloatArray, ambient_c: FloatArray, thermal: Thermal, *, step_h: float = 1.0) -> Temperatures:
    """The course by the difference equations of IEC 60076-7 (annex C), from the steady state of the first step.

    load_pu, ambient_c: steps x ..., share of the rating and degrees C; each holds through its step. What is told is
    the end of each step. A gap (nan) is bridged with the step before it, and its own temperatures are nan.
    """
    known = np.isfinite(load_pu) & np.isfinite(ambient_c)
    load, ambient = _bridged(load_pu), _bridged(ambient_c)
    first = steady_temperatures(load[0], ambient[0], thermal)
    rise = thermal.hot_spot_rise_k * load[0] ** thermal.winding_exponent
    oil, fast, slow = first.top_oil_c, thermal.k21 * rise, (thermal.k21 - 1.0) * rise
    parts = max(int(np.ceil(MINUTES_PER_HOUR * step_h / _STEP_MIN)), 1)
    minutes = MINUTES_PER_HOUR * step_h / parts
    tops, spots = np.full(load.shape, np.nan), np.full(load.shape, np.nan)
    for step in range(len(load)):
        for _ in range(parts):
            gradient = thermal.hot_spot_rise_k * load[step] ** thermal.winding_exponent
            fast = fast + minutes / (thermal.k22 * thermal.winding_minutes) * (thermal.k21 * gradient - fast)
            drive = (thermal.k21 - 1.0) * gradient - slow
            slow = slow + minutes * thermal.k22 / thermal.oil_minutes * drive
            goal = ambient[step] + _oil_rise_k(load[step], thermal)
            oil = oil + minutes / (thermal.k11 * thermal.oil_minutes) * (goal - oil)
        tops[step], spots[step] = oil, oil + fast - slow
    return Temperatures(np.where(known, tops, np.nan), np.where(known, spots, np.nan))


@dataclass(frozen=True, slots=True)
class Ageing:
    """Over a span of known hours; hours of normal life."""

    hours: float
    used_h: float
    relative: float  # used over passed: 1 is a life as the standard means it
    hottest_c: float
    peak_load_pu: float
    mean_load_pu: float


def ageing(load_pu: FloatArray, hot_spot_c: FloatArray, *, paper: Paper, step_h: float = 1.0) -> Ageing:
    """Life used up by one transformer. Steps whose temperature is not known are left out; all unknown: nan."""
    known = np.isfinite(hot_spot_c)
    if not known.any():
        return Ageing(0.0, np.nan, np.nan, np.nan, np.nan, np.nan)
    rate = iec_usual_rate(hot_spot_c[known]) if paper is Paper.USUAL else ieee_rate(hot_spot_c[known])
    hours = float(known.sum()) * step_h
    used = float(rate.sum()) * step_h
    return Ageing(
        hours,
        used,
        used / hours,
        float(hot_spot_c[known].max()),
        float(load_pu[known].max()),
        float(load_pu[known].mean()),
    )


def _oil_rise_k(load_pu: FloatArray, thermal: Thermal) -> FloatArray:
    losses = (1.0 + thermal.loss_ratio * load_pu**2) / (1.0 + thermal.loss_ratio)
    return np.asarray(thermal.oil_rise_k * losses**thermal.oil_exponent, np.float64)


def _bridged(values: FloatArray) -> FloatArray:
    """Gaps take the value before them; those at the begin the first that is known, 0 if there is none."""
    known = np.isfinite(values)
    steps = np.arange(len(values)).reshape(-1, *([1] * (values.ndim - 1)))
    last = np.maximum.accumulate(np.where(known, steps, -1), axis=0)
    first = np.argmax(known, axis=0)
    at = np.where(last < 0, first, last)
    taken = np.take_along_axis(values, at, axis=0)
    return np.where(np.isfinite(taken), taken, 0.0)
