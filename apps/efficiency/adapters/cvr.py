"""Rows of an experiment as the engine has them, and its answer as a document. Signs: energy is positive when drawn."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from gridops.engine.efficiency.cvr_design import (
    Design,
    days_needed,
    half_width_after,
    randomised_days,
    steps_possible,
)
from gridops.engine.efficiency.cvr_factor import CvrResult, Share, estimated
from gridops.engine.efficiency.cvr_guard import Guard, GuardState, judged
from gridops.engine.efficiency.cvr_model import Hours, day_means, fitted

FloatArray = npt.NDArray[np.float64]
HOURS_A_DAY = 24
WEEKEND = 5
LEAST_FREE_DAYS = 7
WANTED_HALF_WIDTH = 0.1
__all__ = ["Guard", "GuardState", "Readings", "day_figures", "drawn_days", "guard_now", "planned", "scored"]


@dataclass(frozen=True, slots=True)
class Readings:
    """Per hour of the local days from `first` on: days x 24, nan where not known. reference_kwh: None without one."""

    first: date
    energy_kwh: FloatArray
    voltage_pu: FloatArray  # mean of the bellwethers
    lowest_pu: FloatArray  # of them all
    lowest_at: npt.NDArray[np.int32]  # which of them, -1: none
    temperature_c: FloatArray
    reference_kwh: FloatArray | None


def drawn_days(weekend: Sequence[bool], foreseen_c: Sequence[float | None], seed: int) -> tuple[list[bool], list[int]]:
    """Per day: what the coin says, and its block."""
    temperature = np.array([math.nan if one is None else one for one in foreseen_c], float)
    design = randomised_days(np.array(weekend, np.bool_), temperature, np.random.default_rng(seed))
    return [bool(one) for one in design.reduced], [int(one) for one in design.block]


def guard_now(voltage_pu: Sequence[float | None], *, limit_pu: float, margin_pu: float, step_pu: float) -> Guard:
    told = np.array([math.nan if one is None else one for one in voltage_pu], float)
    return judged(told, limit_pu=limit_pu, margin_pu=margin_pu, step_pu=step_pu)


def day_figures(readings: Readings, number: int, names: Sequence[str]) -> dict[str, Any]:
    """Of one day what its row keeps."""
    energy, lowest = readings.energy_kwh[number], readings.lowest_pu[number]
    known = np.isfinite(energy)
    at = int(np.nanargmin(lowest)) if np.isfinite(lowest).any() else -1
    which = int(readings.lowest_at[number, at]) if at >= 0 else -1
    return {
        "energy_kwh": float(energy[known].sum()) if known.any() else None,
        "voltage_pu": _mean(readings.voltage_pu[number]),
        "lowest_pu": float(lowest[at]) if at >= 0 else None,
        "lowest_at": names[which] if 0 <= which < len(names) else "",
        "hours_known": int((known & np.isfinite(readings.voltage_pu[number])).sum()),
        "temperature_c": _mean(readings.temperature_c[number]),
    }


def scored(
    readings: Readings, reduced: Sequence[bool], block: Sequence[int], *, confidence: float, seed: int
) -> dict[str, Any]:
    """The factor with its interval and what was saved. `reduced`, `block`: per day of the readings."""
    coins = np.array(reduced, np.bool_)
    found = estimated(
        _hours(readings, coins),
        confidence=confidence,
        design=Design(coins, np.array(block, np.int32)),
        design_days=np.arange(len(coins), dtype=np.int32),
        generator=np.random.default_rng(seed),
    )
    return _document(found) | {
        "has_weather": bool(np.isfinite(readings.temperature_c).any()),
        "has_reference": readings.reference_kwh is not None,
        "confidence": confidence,
    }


def planned(readings: Readings, *, step_pu: float, least_pu: float, steps_down: int) -> dict[str, Any]:
    """What the days before tell of an experiment: how deep it may go, how many days it takes, how sure after some."""
    hours = _hours(readings, np.zeros(len(readings.energy_kwh), np.bool_))
    day_sd = _day_sd(hours)
    known = readings.lowest_pu[np.isfinite(readings.lowest_pu)]
    depth = steps_down * step_pu
    return {
        "day_sd": day_sd,
        "days_measured": int(np.isfinite(readings.energy_kwh).any(axis=1).sum()),
        "lowest_seen_pu": float(known.min()) if len(known) else None,
        "steps_possible": steps_possible(readings.lowest_pu.ravel(), step_pu, least_pu) if len(known) else None,
        "days_needed": None if day_sd is None else days_needed(day_sd, depth, WANTED_HALF_WIDTH),
        "wanted_half_width": WANTED_HALF_WIDTH,
        "half_width_after": {}
        if day_sd is None
        else {str(days): half_width_after(days, day_sd, abs(math.log1p(-depth))) for days in (28, 56, 84, 112, 182)},
    }


def _day_sd(hours: Hours) -> float | None:
    """None with fewer days than controls and a week."""
    fit = fitted(hours, washout_h=0)
    means = day_means(fit, fit.log_energy)
    free = len(means) - fit.rank_of_days
    if free < LEAST_FREE_DAYS:
        return None
    return float(np.sqrt((means**2).sum() / free))


def _hours(readings: Readings, coins: npt.NDArray[np.bool_]) -> Hours:
    days = len(readings.energy_kwh)
    day = np.repeat(np.arange(days, dtype=np.int32), HOURS_A_DAY)
    weekday = (readings.first.weekday() + day) % 7
    return Hours(
        energy_kwh=readings.energy_kwh.ravel(),
        voltage_pu=readings.voltage_pu.ravel(),
        assigned=coins[day],
        day=day,
        hour=np.tile(np.arange(HOURS_A_DAY, dtype=np.int32), days),
        weekend=np.asarray(weekday >= WEEKEND, np.bool_),
        temperature_c=readings.temperature_c.ravel(),
        reference_kwh=None if readings.reference_kwh is None else readings.reference_kwh.ravel(),
    )


def _document(found: CvrResult) -> dict[str, Any]:
    return {
        "reason": found.reason,
        "factor": _share(found.factor),
        "standard_error": _number(found.standard_error),
        "degrees": _number(found.degrees),
        "days_reduced": found.days_reduced,
        "days_normal": found.days_normal,
        "hours": found.hours,
        "voltage_percent": _number(found.voltage_percent),
        "energy_percent": _share(found.energy_percent),
        "saved_kwh": _share(found.saved_kwh),
        "plain_factor": _number(found.plain_factor),
        "first_f": _number(found.first_f),
        "p_value": _number(found.p_value),
        "day_sd": _number(found.day_sd),
    }


def _share(share: Share) -> dict[str, float | None]:
    return {"value": _number(share.value), "low": _number(share.low), "high": _number(share.high)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _mean(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
