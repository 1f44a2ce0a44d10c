"""How soon supply can be back at the very best, whatever the plan: what bounds are made of."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray
from gridops.engine.network.topology import components
from gridops.engine.reliability.restoration.checking import SECONDS_PER_MINUTE
from gridops.engine.reliability.restoration.sections import Sections

_INF = np.inf


@dataclass(frozen=True, slots=True)
class Soonest:
    """Weighted minutes of waiting are at least `fixed` + `each` of every section that gets supply, its weight times.

    `fixed` counts all sections; of each that stays without supply `latest` minutes, times its weight, are taken off.
    """

    fixed: float
    each: FloatArray
    latest: float


def by_ways(sections: Sections, closed: BoolArray) -> Soonest:
    """Every section for itself: what is open on its way must be closed, what joins the way to the fault be opened."""
    return Soonest(0.0, least_seconds(sections, closed) / SECONDS_PER_MINUTE, 0.0)


def by_parts(sections: Sections, closed: BoolArray) -> Soonest:
    """Parts one after the other: each needs an opening towards the fault and a closing of its own.

    The parts are what hangs together when the faulted sections are taken out. An opening belongs to one part, and the
    closing that first gives a part supply to that part, so these are jobs of one desk, each with its own length. Their
    weighted completion is least in the order of weight by length (Smith, Naval Research Logistics Quarterly 3, 1956).
    """
    live, seconds = sections.live(closed), sections.grid.seconds
    inside = sections.operable & closed & ~sections.faulted[sections.end_a] & ~sections.faulted[sections.end_b]
    count, part = components(sections.count, sections.end_a[inside], sections.end_b[inside])
    waiting = ~live & ~sections.faulted
    weight = np.bincount(part[waiting], sections.weight[waiting], count)
    closing, opening = np.full(count, _INF), np.full(count, _INF)
    at_fault = np.zeros(count, np.bool_)
    touching = sections.operable & closed & sections.at_fault()
    for end in (sections.end_a, sections.end_b):
        shut, open_now = sections.operable & closed, sections.operable & ~closed
        np.minimum.at(opening, part[end[shut]], seconds[shut])
        np.minimum.at(closing, part[end[open_now]], seconds[open_now])
        at_fault[part[end[touching]]] = True
    length = np.where(at_fault, opening, 0.0) + closing
    mine = np.flatnonzero((weight > 0) & np.isfinite(length))
    order = mine[np.argsort(-weight[mine] / np.maximum(length[mine], 1e-6), kind="stable")]
    done = np.cumsum(length[order]) / SECONDS_PER_MINUTE
    return Soonest(float(weight[order] @ done), np.zeros(sections.count), float(done[-1]) if len(done) else 0.0)


def least_seconds(sections: Sections, closed: BoolArray) -> FloatArray:
    """The least time in which each section can have supply, one operation after the other; the repair's where never."""
    seconds, at_fault = sections.grid.seconds, sections.at_fault() & closed
    opening = np.bincount(sections.end_a[at_fault], seconds[at_fault], sections.count)
    opening = opening + np.bincount(sections.end_b[at_fault], seconds[at_fault], sections.count)
    least = np.where(sections.live(closed), 0.0, _INF)
    usable = np.flatnonzero(sections.operable & ~sections.faulted[sections.end_a] & ~sections.faulted[sections.end_b])
    a, b = sections.end_a[usable], sections.end_b[usable]
    closing = np.where(closed[usable], 0.0, seconds[usable])
    while True:
        before = least.copy()
        np.minimum.at(least, b, before[a] + closing + opening[b])
        np.minimum.at(least, a, before[b] + closing + opening[a])
        if (least == before).all():
            return np.where(np.isfinite(least), least, sections.grid.repair_minutes * SECONDS_PER_MINUTE)
