"""Experiments of conservation voltage reduction on feeders whose factor is known.

    python -m tests.studies cvr --count 40 --seed 7

--count: experiments, each on a feeder of its own with weather, people, noise, missing hours and days, late beginnings,
rebound of thermostats and a guard that ends days and experiments. Each begins with four weeks of normal voltage, from
which the number of days is worked out that the factor asks for, within MOST_DAYS.
"""

import argparse
from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.efficiency.cvr_design import days_needed, randomised_days, steps_possible
from gridops.engine.efficiency.cvr_factor import CvrResult, estimated
from gridops.engine.efficiency.cvr_model import WASHOUT_H, Hours, day_means, fitted
from tests.studies.cvr_field import TAP_PU, TRIED, Played, World, drawn_feeder, drawn_world, play, true_factor

BASELINE_DAYS = 28
WANTED_HALF_WIDTH = 0.07
MOST_DAYS = 364
WITHIN = 0.1
SHARE_TOO_LOW = 0.002  # of the hours before


@dataclass(frozen=True)
class Outcome:
    truth: float
    found: CvrResult
    without_reference: CvrResult
    days: int
    planned: int
    guard_days: int
    steps: int

    @property
    def error(self) -> float:
        return self.found.factor.value - self.truth

    @property
    def covered(self) -> bool:
        return self.found.factor.low <= self.truth <= self.found.factor.high

    @property
    def was_stopped(self) -> bool:
        return self.days < self.planned


def run(arguments: argparse.Namespace) -> str:
    found = [experiment(arguments.seed, number) for number in range(arguments.count)]
    return "\n".join([*table(found), "", *summary(found)])


def experiment(seed: int, number: int) -> Outcome:
    rng = np.random.default_rng((seed, number))
    feeder = drawn_feeder(rng)
    before = drawn_world(feeder, BASELINE_DAYS + MOST_DAYS, rng)
    baseline = play(feeder, before, np.zeros(BASELINE_DAYS, np.bool_), rng)
    lowest = baseline.lowest[:, TRIED]
    possible = steps_possible(lowest, TAP_PU, feeder.limit_pu + feeder.margin_pu, share=SHARE_TOO_LOW)
    feeder = replace(feeder, steps=max(min(feeder.steps, possible), 1))
    left = unexplained(hours_of(baseline, before, np.zeros(BASELINE_DAYS, np.bool_)))
    needed = days_needed(left, feeder.steps * TAP_PU, WANTED_HALF_WIDTH)
    days = min(needed, MOST_DAYS)
    world = World(
        *(one[24 * BASELINE_DAYS :] for one in (before.temperature_c, before.common, before.own, before.source))
    )
    design = randomised_days(np.arange(days) % 7 >= 5, foreseen(world, days, rng), rng)
    played = play(feeder, world, design.reduced, rng)
    hours = hours_of(played, world, design.reduced)
    numbers, again = np.arange(days, dtype=np.int32), np.random.default_rng(seed)
    found = estimated(hours, design=design, design_days=numbers, generator=again)
    alone = estimated(hours_of(played, world, design.reduced, reference=False))
    return Outcome(true_factor(played), found, alone, played.hours // 24, days, played.guard_days, feeder.steps)


def unexplained(hours: Hours) -> float:
    """Standard deviation of a day's mean of what controls leave, before anything was reduced."""
    fit = fitted(hours, washout_h=0)
    means = day_means(fit, fit.log_energy)
    return float(np.sqrt((means**2).sum() / max(len(means) - fit.rank_of_days, 1)))


def foreseen(world: World, days: int, rng: np.random.Generator) -> np.ndarray:
    """The mean temperature of the days of the first two weeks, wrong by 1.5 K; nothing of the others."""
    mean = world.temperature_c[: 24 * days].reshape(days, 24).mean(axis=1) + rng.normal(0, 1.5, days)
    return np.where(np.arange(days) < 14, mean, np.nan)


def hours_of(played: Played, world: World, assigned: np.ndarray, *, reference: bool = True) -> Hours:
    at = np.arange(played.hours)
    day = (at // 24).astype(np.int32)
    return Hours(
        energy_kwh=played.measured_kwh,
        voltage_pu=played.measured_pu,
        assigned=assigned[day],
        day=day,
        hour=(at % 24).astype(np.int32),
        weekend=day % 7 >= 5,
        temperature_c=world.temperature_c[: played.hours],
        reference_kwh=played.reference_kwh if reference else None,
    )


def table(found: list[Outcome]) -> list[str]:
    names = "days", "of planned", "ended by guard", "steps", "voltage %", "truth", "factor", "90 % interval", "error"
    return [
        f"| | {' | '.join(names)} | covered |",
        "|" + "---|" * 11,
        *(line(number, one) for number, one in enumerate(found)),
    ]


def line(number: int, one: Outcome) -> str:
    factor = one.found.factor
    cells = (
        f"{number}",
        f"{one.days}",
        f"{one.planned}",
        f"{one.guard_days}",
        f"{one.steps}",
        f"{one.found.voltage_percent:.2f}",
        f"{one.truth:.3f}",
        f"{factor.value:.3f}",
        f"{factor.low:.3f} to {factor.high:.3f}",
        f"{one.error:+.3f}",
        "yes" if one.covered else "no",
    )
    return f"| {' | '.join(cells)} |"


def summary(found: list[Outcome]) -> list[str]:
    told = [one for one in found if not one.found.reason]
    error = np.array([abs(one.error) for one in told])
    half = np.median([(one.found.factor.high - one.found.factor.low) / 2 for one in told])
    stopped = sum(one.was_stopped for one in found)
    seen = sum(one.found.p_value < 1 - 0.9 for one in told)
    return [
        f"With a factor: {len(told)} of {len(found)}; stopped by the guard: {stopped}.",
        f"Within {WITHIN} of the truth: {int((error <= WITHIN).sum())} of {len(told)}; median error "
        f"{np.median(error):.3f}, largest {error.max():.3f}; mean of signed errors "
        f"{np.mean([one.error for one in told]):+.3f}.",
        f"The 90 % interval holds the truth: {np.mean([one.covered for one in told]):.1%}; "
        f"median half width {half:.3f}.",
        without_reference([one for one in found if not one.without_reference.reason]),
        plain(told),
        f"Effect told by the coins thrown again (p < 0.1): {seen} of {len(told)}. "
        f"Hours left out after a change: {WASHOUT_H}.",
    ]


def without_reference(found: list[Outcome]) -> str:
    factors = [one.without_reference.factor for one in found]
    near = sum(abs(f.value - one.truth) <= WITHIN for f, one in zip(factors, found, strict=True))
    held = np.mean([f.low <= one.truth <= f.high for f, one in zip(factors, found, strict=True)])
    return f"Without other feeders as reference: within {WITHIN} {near} of {len(found)}, interval holds {held:.1%}."


def plain(found: list[Outcome]) -> str:
    error = np.array([one.found.plain_factor - one.truth for one in found])
    near = int((np.abs(error) <= WITHIN).sum())
    return (
        f"Plain regression on the voltage itself: within {WITHIN} {near} of {len(found)}, mean of signed errors "
        f"{error.mean():+.3f}."
    )
