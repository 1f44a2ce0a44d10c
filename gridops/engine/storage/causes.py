"""What shortens a battery's life most, and what a gentler policy would cost and gain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.storage.ageing.belief import Belief
from gridops.engine.storage.ageing.model import AgeingModel, Damage
from gridops.engine.storage.ageing.stress import Stress
from gridops.engine.storage.arrays import DAYS_A_YEAR, FloatArray
from gridops.engine.storage.economics.figures import capital_recovery
from gridops.engine.storage.lifespan import END_OF_LIFE, expected_years, nothing_yet, yearly

GENTLE_SOC, GENTLE_C, GENTLE_DEPTH, GENTLE_RATE = 0.5, 25.0, 0.4, 0.25


@dataclass(frozen=True, slots=True)
class Cause:
    """Years that a battery would live longer without one of its stresses."""

    name: str
    words: str
    years_gained: FloatArray  # (B,)


@dataclass(frozen=True, slots=True)
class Policy:
    """Another schedule for the same batteries, with what it earns."""

    stress: Stress
    earnings: FloatArray  # (B,) money a year


@dataclass(frozen=True, slots=True)
class Bargain:
    """A policy against the one in force, per battery (B,). Money a year; positive is better under the policy."""

    years: FloatArray
    years_gained: FloatArray
    earnings_lost: FloatArray
    replacement_saved: FloatArray

    @property
    def worth(self) -> FloatArray:
        return self.replacement_saved - self.earnings_lost


def causes(
    model: AgeingModel,
    stress: Stress,
    beliefs: Sequence[Belief],
    *,
    behind: Damage | None = None,
    end_of_life: float = END_OF_LIFE,
) -> list[Cause]:
    """Each stress left out by itself, the gravest (by the mean of all batteries) first.

    What is left out is what exceeds SoC 0.5, 25 °C, a depth of 0.4 and 0.25 C; and all rest, and all cycles. Gains do
    not add up, because the laws bend. A model that does not know a stress gives it no years.
    """
    past = nothing_yet(stress.batteries) if behind is None else behind

    def years(damage: Damage) -> FloatArray:
        return expected_years(model, past, yearly(damage, stress), beliefs, end_of_life)

    whole = model.damage(stress)
    today = years(whole)
    without = {name: (words, years(model.damage(gentler))) for name, (words, gentler) in _variants(stress).items()}
    without["rest"] = ("any ageing with time", years(whole.scaled(0.0, 1.0)))
    without["cycles"] = ("any ageing by cycles", years(whole.scaled(1.0, 0.0)))
    found = [Cause(name, words, lives - today) for name, (words, lives) in without.items()]
    return sorted(found, key=lambda cause: -float(cause.years_gained.mean()))


def _variants(stress: Stress) -> dict[str, tuple[str, Stress]]:
    warm = np.minimum(stress.temperature_c, GENTLE_C)
    return {
        "high_soc": (f"resting above {GENTLE_SOC:.0%}", replace(stress, soc=np.minimum(stress.soc, GENTLE_SOC))),
        "warmth": (
            f"cells above {GENTLE_C:g} °C",
            replace(stress, temperature_c=warm, cycle_temperature_c=np.minimum(stress.cycle_temperature_c, GENTLE_C)),
        ),
        "depth": (f"cycles deeper than {GENTLE_DEPTH:.0%}", stress.with_depth_at_most(GENTLE_DEPTH)),
        "rate": (f"rates above {GENTLE_RATE:g} C", replace(stress, c_rate=np.minimum(stress.c_rate, GENTLE_RATE))),
    }


def bargains(
    model: AgeingModel,
    today: Policy,
    others: Mapping[str, Policy],
    beliefs: Sequence[Belief],
    *,
    replacement: FloatArray | float,
    discount_rate: float,
    behind: Damage | None = None,
    end_of_life: float = END_OF_LIFE,
) -> dict[str, Bargain]:
    """Each other policy against today's.

    replacement: money for new batteries at the end of life, spread over that life at the discount rate (annuity).
    Errors: ValueError for a policy over another number of batteries.
    """
    past = nothing_yet(today.stress.batteries) if behind is None else behind

    def years(policy: Policy) -> FloatArray:
        if policy.stress.batteries != today.stress.batteries:
            raise ValueError("Policies are compared over the same batteries, in the same order.")
        a_year = yearly(model.damage(policy.stress), policy.stress)
        return np.maximum(expected_years(model, past, a_year, beliefs, end_of_life), 1 / DAYS_A_YEAR)

    before = years(today)
    paid = replacement * capital_recovery(discount_rate, before)
    return {
        name: Bargain(
            years=(after := years(policy)),
            years_gained=after - before,
            earnings_lost=today.earnings - policy.earnings,
            replacement_saved=paid - replacement * capital_recovery(discount_rate, after),
        )
        for name, policy in others.items()
    }
