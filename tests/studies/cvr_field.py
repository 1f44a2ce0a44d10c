"""A feeder whose answer to voltage is known: the field of the study of voltage experiments.

It is solved by its own sums along the feeder and shares no code with the engine. Three copies have the same weather,
people and disturbances: one takes part in the experiment, one is always reduced, one never. What the last two differ
by is the truth. Loads are mixes of constant impedance, current and power, and heating by thermostats: it draws by the
square of the voltage, and longer when it gets less, so that hours after a change have a rebound either way.
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
NODES = 10
TAP_PU = 0.0125
PEAK = 1.3  # of the load, around 1
TRIED, REDUCED, NORMAL = 0, 1, 2


@dataclass(frozen=True)
class Feeder:
    """Shares per node: impedance, current, the rest power; `thermostat`: the share of heating in the load."""

    base_kw: Array
    impedance: Array
    current: Array
    thermostat: float
    rebound_h: float
    r_pu: Array  # of the section before each node, for kW
    source_pu: float
    steps: int
    day_sd: float  # what only this feeder does from day to day
    limit_pu: float = 0.92
    margin_pu: float = 0.005
    guard_days: int = 3  # as many days that ended early stop the experiment


@dataclass(frozen=True)
class World:
    """Per hour."""

    temperature_c: Array
    common: Array  # what all feeders do
    own: Array
    source: Array


@dataclass
class Played:
    """Per hour and copy, and what meters told of the first."""

    energy: Array
    voltage: Array
    lowest: Array
    measured_kwh: Array = field(default_factory=lambda: np.zeros(0))
    measured_pu: Array = field(default_factory=lambda: np.zeros(0))
    reference_kwh: Array = field(default_factory=lambda: np.zeros(0))
    guard_days: int = 0
    hours: int = 0  # until it ended, or was stopped


def drawn_feeder(rng: np.random.Generator) -> Feeder:
    """At its peak the voltage falls by 2 to 5.5 % along it."""
    mix = rng.dirichlet([rng.uniform(0.4, 3.0), rng.uniform(0.4, 2.0), rng.uniform(0.6, 3.0)], size=NODES)
    base_kw, section = rng.uniform(80, 320, NODES), rng.uniform(1.0, 2.6, NODES)
    drop = (section * np.cumsum(PEAK * base_kw[::-1])[::-1]).sum()
    return Feeder(
        base_kw=base_kw,
        impedance=mix[:, 0],
        current=mix[:, 1],
        thermostat=float(rng.uniform(0.0, 0.35)),
        rebound_h=float(rng.uniform(0.6, 1.6)),
        r_pu=section * rng.uniform(0.02, 0.055) / drop,
        source_pu=float(rng.uniform(1.005, 1.03)),
        steps=int(rng.integers(2, 5)),
        day_sd=float(rng.uniform(0.004, 0.008)),
    )


def drawn_world(feeder: Feeder, days: int, rng: np.random.Generator) -> World:
    hours = np.arange(24 * days)
    begin, level = rng.uniform(0, 365), rng.uniform(7, 13)
    year = -10 * np.cos(2 * math.pi * (begin + hours / 24) / 365)
    daily = -4 * np.cos(2 * math.pi * (hours % 24 - 3) / 24)
    temperature = (
        level + year + daily + np.repeat(_wander(days, 0.8, 3.0, rng), 24) + _wander(len(hours), 0.9, 0.8, rng)
    )
    common = np.repeat(_wander(days, 0.6, 0.02, rng), 24) + _wander(len(hours), 0.8, 0.01, rng)
    own = np.repeat(_wander(days, 0.4, feeder.day_sd, rng), 24) + _wander(len(hours), 0.7, 0.012, rng)
    return World(temperature, common, own, _wander(len(hours), 0.95, 0.004, rng))


def _wander(count: int, memory: float, sd: float, rng: np.random.Generator) -> Array:
    found = np.zeros(count)
    found[0] = rng.normal(0, sd)
    for at in range(1, count):
        found[at] = memory * found[at - 1] + rng.normal(0, sd * math.sqrt(1 - memory**2))
    return found


def people(hours: Array) -> Array:
    """How much is drawn by the hour of the week, around 1."""
    hour, weekend = hours % 24, (hours // 24) % 7 >= 5
    working = 0.75 + 0.35 * np.exp(-(((hour - 8) / 2.5) ** 2)) + 0.55 * np.exp(-(((hour - 19) / 3.0) ** 2))
    resting = 0.8 + 0.45 * np.exp(-(((hour - 12) / 4.0) ** 2)) + 0.4 * np.exp(-(((hour - 19) / 3.0) ** 2))
    return np.where(weekend, resting, working)


def play(feeder: Feeder, world: World, assigned: npt.NDArray[np.bool_], rng: np.random.Generator) -> Played:
    """assigned: per day. Some days begin late; the guard ends a day early, and at last the experiment."""
    count = 24 * len(assigned)
    late = np.where(rng.random(len(assigned)) < 0.08, rng.integers(1, 10, len(assigned)), 0)
    longer = np.ones((3, NODES))  # how much longer thermostats are on than at 1 pu
    played = Played(np.zeros((count, 3)), np.zeros((count, 3)), np.zeros((count, 3)), hours=count)
    gone_back, hit_days = -1, set()
    for at in range(count):
        day, hour = divmod(at, 24)
        tried = assigned[day] and hour >= late[day] and gone_back != day
        down = np.array([feeder.steps * tried, feeder.steps, 0]) * TAP_PU
        power, voltage = _hour(feeder, world, at, down, longer)
        played.energy[at], played.voltage[at], played.lowest[at] = (
            power.sum(axis=1),
            voltage.mean(axis=1),
            voltage.min(1),
        )
        wanted = 1 / voltage**2
        longer = wanted + (longer - wanted) * math.exp(-1 / feeder.rebound_h)
        if tried and played.lowest[at, TRIED] < feeder.limit_pu + feeder.margin_pu:
            gone_back = day
            hit_days.add(day)
        if len(hit_days) >= feeder.guard_days and hour == 23:
            played.hours = at + 1
            break
    played.guard_days = len(hit_days)
    _measure(played, world, rng)
    return played


def _hour(feeder: Feeder, world: World, at: int, down: Array, longer: Array) -> tuple[Array, Array]:
    level = people(np.array([at]))[0] * math.exp(world.common[at] + world.own[at])
    cold = max(16 - world.temperature_c[at], 0) / 16
    warm = max(world.temperature_c[at] - 22, 0) / 16
    plain = feeder.base_kw * level * (1 - feeder.thermostat + 0.5 * warm)
    heating = feeder.base_kw * feeder.thermostat * level * (0.3 + cold)
    source = feeder.source_pu + world.source[at] - down
    voltage = np.repeat(source[:, None], NODES, axis=1)
    constant = 1 - feeder.impedance - feeder.current
    for _ in range(8):
        power = plain * (feeder.impedance * voltage**2 + feeder.current * voltage + constant)
        power = power + heating * voltage**2 * longer
        beyond = np.cumsum(power[:, ::-1], axis=1)[:, ::-1]  # what flows through the section before each node
        voltage = source[:, None] - np.cumsum(feeder.r_pu * beyond / voltage.clip(0.5), axis=1)
    return power, voltage


def _measure(played: Played, world: World, rng: np.random.Generator) -> None:
    """Meters are noisy, hours and whole days are missing; other feeders draw by the same people and weather."""
    count = played.hours
    gone = (rng.random(count) < 0.02) | np.repeat(rng.random(count // 24) < 0.04, 24)
    energy = played.energy[:count, TRIED] * np.exp(rng.normal(0, 0.002, count))
    voltage = played.voltage[:count, TRIED] + rng.normal(0, 0.001, count)
    played.measured_kwh, played.measured_pu = (np.where(gone, np.nan, one) for one in (energy, voltage))
    hours = np.arange(count, dtype=float)
    cold = np.maximum(16 - world.temperature_c[:count], 0) / 16
    warm = np.maximum(world.temperature_c[:count] - 22, 0) / 16
    others = 9000 * people(hours) * np.exp(world.common[:count]) * (0.85 + 0.12 * cold + 0.4 * warm)
    wander = np.repeat(_wander(count // 24, 0.4, 0.004, rng), 24)
    played.reference_kwh = others * np.exp(wander + rng.normal(0, 0.004, count))


def true_factor(played: Played) -> float:
    """Of the hours until the end: percent of energy for a percent of voltage, always reduced against never."""
    energy, voltage = played.energy[: played.hours], played.voltage[: played.hours]
    less = energy[:, REDUCED].sum() / energy[:, NORMAL].sum() - 1
    lower = (voltage[:, REDUCED] / voltage[:, NORMAL] - 1).mean()
    return float(less / lower)
