"""Random commands and schedules for batteries that all have limits of their own, and what is legal by the oracle."""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.storage.safety.checking import Store, check_command, check_schedule
from gridops.engine.storage.safety.limits import RUNGS, Limits, Rule
from gridops.engine.storage.safety.typical import Chemistry, typical
from tests.engine.storage.safety_oracle import schedule_is_legal, window

STEPS = 6


@dataclass(frozen=True)
class Drawn:
    """What was allowed and what is legal, of each draw."""

    allowed: np.ndarray
    legal: np.ndarray


def limits_of_many(rng: np.random.Generator, count: int) -> Limits:
    """Each battery with its own ratings and its own rungs, narrower than the typical ones."""
    base = typical(Chemistry.NMC, charge_kw=1, discharge_kw=1, current_a=1)
    rules = tuple(spread(rule, rng, count) for rule in base.rules)
    return Limits(rules, *(rng.uniform(1, 2000, count) for _ in range(3)), source="random")


def spread(rule: Rule, rng: np.random.Generator, count: int) -> Rule:
    shift = -rule.sign * rng.uniform(0, 0.05, count) * np.abs(rule.stop - rule.derate)
    return replace(rule, **{name: getattr(rule, name) + shift for name in RUNGS})


def random_readings(limits: Limits, rng: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Mostly inside, often on a ramp, sometimes beyond, sometimes unknown."""
    found: dict[str, np.ndarray] = {"dc_voltage_v": rng.uniform(300, 1500, count)}
    for rule in limits.rules:
        span = rule.stop - rule.derate
        inside = rule.derate - span * rng.uniform(0.1, 3, count)
        beyond = rule.derate + span * rng.uniform(-0.2, 1.4, count)
        value = np.where(rng.random(count) < 0.9, inside, beyond)
        found[rule.reading] = np.where(rng.random(count) < 0.003, np.nan, found.get(rule.reading, value))
    return found


def commands(rng: np.random.Generator, count: int) -> Drawn:
    """Powers at, just inside and just outside what each battery may do now."""
    limits = limits_of_many(rng, count)
    state, tripped = random_readings(limits, rng, count), rng.random(count) < 0.02
    windows = np.array(
        [
            window(limits, one, {name: float(of[one]) for name, of in state.items()}, tripped=bool(tripped[one]))
            for one in range(count)
        ]
    )
    discharging = rng.random(count) < 0.5
    most = np.where(discharging, windows[:, 1], windows[:, 0])
    factor = rng.choice([0.0, 0.5, 0.999, 1.0, 1.001, 1.5], count)
    size = most * factor + np.where(factor > 1, 1e-4, 0)
    found = check_command(limits, state, tripped, np.where(discharging, size, -size))
    return Drawn(found.allowed, size <= most + 1e-6)


def schedules(rng: np.random.Generator, count: int) -> Drawn:
    """Powers that often run the battery full or empty."""
    limits = limits_of_many(rng, count)
    efficiency = rng.uniform(0.9, 1, count)
    store = Store(rng.uniform(0.1, 0.95, count), rng.uniform(500, 8000, count), efficiency, efficiency)
    power = rng.uniform(-1, 1.0, (count, STEPS))
    power = np.where(power > 0, power * limits.discharge_kw[:, None], power * limits.charge_kw[:, None])
    power[rng.random((count, STEPS)) < 0.3] = 0.0
    power *= rng.choice([0.4, 1.0, 1.2], (count, 1))
    found = check_schedule(limits, store, np.zeros(count, dtype=bool), power, step_s=900.0)
    legal = [
        schedule_is_legal(
            limits,
            one,
            soc=float(store.soc[one]),
            kwh=float(store.energy_kwh[one]),
            efficiency=float(efficiency[one]),
            powers=power[one].tolist(),
            hours=0.25,
        )
        for one in range(count)
    ]
    return Drawn(found.allowed, np.array(legal))
