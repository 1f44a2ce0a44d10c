"""What the safety rules say, written down once more by cases, for one battery at a time."""

import math

from gridops.engine.storage.safety.limits import Limits, Rule, Side


def rung(rule: Rule, name: str, battery: int) -> float:
    values = getattr(rule, name)
    return float(values[battery if len(values) > 1 else 0])


def power_left(rule: Rule, battery: int, value: float) -> float:
    """Part of the rated power."""
    if math.isnan(value):
        return 0.0
    start, end = rung(rule, "derate", battery), rung(rule, "stop", battery)
    if rule.side is Side.HIGH:
        if value >= end:
            return 0.0
        return 1.0 if value <= start else 1 - (value - start) / (end - start)
    if value <= end:
        return 0.0
    return 1.0 if value >= start else 1 - (start - value) / (start - end)


def trips(rule: Rule, battery: int, value: float) -> bool:
    limit = rung(rule, "trip", battery)
    if math.isnan(limit) or math.isnan(value):
        return False
    return value >= limit if rule.side is Side.HIGH else value <= limit


def window(limits: Limits, battery: int, readings: dict[str, float], *, tripped: bool) -> tuple[float, float]:
    """Most charge and most discharge in kW."""
    charge, discharge = (float(of[battery if len(of) > 1 else 0]) for of in (limits.charge_kw, limits.discharge_kw))
    ways = {True: discharge, False: charge}
    for way, rated in ways.items():
        left = rated
        for rule in limits.rules:
            value = readings.get(rule.reading, math.nan)
            if rule.discharge if way else rule.charge:
                left = min(left, rated * power_left(rule, battery, value))
            if trips(rule, battery, value):
                left = 0.0
        volts = readings.get("dc_voltage_v", math.nan)
        amperes = float(limits.current_a[battery if len(limits.current_a) > 1 else 0])
        left = min(left, 0.0 if math.isnan(volts) else amperes * volts / 1000)
        ways[way] = 0.0 if tripped else left
    return ways[False], ways[True]


def schedule_is_legal(
    limits: Limits, battery: int, *, soc: float, kwh: float, efficiency: float, powers: list[float], hours: float
) -> bool:
    """Ratings and state of charge only."""
    rules = [rule for rule in limits.rules if rule.reading == "soc"]
    charge, discharge = (float(of[battery if len(of) > 1 else 0]) for of in (limits.charge_kw, limits.discharge_kw))
    for power in powers:
        stored = power / efficiency if power > 0 else power * efficiency
        after = soc - stored * hours / kwh
        for rule in rules:
            if rule.discharge if power > 0 else rule.charge:
                left = min(power_left(rule, battery, soc), power_left(rule, battery, after))
                rated = discharge if power > 0 else charge
                if abs(power) > rated * left + 1e-6:
                    return False
        if power > discharge + 1e-6 or -power > charge + 1e-6:
            return False
        soc = after
    return True
