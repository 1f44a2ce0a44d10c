"""What each node can host over several hours: the least of what it can in each of them.

Hour by hour what was found before is tried first, and only where it breaks a limit is searched on. So the answer breaks
nothing in any of the hours, by a full power flow of every one of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from gridops.engine.hosting.estimate import estimated_kw
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.security.hosting import Addition, Hosting, HostingBase, hosting_capacity
from gridops.engine.security.hosting_limits import HostingLimit
from gridops.engine.security.screening import Limits
from gridops.engine.security.zones import OperatingPoint

COURSE = (0.0, 0.5, 1.0, 1.5)  # of the capacity
_DEAD = frozenset({HostingLimit.DEAD})


class NoState(ValueError):
    """An hour has no power flow before anything is added; says which and why."""


@dataclass(frozen=True, slots=True)
class NodeHosting:
    found: Hosting
    hour: int  # in which the limit breaks
    course_kw: FloatArray  # what is added
    own_pu: FloatArray  # the node's voltage with it, in that hour
    limit_value: FloatArray  # of the element whose limit breaks; nan where none does


def host_nodes(
    hours: Sequence[OperatingPoint],
    limits: Limits,
    nodes: IntArray,
    addition: Addition,
    *,
    progress: Callable[[float], None] | None = None,
) -> list[NodeHosting]:
    """One per node, each by itself, with what breaks first and how that value gets there.

    progress: told the share that is done, from 0 to 1. Raises NoState.
    """
    tell = progress or _silent
    bases = _ready(hours, limits)
    best: list[Hosting] = []
    hour_of = np.zeros(len(nodes), np.int32)
    share = 0.8 / len(hours)
    for number, (point, base) in enumerate(zip(hours, bases, strict=True)):
        asked = np.arange(len(nodes)) if number == 0 else _broken(base, nodes, best, addition)
        guess = estimated_kw(point, limits, nodes[asked], addition)
        part = partial(_within, tell, number * share, share)
        found = hosting_capacity(base, nodes[asked], addition, guess_kw=guess, progress=part)
        best = best or found
        for place, hosting in zip(asked.tolist(), found, strict=True):
            if hosting.capacity_kw <= best[place].capacity_kw:
                best[place], hour_of[place] = hosting, number
    told: list[NodeHosting] = [_without_course(one) for one in best]
    for number, base in enumerate(bases):
        of_hour = [n for n, one in enumerate(best) if hour_of[n] == number and one.limit not in _DEAD]
        courses = base.course([best[n] for n in of_hour], COURSE, addition)
        for n, course in zip(of_hour, courses, strict=True):
            told[n] = NodeHosting(best[n], number, *course)
    tell(1.0)
    return told


def _ready(hours: Sequence[OperatingPoint], limits: Limits) -> list[HostingBase]:
    bases = [HostingBase(point, limits) for point in hours]
    for number, base in enumerate(bases):
        if base.reason:
            raise NoState(f"Hour {number + 1} of {len(bases)}: {base.reason}")
    return bases


def _broken(base: HostingBase, nodes: IntArray, best: Sequence[Hosting], addition: Addition) -> IntArray:
    """Positions whose capacity so far breaks something in this hour."""
    live = np.array([n for n, one in enumerate(best) if one.limit not in _DEAD and one.capacity_kw > 0], np.int32)
    if not len(live):
        return live
    kw = np.array([best[n].capacity_kw for n in live.tolist()])
    verdicts = base.broken(nodes[live], kw, addition)
    return live[[verdict[0] != HostingLimit.NONE for verdict in verdicts]]


def _without_course(found: Hosting) -> NodeHosting:
    return NodeHosting(found, 0, np.zeros(0), np.zeros(0), np.zeros(0))


def _within(tell: Callable[[float], None], done: float, share: float, part: float) -> None:
    tell(done + part * share)


def _silent(_: float) -> None:
    pass
