"""What past estimates lend to ammeters: the voltage, and the angle between voltage and current."""

from dataclasses import replace

import numpy as np

from gridops.engine.estimation.currents import Currents, at_end
from gridops.engine.estimation.estimate import Estimate
from gridops.engine.estimation.measurements import Measurements
from gridops.engine.network.model import FloatArray, Network
from gridops.engine.network.topology import Topology

LEAST_SHARE = 0.05  # of the rating: below it a current has no angle to speak of
LEAST_SIGMAS = 10.0
KEEP_SHARE = 0.5  # of either: who tells goes on to, so that the model is not built anew at each crossing
LEAST_SIGMA_RAD = 1e-3
MEMORY = 0.2  # weight of the newest change
ROOT_3 = 3**0.5


class Angles:
    """From estimate to estimate on one topology; a move of a switch begins anew.

    How far an angle moves from one estimate to the next says how far to trust it: both have errors, so the variance of
    one is half the mean square of the changes.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._topology: Topology | None = None
        self._last: Estimate | None = None
        self._angle = np.full((2, len(network.lines.from_node)), np.nan)
        self._variance = self._angle.copy()
        self._tells = np.zeros(self._angle.shape, np.bool_)

    def lend(self, measurements: Measurements, topology: Topology) -> Measurements:
        """With angles at the ammeters where they can be told; the others, which are small, stay without."""
        if self._last is None or topology is not self._topology or not len(measurements.line_currents.branch):
            return measurements
        return replace(measurements, line_currents=self._lent(measurements.line_currents, self._last))

    def learn(self, estimate: Estimate, topology: Topology) -> None:
        """Once a scan, with what was estimated on this topology; estimates that failed teach nothing."""
        if topology is not self._topology:
            self._topology, self._last = topology, None
            self._angle[:] = self._variance[:] = np.nan
            self._tells[:] = False
        if not estimate.converged:
            return
        angle = np.arctan2(
            np.stack([estimate.line_q_from_kvar, estimate.line_q_to_kvar]),
            np.stack([estimate.line_p_from_kw, estimate.line_p_to_kw]),
        )
        moved = _wrapped(angle - self._angle) ** 2 / 2
        learned = (1 - MEMORY) * self._variance + MEMORY * moved
        self._variance = np.where(np.isnan(self._variance), moved, learned)
        self._last, self._angle = estimate, angle

    def _lent(self, currents: Currents, last: Estimate) -> Currents:
        network, at = self._network, (currents.side, currents.branch)
        _, _, estimated = at_end(currents, last)
        least = np.maximum(LEAST_SHARE * network.lines.rated_a[currents.branch], LEAST_SIGMAS * currents.sigma_a)
        least = np.where(self._tells[at], KEEP_SHARE * least, least)
        tells = (currents.value_a >= least) & (estimated >= least) & np.isfinite(self._variance[at])
        self._tells[at] = tells
        kv = last.voltage_pu[currents.node] * network.nominal_kv[currents.node]
        return replace(
            currents,
            kva_per_a=np.where(tells, ROOT_3 * kv, np.nan),
            angle_rad=np.where(tells, self._angle[at], np.nan),
            sigma_rad=np.sqrt(LEAST_SIGMA_RAD**2 + np.where(tells, self._variance[at], 0.0)),
        )


def _wrapped(angle: FloatArray) -> FloatArray:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)
