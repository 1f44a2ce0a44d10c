"""Whether the hours alone that were foretold hold what they promise, on outages of real load and sun.

    python -m tests.studies readiness --count 200 --seed 9

The forecaster knows the hours before the outage and nothing after: by the hour of the day the quantiles of the last 28
days (workdays and weekends apart), how long its errors last, and how far off it is now. It believes round figures of
the equipment. The truth is the record, played on equipment that differs from what is believed.
"""

import argparse
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.microgrids.outage_trial import Island, Units, stand_alone
from gridops.engine.microgrids.readiness import Charge, Outlook, Readiness, assess, draw
from gridops.engine.microgrids.readiness_paths import Band, fit_dependence, scores_of
from tests.studies.readiness_worlds import (
    BEHIND,
    HORIZON_H,
    HOURS_A_DAY,
    STEPS_AN_HOUR,
    Truth,
    World,
    drawn_truth,
    worlds,
)

FloatArray = npt.NDArray[np.float64]
LEVELS = np.array([0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95])
SCENARIOS = 500
CLASSES = ((1, "critical"), (2, "critical and important"), (3, "all"))
SOC_SIGMA, TANK_SIGMA = 0.02, 0.03


@dataclass(frozen=True)
class Outage:
    world: str
    hours: FloatArray  # (3,) that it really lasted
    is_beyond: npt.NDArray[np.bool_]
    found: Readiness


def run(arguments: argparse.Namespace) -> str:
    found = outages(arguments.seed, arguments.count)
    return "\n".join([*table(found), "", *by_world(found), "", *histogram(found), "", *stretches(found)])


def outages(seed: int, count: int) -> list[Outage]:
    every = worlds()
    return [outage(every[number % len(every)], np.random.default_rng((seed, number))) for number in range(count)]


def outage(world: World, rng: np.random.Generator) -> Outage:
    begin = int(rng.integers(2 * BEHIND * HOURS_A_DAY, len(world.sun_kw) - HORIZON_H))
    truth = drawn_truth(world, begin, rng)
    played = stand_alone(truth.island, truth.courses, truth.energy_kwh, truth.luck)
    return Outage(world.name, played.hours[0], played.is_beyond[0], foretold(world, begin, truth, rng))


def foretold(world: World, begin: int, truth: Truth, rng: np.random.Generator) -> Readiness:
    """Charge and tank are read with an error."""
    units, store = world.island.units, world.island.store
    tank = truth.island.units.fuel_kwh * (1.0 + TANK_SIGMA * rng.standard_normal(len(units)))
    believed = Units(units.rated_kw, units.least_kw, tank, units.is_running, units.start_failure, units.failures_per_h)
    island = Island(store, believed, world.island.policy)
    read = float(truth.energy_kwh[0]) + SOC_SIGMA * store.capacity_kwh * rng.standard_normal()
    charge = Charge(read, SOC_SIGMA * store.capacity_kwh, TANK_SIGMA)
    steps = HORIZON_H * STEPS_AN_HOUR
    drawn = draw(outlook(world, begin), charge, units=len(units), scenarios=SCENARIOS, steps=steps, rng=rng)
    return assess(island, drawn)


def outlook(world: World, begin: int) -> Outlook:
    whole = world.load_kw.sum(axis=1)
    bands = [_band(world.load_kw[:, one], world, begin) for one in range(3)]
    sun = _band(world.sun_kw, world, begin, by_kind=False)
    load_scores, sun_scores = _past_scores(whole, world, begin), _past_scores(world.sun_kw, world, begin, by_kind=False)
    return Outlook(
        (bands[0], bands[1], bands[2]),
        sun,
        1.0 / STEPS_AN_HOUR,
        load_errors=fit_dependence(load_scores, 1.0),
        renewable_errors=fit_dependence(sun_scores, 1.0),
        correlation=_correlation(load_scores, sun_scores),
        load_score=_last(load_scores),
        renewable_score=_last(sun_scores),
    )


def _last(scores: FloatArray) -> float | None:
    return float(scores[-1]) if np.isfinite(scores[-1]) else None


def _correlation(load: FloatArray, sun: FloatArray) -> float:
    known = np.isfinite(load) & np.isfinite(sun)
    return float(np.corrcoef(load[known], sun[known])[0, 1]) if known.sum() > 50 else 0.0


def _band(values: FloatArray, world: World, begin: int, *, by_kind: bool = True) -> Band:
    """Of the 72 hours, from the hours before the outage alone."""
    hours = np.arange(begin, begin + HORIZON_H)
    kw = np.stack([_usual(values, world, int(hour), begin, by_kind=by_kind) for hour in hours])
    most = float(values[:begin].max()) * (1.2 if by_kind else 1.0)
    return Band(LEVELS, np.repeat(kw, STEPS_AN_HOUR, axis=0), 0.0, most)


def _usual(values: FloatArray, world: World, hour: int, known_until: int, *, by_kind: bool) -> FloatArray:
    """Quantiles of the same hour in the days before, workdays for workdays."""
    back = hour - np.arange(1, BEHIND + HORIZON_H // HOURS_A_DAY + 1) * HOURS_A_DAY
    past = back[(back < known_until) & (back >= known_until - BEHIND * HOURS_A_DAY)]
    if by_kind:
        past = past[world.weekend[past] == world.weekend[hour]]
    return np.asarray(np.quantile(values[past], LEVELS))


def _past_scores(values: FloatArray, world: World, begin: int, *, by_kind: bool = True) -> FloatArray:
    """Of the last 28 days, each hour against the days before it."""
    hours = np.arange(begin - BEHIND * HOURS_A_DAY, begin)
    kw = np.stack([_usual(values, world, int(hour), int(hour), by_kind=by_kind) for hour in hours])
    return scores_of(Band(LEVELS, kw), values[hours])


def rank(one: Outage, classes: int) -> float:
    """Share of the foretold that is below the truth, half of what is equal: uniform if the forecast is right."""
    hours, beyond = one.found.hours[:, classes - 1], one.found.is_beyond[:, classes - 1]
    foretold_h = np.where(beyond, np.inf, hours)
    truth = np.inf if one.is_beyond[classes - 1] else one.hours[classes - 1]
    same = np.isinf(foretold_h) if np.isinf(truth) else np.isclose(foretold_h, truth)
    return float(((foretold_h < truth) & ~same).mean() + 0.5 * same.mean())


def is_inside(one: Outage, classes: int) -> bool:
    low, _, high = one.found.band(classes)
    return bool(low - 1e-9 <= one.hours[classes - 1] <= high + 1e-9)


def table(found: list[Outage]) -> list[str]:
    """Without a meaning: a band beyond the horizon as a whole, or of no width at 0, where loads are cut by now."""
    names = (
        "loads",
        "in P10-P90",
        "by rank",
        "of those not without a meaning",
        "truth beyond 72 h",
        "without a meaning",
    )
    rows = [f"| {' | '.join((*names, 'median hours', 'median width'))} |", "|---" * 8 + "|"]
    for classes, name in CLASSES:
        inside = np.array([is_inside(one, classes) for one in found])
        ranks = np.array([rank(one, classes) for one in found])
        trivial = np.array([_is_trivial(one, classes) for one in found])
        beyond = sum(bool(one.is_beyond[classes - 1]) for one in found)
        width = np.median([one.found.band(classes)[2] - one.found.band(classes)[0] for one in found])
        shares = (inside, (ranks >= 0.1) & (ranks <= 0.9), inside[~trivial])
        told = [name, *(f"{share.mean():.1%}" for share in shares), str(beyond), str(int(trivial.sum()))]
        told += [f"{np.median([one.hours[classes - 1] for one in found]):.1f} h", f"{width:.1f} h"]
        rows.append(f"| {' | '.join(told)} |")
    return rows


def _is_trivial(one: Outage, classes: int) -> bool:
    low, _, high = one.found.band(classes)
    return low >= HORIZON_H - 1e-9 or high <= 1e-9


def stretches(found: list[Outage]) -> list[str]:
    """By how much draws would have to be stretched about their middle so that a tenth lies below, and above: what
    STRETCH of the engine is fitted to, on seeds that are not told."""
    rows = ["| loads | below | above |", "|---|---|---|"]
    for classes, name in CLASSES:
        kept = [one for one in found if not _is_trivial(one, classes)]
        bands = np.array([[one.found.quantile(level, classes) for level in (0.1, 0.5, 0.9)] for one in kept])
        truth = np.array([one.hours[classes - 1] for one in kept])
        low, middle, high = bands.T
        below = np.quantile((middle - truth) / np.maximum(middle - low, 1e-6), 0.9)
        above = np.quantile(np.where(high < HORIZON_H, (truth - middle) / np.maximum(high - middle, 1e-6), 0.0), 0.9)
        rows.append(f"| {name} | {below:.2f} | {above:.2f} |")
    return rows


def by_world(found: list[Outage]) -> list[str]:
    rows = ["| microgrid | outages | critical | critical and important | all |", "|---|---|---|---|---|"]
    for name in dict.fromkeys(one.world for one in found):
        own = [one for one in found if one.world == name]
        told = [f"{np.mean([is_inside(one, classes) for one in own]):.0%}" for classes, _ in CLASSES]
        rows.append(f"| {name} | {len(own)} | {' | '.join(told)} |")
    return rows


def histogram(found: list[Outage]) -> list[str]:
    """Ranks of the truth among the foretold, in tenths; each holds a tenth if the forecast is right."""
    rows = ["| loads | " + " | ".join(f"{n / 10:.1f}" for n in range(10)) + " |", "|---" * 11 + "|"]
    for classes, name in CLASSES:
        counts, _ = np.histogram([rank(one, classes) for one in found], bins=np.linspace(0, 1, 11))
        rows.append(f"| {name} | " + " | ".join(str(one) for one in counts) + " |")
    return rows
