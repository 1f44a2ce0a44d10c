"""Switching by hand: customers call, a crew goes out, ties are closed one after another.

As competent as a person with a map can be: the same switches, the fault isolated on both sides, a part that one tie can
carry is fed by it (the limits are kept, by the same power flow). What is not done by hand: dividing a part between
ties, moving load between feeders.
"""

from typing import Final, Protocol

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.problem import FaultedGrid
from gridops.engine.reliability.restoration.sections import Sections, sections_of

DETECTION_MIN: Final = (10.0, 15.0)  # by calls
SWITCHING_MIN: Final = (30.0, 60.0)  # until the fault is isolated and the breaker closed; and again for every tie


class Faulted(Protocol):
    @property
    def grid(self) -> FaultedGrid: ...

    @property
    def opened(self) -> tuple[int, ...]:
        """Switches that protection has opened."""
        ...


def by_hand_minutes(case: Faulted, draws: np.random.Generator) -> float:
    """Customer minutes until the repair is over."""
    sections = sections_of(case.grid)
    checker, repair = Checker(sections), case.grid.repair_minutes
    now = draws.uniform(*DETECTION_MIN) + draws.uniform(*SWITCHING_MIN)
    waited = np.where(sections.live(case.grid.switch_closed), 0.0, repair)
    closed = isolated(sections, checker, case.opened)
    waited = _waited(sections, closed, waited, now)
    while now < repair:
        tie = best_tie(sections, checker, closed)
        if tie is None:
            break
        closed, now = with_tie(closed, tie), now + draws.uniform(*SWITCHING_MIN)
        waited = _waited(sections, closed, waited, now)
    return float(np.minimum(waited, repair) @ sections.customers)


def isolated(sections: Sections, checker: Checker, opened: tuple[int, ...]) -> BoolArray:
    """Positions with the fault parted on both sides, and what was tripped closed again where it holds the limits."""
    closed = sections.grid.switch_closed & ~sections.at_fault()
    again = closed.copy()
    again[list(opened)] = True
    again &= ~sections.at_fault()
    return np.asarray(again if checker.fits_always(again) else closed, np.bool_)


def best_tie(sections: Sections, checker: Checker, closed: BoolArray) -> int | None:
    """The tie that gives most customers supply at once."""
    live, group = sections.live(closed), sections.groups(closed)
    customers = np.bincount(group, sections.customers)
    at_a, at_b = live[sections.end_a], live[sections.end_b]
    ways = np.flatnonzero(sections.operable & ~closed & (at_a ^ at_b))
    dead = np.where(at_a[ways], sections.end_b[ways], sections.end_a[ways])
    faulty = np.isin(group[dead], group[sections.faulted])
    order = np.argsort(-customers[group[dead]], kind="stable")
    for place in order.tolist():
        if faulty[place] or not customers[group[dead[place]]]:
            continue
        if checker.fits_always(with_tie(closed, int(ways[place]))):
            return int(ways[place])
    return None


def with_tie(closed: BoolArray, tie: int) -> BoolArray:
    after = closed.copy()
    after[tie] = True
    return after


def _waited(sections: Sections, closed: BoolArray, waited: FloatArray, now: float) -> FloatArray:
    return np.where(sections.live(closed), np.minimum(waited, now), waited)
