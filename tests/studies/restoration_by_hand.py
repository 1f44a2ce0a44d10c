"""The baseline: customers call, a crew goes out, ties are closed by hand one after another.

As competent as a person with a map can be: the same switches, the fault isolated on both sides, a part that one tie can
carry is fed by it (the limits are kept, by the same power flow). What is not done by hand: dividing a part between
ties, moving load between feeders.
"""

import numpy as np

from apps.incidents.adapters.case_restoring import Faulted
from gridops.engine.reliability.restoration.checking import Checker
from gridops.engine.reliability.restoration.sections import Sections, sections_of

DETECTION_MIN = (10.0, 15.0)  # by calls
SWITCHING_MIN = (30.0, 60.0)  # until the fault is isolated and the breaker closed; and again for every tie


def by_hand_minutes(case: Faulted, draws: np.random.Generator) -> float:
    """Customer minutes until the repair is over."""
    sections = sections_of(case.grid)
    checker, repair = Checker(sections), case.grid.repair_minutes
    closed = case.grid.switch_closed & ~sections.at_fault()
    now = draws.uniform(*DETECTION_MIN) + draws.uniform(*SWITCHING_MIN)
    waited = np.where(sections.live(case.grid.switch_closed), 0.0, repair)
    tripped = closed.copy()
    tripped[list(case.opened)] = True
    tripped &= ~sections.at_fault()
    if checker.fits_always(tripped):
        closed = tripped
        waited = _waited(sections, closed, waited, now)
    while now < repair:
        after = _one_tie(sections, checker, closed)
        if after is None:
            break
        closed, now = after, now + draws.uniform(*SWITCHING_MIN)
        waited = _waited(sections, closed, waited, now)
    return float(np.minimum(waited, repair) @ sections.customers)


def _waited(sections: Sections, closed: np.ndarray, waited: np.ndarray, now: float) -> np.ndarray:
    return np.where(sections.live(closed), np.minimum(waited, now), waited)


def _one_tie(sections: Sections, checker: Checker, closed: np.ndarray) -> np.ndarray | None:
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
        after = closed.copy()
        after[ways[place]] = True
        if checker.fits_always(after):
            return after
    return None
