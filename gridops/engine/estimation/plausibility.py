"""Which of several suspects is wrong, where the network's equations alone cannot tell.

On a radial feeder the meters of all nodes are checked by one meter at its head: that one of them is wrong is certain,
which one is not. What is usual at the nodes decides: the suspect that is farthest from it, if it is far, and clearly
farther than any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.estimation.estimate import BadDatum
from gridops.engine.estimation.measurements import Injections, MeasurementKind, Measurements

FAR_SIGMAS = 6.0
CLEARLY = 2.0  # times as far as the next


@dataclass(frozen=True, slots=True)
class Verdict:
    """The suspect that is taken to be wrong, and measurements in which what is usual stands in its place."""

    bad: BadDatum
    measurements: Measurements


def least_plausible(doubtful: Sequence[BadDatum], measurements: Measurements, usual: Injections) -> Verdict | None:
    """None where no suspect stands out.

    doubtful: as the estimator returns them; only injections can be judged. usual: an `Allocation`'s injections
    without meters, by ascending node; its sigmas (kW, kvar) say how far from it is far.
    """
    suspects = [datum for datum in doubtful if datum.kind is MeasurementKind.INJECTION]
    distance = np.array([_distance(datum, measurements.injections, usual) for datum in suspects])
    if not len(distance):
        return None
    order = np.argsort(-distance)
    others = [d for datum, d in zip(suspects, distance, strict=True) if datum.index != suspects[order[0]].index]
    if distance[order[0]] < FAR_SIGMAS or distance[order[0]] < CLEARLY * max(others, default=0.0):
        return None
    chosen = suspects[order[0]]
    return Verdict(chosen, replace(measurements, injections=_substituted(measurements.injections, chosen.index, usual)))


def _place(node: int, usual: Injections) -> int | None:
    place = int(np.searchsorted(usual.node, node))
    return place if place < len(usual.node) and usual.node[place] == node else None


def _distance(datum: BadDatum, told: Injections, usual: Injections) -> float:
    """From what is usual, in standard deviations of both together."""
    place = _place(int(told.node[datum.index]), usual)
    if place is None:
        return 0.0
    value, sigma, own = (
        (usual.p_kw, usual.sigma_p_kw, told.sigma_p_kw)
        if datum.quantity == "p"
        else (usual.q_kvar, usual.sigma_q_kvar, told.sigma_q_kvar)
    )
    return float(abs(datum.measured - value[place]) / np.hypot(sigma[place], own[datum.index]))


def _substituted(told: Injections, index: int, usual: Injections) -> Injections:
    place = _place(int(told.node[index]), usual)
    names = ("p_kw", "q_kvar", "sigma_p_kw", "sigma_q_kvar")
    columns = {name: getattr(told, name).copy() for name in names}
    for name in names:
        columns[name][index] = getattr(usual, name)[place]
    return replace(told, **columns)
