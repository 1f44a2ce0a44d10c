"""The CVR factor of a feeder: percent of energy for a percent of voltage, with its interval.

Energy and voltage act on each other: much load pulls the voltage down. So the day's coin is the instrument (two-stage
least squares on logarithms; Angrist and Imbens 1994): what the coin moved in the energy over what it moved in the
voltage. A day whose voltage went back, or was never reduced, stays on the side that the coin put it, and only makes the
instrument weaker. Hours of a day share what no control explains, so days are the clusters (CR2, Bell and McCaffrey
2002), and days that controls use up are no degrees of freedom. Beside it the coins are thrown again (randomisation
inference): what of other draws would have looked as extreme.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from gridops.engine.efficiency.cvr_design import Design, redrawn
from gridops.engine.efficiency.cvr_model import WASHOUT_H, Fitted, Hours, day_means, fitted
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

PERCENT = 100.0
LEAST_DAYS_OF_A_KIND = 6
LEAST_HOURS_OF_A_DAY = 6
LEAST_CHANGE = 0.003  # of the voltage; less is not an experiment
STRONG_F = 10.0  # of the first stage (Staiger and Stock 1997)
DRAWS = 999
LEAST_LEFT = 1e-8  # of a direction that the fit follows wholly


@dataclass(frozen=True, slots=True)
class Share:
    """A value with its interval."""

    value: float
    low: float
    high: float


UNKNOWN = Share(float("nan"), float("nan"), float("nan"))


@dataclass(frozen=True, slots=True)
class CvrResult:
    """`reason` says why there is no factor (then nan), or is empty.

    factor: percent of energy for a percent of voltage. voltage_percent, energy_percent: what reduction did, negative
    where it came down. saved_kwh: on all reduced days that were measured. plain_factor: of a regression on the voltage
    itself, which load pulls down: to compare, not to use. first_f: strength of the instrument. p_value: share of other
    draws of the coins that look as extreme, were there no effect; nan without a design. day_sd: of what is not
    explained of a day's logarithm of energy, for planning the next one.
    """

    reason: str
    factor: Share = UNKNOWN
    standard_error: float = float("nan")
    degrees: float = float("nan")
    days_reduced: int = 0
    days_normal: int = 0
    hours: int = 0
    voltage_percent: float = float("nan")
    energy_percent: Share = UNKNOWN
    saved_kwh: Share = UNKNOWN
    plain_factor: float = float("nan")
    first_f: float = float("nan")
    p_value: float = float("nan")
    day_sd: float = float("nan")


def estimated(
    hours: Hours,
    *,
    confidence: float = 0.9,
    washout_h: int = WASHOUT_H,
    design: Design | None = None,
    design_days: IntArray | None = None,
    generator: np.random.Generator | None = None,
) -> CvrResult:
    """design, design_days: the coins and the `Hours.day` of each, with a generator to throw them again."""
    hours = _whole_days(hours)
    on, off = _days_of(hours, True), _days_of(hours, False)
    reason = _too_few(on, off)
    if reason:
        return CvrResult(reason, days_reduced=on, days_normal=off)
    fit = fitted(hours, washout_h=washout_h)
    on, off = _sides(fit, hours)
    if reason := _too_few(on, off):
        return CvrResult(reason, days_reduced=on, days_normal=off, hours=len(fit.rows))
    found = _told(hours, fit, confidence)
    thrown = design is not None and design_days is not None and generator is not None
    p_value = _p_value(fit, design, design_days, generator) if thrown else float("nan")  # type: ignore[arg-type]
    return CvrResult(**{**found, "days_reduced": on, "days_normal": off, "hours": len(fit.rows), "p_value": p_value})


def _told(hours: Hours, fit: Fitted, confidence: float) -> dict[str, Any]:
    z, energy, voltage = fit.assigned, fit.log_energy, fit.log_voltage
    power = float(z @ z)
    change, effect = float(z @ voltage) / power, float(z @ energy) / power
    freed = _freed(z, fit.day, np.column_stack([fit.basis, z / np.sqrt(power)]))
    degrees = max(len(np.unique(fit.day)) - fit.rank_of_days - 1, 1)
    change_error = _clustered(freed, voltage - change * z, fit.day) / power
    effect_error = _clustered(freed, energy - effect * z, fit.day) / power
    first_f = (change / change_error) ** 2 if change_error > 0 else float("inf")
    t = float(stats.t.ppf(0.5 + confidence / 2, degrees))
    told: dict[str, Any] = {
        "reason": "",
        "degrees": float(degrees),
        "voltage_percent": PERCENT * float(np.expm1(change)),
        "energy_percent": _percent(effect, t * effect_error),
        "saved_kwh": _saved(hours, effect, t * effect_error),
        "plain_factor": float(voltage @ energy) / float(voltage @ voltage),
        "first_f": first_f,
        "day_sd": _day_sd(energy - effect * z, fit),
    }
    if abs(change) < LEAST_CHANGE or first_f < STRONG_F:
        return told | {"reason": f"The voltage of reduced days differs by {PERCENT * change:.2f} % only, too little."}
    factor = effect / change
    error = _clustered(freed, energy - factor * voltage, fit.day) / abs(float(z @ voltage))
    return told | {"factor": Share(factor, factor - t * error, factor + t * error), "standard_error": error}


def _freed(z: FloatArray, day: IntArray, basis: FloatArray) -> FloatArray:
    """z by the root of the inverse of what its own day leaves of a residual (CR2): both are symmetric."""
    found = np.zeros_like(z)
    order = np.argsort(day, kind="stable")
    _, begin = np.unique(day[order], return_index=True)
    for rows in np.split(order, begin[1:]):
        size, direction = np.linalg.eigh(np.eye(len(rows)) - basis[rows] @ basis[rows].T)
        root = np.where(size > LEAST_LEFT, 1 / np.sqrt(np.maximum(size, LEAST_LEFT)), 0.0)
        found[rows] = direction @ (root * (direction.T @ z[rows]))
    return found


def _clustered(freed: FloatArray, residual: FloatArray, day: IntArray) -> float:
    """Root of the sum over days of squared scores."""
    _, of_row = np.unique(day, return_inverse=True)
    return float(np.sqrt((np.bincount(of_row, freed * residual) ** 2).sum()))


def _p_value(fit: Fitted, design: Design, design_days: IntArray, generator: np.random.Generator) -> float:
    """Under no effect the energies are what they are whatever the coins: only z is drawn anew."""
    at = np.searchsorted(design_days, fit.day)
    drawn = redrawn(design, DRAWS, generator)[:, at] * fit.root_weight
    drawn -= (drawn @ fit.basis) @ fit.basis.T
    power = np.maximum((drawn**2).sum(axis=1), 1e-12)
    others = np.abs(drawn @ fit.log_energy) / power
    own = abs(float(fit.assigned @ fit.log_energy)) / float(fit.assigned @ fit.assigned)
    return float((1 + np.count_nonzero(others >= own - 1e-15)) / (1 + DRAWS))


def _percent(effect: float, half: float) -> Share:
    low, value, high = (PERCENT * float(np.expm1(one)) for one in (effect - half, effect, effect + half))
    return Share(value, low, high)


def _saved(hours: Hours, effect: float, half: float) -> Share:
    """What reduced days would have taken more."""
    drawn = float(np.nansum(hours.energy_kwh[hours.assigned]))
    high, value, low = (drawn * float(np.expm1(-one)) for one in (effect - half, effect, effect + half))
    return Share(value, low, high)


def _day_sd(residual: FloatArray, fit: Fitted) -> float:
    means = day_means(fit, residual)
    free = max(len(means) - fit.rank_of_days - 1, 1)
    return float(np.sqrt((means**2).sum() / free))


def _whole_days(hours: Hours) -> Hours:
    """Without days of which hardly an hour is known."""
    known = (hours.energy_kwh > 0) & (hours.voltage_pu > 0)
    days, of_row = np.unique(hours.day, return_inverse=True)
    enough = np.bincount(of_row, known, len(days)) >= LEAST_HOURS_OF_A_DAY
    kept: BoolArray = enough[of_row] if len(days) else np.zeros(0, np.bool_)
    reference = hours.reference_kwh
    return Hours(
        energy_kwh=hours.energy_kwh[kept],
        voltage_pu=hours.voltage_pu[kept],
        assigned=hours.assigned[kept],
        day=hours.day[kept],
        hour=hours.hour[kept],
        weekend=hours.weekend[kept],
        temperature_c=hours.temperature_c[kept],
        reference_kwh=None if reference is None else reference[kept],
    )


def _days_of(hours: Hours, kind: bool) -> int:
    return len(np.unique(hours.day[hours.assigned == kind]))


def _sides(fit: Fitted, hours: Hours) -> tuple[int, int]:
    reduced = hours.assigned[fit.rows]
    return len(np.unique(fit.day[reduced])), len(np.unique(fit.day[~reduced]))


def _too_few(on: int, off: int) -> str:
    if min(on, off) >= LEAST_DAYS_OF_A_KIND:
        return ""
    return f"{on} reduced and {off} normal days are measured; at least {LEAST_DAYS_OF_A_KIND} of each are needed."
