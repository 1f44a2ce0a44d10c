"""Commands and schedules against the limits: what is allowed, and which limit says no.

Power in kW is positive for discharge (into the network), negative for charge, at the battery's direct-current side.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.storage.arrays import HOUR_S, BoolArray, FloatArray, IntArray
from gridops.engine.storage.safety.limits import Assessment, Limits, Rule, Side, assess

SLACK_KW = 1e-6  # what rounding may add
SLACK_SOC = 1e-9
RATED, CURRENT, TRIPPED = "rated power", "current", "trip"


@dataclass(frozen=True, slots=True)
class PowerBounds:
    """Allowed power (any shape, kW) from `low` (not above 0, charge) to `high` (not below 0), and what sets either."""

    low_kw: FloatArray
    high_kw: FloatArray
    low_by: IntArray  # index of names
    high_by: IntArray
    rules: tuple[Rule, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (*(rule.name for rule in self.rules), RATED, CURRENT, TRIPPED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one command for each of N batteries."""

    allowed: BoolArray  # (N,)
    bounds: PowerBounds
    power_kw: FloatArray
    readings: dict[str, FloatArray]

    def reason(self, battery: int) -> str:
        """Why this battery's command is refused; empty if it is allowed."""
        if self.allowed[battery]:
            return ""
        readings = {name: float(values[battery]) for name, values in self.readings.items()}
        return _reason(self.bounds, (battery,), float(self.power_kw[battery]), readings)


@dataclass(frozen=True, slots=True)
class ScheduleVerdict:
    """On a schedule of T steps for each of N batteries."""

    allowed: BoolArray  # (N,)
    refused: BoolArray  # (N, T)
    bounds: PowerBounds  # (N, T)
    soc: FloatArray  # (N, T + 1) that the schedule would lead to
    power_kw: FloatArray

    def reason(self, battery: int) -> str:
        """Why this battery's schedule is refused, by its first bad step (counted from 0); empty if it is allowed."""
        if self.allowed[battery]:
            return ""
        step = int(np.flatnonzero(self.refused[battery])[0])
        soc = f"SoC {self.soc[battery, step]:.1%} to {self.soc[battery, step + 1]:.1%}"
        sentence = _reason(self.bounds, (battery, step), float(self.power_kw[battery, step]), None)
        return f"Step {step} ({soc}): {sentence}"


@dataclass(frozen=True, slots=True)
class Store:
    """What a schedule needs to know of N batteries; (N,) or (1,) each."""

    soc: FloatArray  # at the start
    energy_kwh: FloatArray  # capacity today
    charge_efficiency: FloatArray
    discharge_efficiency: FloatArray


def power_bounds(limits: Limits, readings: dict[str, FloatArray], tripped: BoolArray) -> PowerBounds:
    """Allowed power of N batteries now.

    readings: (N,) by name; `dc_voltage_v` turns the limit of current into power, unknown it lets nothing through.
    tripped: (N,) latched trips; those and rules that trip now allow nothing either way.
    """
    batteries = len(tripped)
    found: Assessment = assess(limits, readings, batteries)
    volts = readings.get("dc_voltage_v", np.full(batteries, np.nan))
    current_kw = np.nan_to_num(limits.current_a * volts / 1000.0, nan=0.0)
    return _bounds(limits, limits.rules, found.share, current_kw, off=tripped | found.tripped)


def check_command(limits: Limits, readings: dict[str, FloatArray], tripped: BoolArray, power_kw: FloatArray) -> Verdict:
    """One command (kW) for each of N batteries. No power is always allowed; a power that is no number never is."""
    bounds = power_bounds(limits, readings, tripped)
    return Verdict(_inside(bounds, power_kw), bounds, power_kw, readings)


def check_schedule(
    limits: Limits,
    store: Store,
    tripped: BoolArray,
    power_kw: FloatArray,
    *,
    step_s: float,
    temperature_c: FloatArray | None = None,
    dc_voltage_v: FloatArray | None = None,
) -> ScheduleVerdict:
    """A schedule (N, T) in kW, mean of each step, against ratings, state of charge and trips.

    The power of a step must be allowed at the SoC of both its ends. temperature_c: (N, T) expected of the cells, None
    to leave the rules of temperature to the moment; dc_voltage_v: (N,) nominal, None to leave the current likewise.
    """
    soc = state_of_charge(store, power_kw, step_s)
    readings = {} if temperature_c is None else {"temperature_max_c": temperature_c, "temperature_min_c": temperature_c}
    rules = tuple(rule for rule in limits.rules if rule.reading == "soc" or rule.reading in readings)
    shares = [_share_over(rule, soc, readings) for rule in rules]
    share = np.array(shares).reshape(len(rules), *power_kw.shape)
    current = np.full((1, 1), np.inf) if dc_voltage_v is None else (limits.current_a * dc_voltage_v / 1000)[:, None]
    bounds = _bounds(limits, rules, share, current, off=np.broadcast_to(tripped[:, None], power_kw.shape))
    outside = (soc[:, 1:] > 1 + SLACK_SOC) | (soc[:, 1:] < -SLACK_SOC) | ~np.isfinite(soc[:, 1:])
    refused = ~_inside(bounds, power_kw) | (outside & (power_kw != 0))
    return ScheduleVerdict(~refused.any(axis=1), refused, bounds, soc, power_kw)


def soc_window(limits: Limits, batteries: int) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest SoC (N,) between which no rule of SoC takes power away: what a schedule should plan in."""
    low, high = np.zeros(batteries), np.ones(batteries)
    for rule in limits.rules:
        if rule.reading == "soc" and rule.side is Side.HIGH:
            high = np.minimum(high, rule.derate)
        elif rule.reading == "soc":
            low = np.maximum(low, rule.derate)
    return low, high


def state_of_charge(store: Store, power_kw: FloatArray, step_s: float) -> FloatArray:
    """SoC at the edges of the steps (N, T + 1) that powers (N, T) lead to; not held between 0 and 1."""
    charge = np.minimum(power_kw, 0) * store.charge_efficiency[:, None]
    discharge = np.maximum(power_kw, 0) / store.discharge_efficiency[:, None]
    change = -(charge + discharge) * step_s / HOUR_S / store.energy_kwh[:, None]
    start = np.broadcast_to(store.soc[:, None], (len(power_kw), 1))
    return np.concatenate([start, start + np.cumsum(change, axis=1)], axis=1)


def _share_over(rule: Rule, soc: FloatArray, readings: dict[str, FloatArray]) -> FloatArray:
    if rule.reading != "soc":
        return rule.share(readings[rule.reading])
    ends = rule.share(soc)
    return np.minimum(ends[:, 1:], ends[:, :-1])


def _bounds(
    limits: Limits, rules: tuple[Rule, ...], share: FloatArray, current_kw: FloatArray, *, off: BoolArray
) -> PowerBounds:
    high, high_by = _one_way(limits.discharge_kw, [rule.discharge for rule in rules], share, current_kw, off)
    low, low_by = _one_way(limits.charge_kw, [rule.charge for rule in rules], share, current_kw, off)
    return PowerBounds(-low, high, low_by, high_by, rules)


def _one_way(
    rated_kw: FloatArray, blocking: list[bool], share: FloatArray, current_kw: FloatArray, off: BoolArray
) -> tuple[FloatArray, IntArray]:
    """Power (N, ...) that is left in one direction, and which of rules, rating, current and trip leaves the least."""
    shape = off.shape
    rated = rated_kw.reshape(rated_kw.shape + (1,) * (len(shape) - 1))
    masked = np.where(np.array(blocking, dtype=bool).reshape(-1, *(1,) * len(shape)), share, np.inf)
    each = [
        *np.where(np.isfinite(masked), masked, 1.0) * rated,
        np.broadcast_to(rated, shape),
        np.broadcast_to(current_kw, shape),
        np.where(off, 0.0, np.inf),
    ]
    stacked = np.array(each)
    order = np.argmin(stacked[::-1], axis=0)  # of equals the last one: a trip before the rating before a rule
    return stacked.min(axis=0), np.asarray(len(each) - 1 - order)


def _inside(bounds: PowerBounds, power_kw: FloatArray) -> BoolArray:
    return np.asarray((power_kw >= bounds.low_kw - SLACK_KW) & (power_kw <= bounds.high_kw + SLACK_KW))


def _reason(bounds: PowerBounds, at: tuple[int, ...], power_kw: float, readings: dict[str, float] | None) -> str:
    if not np.isfinite(power_kw):
        return "The power is no number."
    by = int(bounds.high_by[at] if power_kw > 0 else bounds.low_by[at])
    what = f"{power_kw:,.3f} kW of discharge" if power_kw > 0 else f"{-power_kw:,.3f} kW of charge"
    most = float(bounds.high_kw[at]) if power_kw > 0 else -float(bounds.low_kw[at])
    value = _value(bounds.rules[by], readings) if readings is not None and by < len(bounds.rules) else ""
    return f"{what} is more than the {most:,.3f} kW that the limit '{bounds.names[by]}' allows{value}."


def _value(rule: Rule, readings: dict[str, float]) -> str:
    reading = readings.get(rule.reading, float("nan"))
    return f" at {reading:g} {rule.unit}".rstrip() if np.isfinite(reading) else f", because {rule.reading} is not known"
