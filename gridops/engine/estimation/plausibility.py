"""Which of several suspects is wrong, where the network's equations alone cannot tell.

On a radial feeder the meters of all nodes are checked by one meter at its head: that one of them is wrong is certain,
which one is not. What is usual at the nodes decides: the suspect that is farthest from it, if it is far, and clearly
farther than any other.

Where a node without a meter shares the feeder, no meter contradicts the wrong one: the pseudo-measurement gives way as
far as it must. There the strain tells. A meter far from the usual is wrong if the pseudo-measurements are at ease
without it; a node that really takes something unusual leaves them no better off.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.measurements import Injections, MeasurementKind, Measurements
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

FAR_SIGMAS = 6.0
CLEARLY = 2.0  # times as far as the next
SUSPECT_SIGMAS = 8.0
LEAST_STRAIN = FAR_SIGMAS**2  # below it there is nothing to explain


@dataclass(frozen=True, slots=True)
class Verdict:
    """The suspect that is taken to be wrong, and measurements in which what is usual stands in its place."""

    bad: BadDatum
    measurements: Measurements


def least_plausible(doubtful: Sequence[BadDatum], measurements: Measurements, usual: Injections) -> Verdict | None:
    """None where no suspect stands out.

    doubtful: as the estimator returns them; only injections can be judged. usual: an `Allocation`'s injections, by
    ascending node, none of which its own meter has led; its sigmas (kW, kvar) say how far from it is far.
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


def far_from_usual(told: Injections, usual: Injections) -> IntArray:
    """Positions of the real measurements whose nodes would hardly take that, the farthest first."""
    distance = np.zeros(len(told.node))
    known = np.flatnonzero(~told.is_pseudo & np.isin(told.node, usual.node))
    distance[known] = np.abs(_sigmas_off(told, known, usual)).max(axis=0)
    order = np.argsort(-distance, kind="stable")
    return order[distance[order] > SUSPECT_SIGMAS].astype(np.int32)


def strain(estimate: Estimate, told: Injections, usual: Injections, left_out: IntArray) -> float:
    """What has to be explained away, as a sum of squares in sigmas.

    That is, how far the estimate has each node without a used meter from the usual, how far it is from the meters it
    names, and the worst misfit it could not pin on one. left_out: positions of the measurements of `told` that were
    known to be bad. Dead nodes do not count.
    """
    named = [bad.index for bad in estimate.bad if bad.kind is MeasurementKind.INJECTION]
    unused = np.append(left_out, named).astype(np.int32)
    free = ~np.isin(usual.node, told.node[_real(told, unused)])
    node = usual.node[free]
    p = (estimate.node_p_kw[node] - usual.p_kw[free]) / usual.sigma_p_kw[free]
    q = (estimate.node_q_kvar[node] - usual.q_kvar[free]) / usual.sigma_q_kvar[free]
    contradicted = sum(bad.normalised_residual**2 for bad in estimate.bad)
    open_question = max((datum.normalised_residual**2 for datum in estimate.doubtful), default=0.0)
    return float(np.nansum(p**2) + np.nansum(q**2)) + contradicted + open_question


def is_at_ease_without(before: float, after: float) -> bool:
    """Whether the strain fell by more than an error of `FAR_SIGMAS` explains, and clearly."""
    return before - after > LEAST_STRAIN and before > CLEARLY * after


def accusation(estimate: Estimate, told: Injections, usual: Injections, index: int) -> BadDatum:
    """Against a measurement that the estimate did not use."""
    off_p, off_q = (float(off[0]) for off in _sigmas_off(told, np.array([index]), usual))
    node = int(told.node[index])
    if abs(off_p) >= abs(off_q):
        measured, estimated, off = told.p_kw[index], estimate.node_p_kw[node], off_p
    else:
        measured, estimated, off = told.q_kvar[index], estimate.node_q_kvar[node], off_q
    quantity = "p" if abs(off_p) >= abs(off_q) else "q"
    return BadDatum(MeasurementKind.INJECTION, index, quantity, float(measured), float(estimated), off)


def _real(told: Injections, left_out: IntArray) -> BoolArray:
    real = ~told.is_pseudo
    real[left_out] = False
    return real


def _sigmas_off(told: Injections, index: npt.NDArray[np.integer], usual: Injections) -> FloatArray:
    """Active and reactive power (two rows) less the usual, each in standard deviations of both together."""
    place = np.searchsorted(usual.node, told.node[index])
    p = (told.p_kw[index] - usual.p_kw[place]) / np.hypot(usual.sigma_p_kw[place], told.sigma_p_kw[index])
    q = (told.q_kvar[index] - usual.q_kvar[place]) / np.hypot(usual.sigma_q_kvar[place], told.sigma_q_kvar[index])
    return np.stack([p, q])


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
