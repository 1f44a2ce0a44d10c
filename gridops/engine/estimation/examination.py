"""What an estimate is worth by its own linearised equations: predicted variances, and which meters check which."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.admittance import ComplexArray
from gridops.engine.estimation.diagnosis import Attempt
from gridops.engine.estimation.estimate import Estimate
from gridops.engine.estimation.linearised import Equations, ResidualModel
from gridops.engine.estimation.measurements import MeasurementKind
from gridops.engine.estimation.rows import Meter, partners, row_of
from gridops.engine.network.model import FloatArray, IntArray
from gridops.engine.powerflow.compile import Compiled

_NEIGHBOURS = 40  # rows whose residuals move most with a given one: its twin is among them


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """How one measurement is checked by the others."""

    share: float  # of the square of its error that shows in its own weighted residual: 0 if nothing else checks it
    twin: float  # largest correlation of its residual with that of another meter: at 1 nobody can tell which is wrong


class Examination:
    """Holds one sparse factorisation; each question costs one solve a row or bus asked for."""

    def __init__(self, attempt: Attempt, equations: Equations, compiled: Compiled, reference: IntArray) -> None:
        """reference: per live bus, the bus whose angle is the reference of its island."""
        self._attempt, self._compiled, self._reference = attempt, compiled, reference
        self._model = ResidualModel(equations)
        self._partner = partners(attempt.sensors)

    @property
    def estimate(self) -> Estimate:
        return self._attempt.estimate

    def scrutiny(self, kind: MeasurementKind, index: int, quantity: str) -> Scrutiny | None:
        """None for a measurement that was not used. quantity: 'v', 'p', 'q' or 'i'."""
        attempt = self._attempt
        row = row_of(attempt.sensors, attempt.slots, attempt.measurements, Meter(kind, index), quantity)
        if row is None:
            return None
        column = self._model.column(row)
        near = np.union1d(np.argsort(-np.abs(column))[:_NEIGHBOURS], [row]).astype(np.int32)
        share = np.maximum(np.diag(self._model.covariance(near)), 1e-12)
        correlation = np.abs(column[near]) / np.sqrt(share * max(float(column[row]), 1e-12))
        others = ~np.isin(near, [row, self._partner[row]])
        return Scrutiny(float(column[row]), float(np.minimum(correlation[others], 1.0).max(initial=0.0)))

    def voltage_sigma_pu(self, nodes: IntArray) -> FloatArray:
        """Predicted standard deviation of the estimated voltage of each of these live nodes, on its bus's base."""
        bus = self._compiled.live_bus_of_node[nodes]
        variance = self._model.state_variance(self._compiled.n_buses + bus)
        return np.asarray(np.abs(self._attempt.voltage[bus]) * np.sqrt(variance), np.float64)

    def error_score(self, true_voltage: ComplexArray) -> tuple[float, int]:
        """Squared error of the whole estimate over its predicted covariance, and the number that is its expectation.

        true_voltage: complex, per node, in pu of the node. In a sound estimator the score follows the chi-square
        distribution with so many degrees of freedom.
        """
        bus, first = np.unique(self._compiled.live_bus_of_node[self._compiled.nodes], return_index=True)
        true = np.zeros(self._compiled.n_buses, np.complex128)
        true[bus] = true_voltage[self._compiled.nodes[first]]
        ratio = self._attempt.voltage / true
        ratio /= np.exp(1j * np.angle(ratio[self._reference]))
        return self._model.state_score(np.concatenate([np.angle(ratio), np.log(np.abs(ratio))]))
