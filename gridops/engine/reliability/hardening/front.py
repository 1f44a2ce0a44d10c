"""Cost against customer minutes, what each measure adds, and what it is worth in money."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import FloatArray
from gridops.engine.reliability.hardening.choosing import Choice, choose
from gridops.engine.reliability.hardening.worth import Evaluator, Worth


@dataclass(frozen=True, slots=True)
class Share:
    """What a bought measure adds: without it, and all others bought, there would be so much more."""

    measure: int
    minutes: float
    ens_kwh: float
    alone_minutes: float  # what it would save as the only one


@dataclass(frozen=True, slots=True)
class Money:
    yearly: float  # saved, in the currency of the value of lost load
    present: float  # value of the savings over the years
    npv: float
    benefit_cost: float  # nan without a cost


def front(
    play: Evaluator, budgets: FloatArray, *, bounds: int = 60, progress: Callable[[float], None] = lambda _: None
) -> list[Choice]:
    """The choices that no other of them beats in cost and in minutes, cheapest first; nothing bought is the first."""
    found: list[Choice] = []
    begin = None
    for number, budget in enumerate(np.unique(np.append(0.0, budgets)).tolist()):
        one = choose(play, float(budget), bounds=bounds, begin=begin)
        begin = one.chosen
        if not found or one.worth.customer_minutes < found[-1].worth.customer_minutes:
            found.append(one)
        progress((number + 1) / (len(budgets) + 1))
    return found


def shares(play: Evaluator, choice: Choice) -> list[Share]:
    """Greatest first."""
    none = np.zeros(len(choice.chosen), np.bool_)
    before, told = play.worth(none), []
    for number in np.flatnonzero(choice.chosen).tolist():
        without, alone = choice.chosen.copy(), none.copy()
        without[number], alone[number] = False, True
        less = play.worth(without)
        told.append(
            Share(
                number,
                less.customer_minutes - choice.worth.customer_minutes,
                less.ens_kwh - choice.worth.ens_kwh,
                before.customer_minutes - play.worth(alone).customer_minutes,
            )
        )
    return sorted(told, key=lambda one: -one.minutes)


def money(before: Worth, after: Worth, *, voll_per_kwh: float, rate: float, years: int) -> Money:
    """Value of the energy that is no longer lost. rate: of discount, a fraction a year; savings come at year's ends."""
    yearly = (before.ens_kwh - after.ens_kwh) * voll_per_kwh
    factor = years if rate == 0 else (1 - (1 + rate) ** -years) / rate
    present = yearly * factor
    return Money(yearly, present, present - after.cost, present / after.cost if after.cost > 0 else float(np.nan))
