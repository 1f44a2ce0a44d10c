"""The measurement equations, linearised at an estimate: residual covariances for the sensors of one estimate."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import bmat, coo_matrix, csr_matrix, diags, vstack
from scipy.sparse.linalg import splu

from gridops.engine.estimation.admittance import BASE_KVA, BranchEnds, ComplexArray
from gridops.engine.estimation.sensors import Sensors
from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.powerflow.compile import Compiled
from gridops.engine.units import VOLT_PER_KV, WATT_PER_KW

Index = npt.NDArray[np.signedinteger]
NODE_TERMINAL = 9  # power-grid-model's number of a sensor of a bus's total injection
BASE_W = BASE_KVA * WATT_PER_KW


@dataclass(frozen=True, slots=True)
class Equations:
    """Rows: voltages, then active, then reactive powers, each in the order of the sensors. Columns: angles of the
    live buses, then logarithms of their magnitudes. Per unit."""

    rows: csr_matrix
    sigma: FloatArray
    exact: csr_matrix  # zero injections and one reference angle for each island: known without error


def linearise(
    network: Network,
    compiled: Compiled,
    ends: BranchEnds,
    sensors: Sensors,
    *,
    voltage: ComplexArray,
    reference: IntArray,
) -> Equations:
    """voltage: complex, per live bus, in pu. reference: one live bus of each island."""
    n = compiled.n_buses
    by_end = _end_derivatives(ends, voltage, n)
    by_bus = _bus_derivatives(network, compiled, ends, by_end, voltage)
    bus = sensors.voltage_bus
    volts = _sparse(np.abs(voltage)[bus], np.arange(len(bus)), n + bus, (len(bus), 2 * n))
    powers = _sensor_rows(compiled, sensors, by_end, by_bus)
    kv = compiled.bus_kv[bus] * VOLT_PER_KV
    sigma = [sensors.voltage["u_sigma"] / kv, sensors.power["p_sigma"] / BASE_W, sensors.power["q_sigma"] / BASE_W]
    free = np.ones(n, np.bool_)
    free[compiled.injection_bus] = free[compiled.source_bus] = False
    zeros = by_bus[np.flatnonzero(free)]
    fixed = _sparse(np.ones(len(reference)), np.arange(len(reference)), reference, (len(reference), 2 * n))
    return Equations(
        rows=vstack([volts, powers.real, powers.imag], format="csr"),
        sigma=np.concatenate(sigma),
        exact=vstack([zeros.real, zeros.imag, fixed], format="csr"),
    )


class ResidualModel:
    """How the weighted residuals (residual over sigma) of all rows hang together. One sparse factorisation."""

    def __init__(self, equations: Equations) -> None:
        self._weighted = csr_matrix(diags(1.0 / equations.sigma) @ equations.rows)
        gain = self._weighted.T @ self._weighted
        self._n_exact = equations.exact.shape[0]
        self._factors = splu(bmat([[gain, equations.exact.T], [equations.exact, None]], format="csc"))

    def settle(self, weighted: FloatArray) -> FloatArray:
        """Weighted residuals at the least-squares optimum, from those at the point of linearisation.

        Changes nothing where that point is the optimum already.
        """
        return np.asarray(weighted - self._weighted @ self._solve(self._weighted.T @ weighted), np.float64)

    def covariance(self, chosen: IntArray) -> FloatArray:
        """Covariance of the weighted residuals of the chosen rows.

        Its diagonal is the share of a measurement's error that shows: near 0 nothing else checks it, near 1 the
        others know it well.
        """
        picked = self._weighted[chosen]
        return np.asarray(np.eye(len(chosen)) - picked @ self._solve(picked.T.toarray()), np.float64)

    def column(self, row: int) -> FloatArray:
        """Covariance of all weighted residuals with that of one row."""
        unit = np.zeros(self._weighted.shape[0])
        unit[row] = 1.0
        return self.settle(unit)

    def state_variance(self, columns: IntArray) -> FloatArray:
        """Predicted variance of these unknowns (angles in rad, then logarithms of magnitudes, of the live buses)."""
        unit = np.zeros((self._weighted.shape[1], len(columns)))
        unit[columns, np.arange(len(columns))] = 1.0
        return np.asarray(self._solve(unit)[columns, np.arange(len(columns))], np.float64)

    def state_score(self, error: FloatArray) -> tuple[float, int]:
        """Squared length of an error of the unknowns in their predicted covariance, and the free dimensions.

        The error must keep to what is known exactly: none in the reference angles.
        """
        weighted = self._weighted @ error
        return float(weighted @ weighted), len(error) - self._n_exact

    def _solve(self, right: FloatArray) -> FloatArray:
        padded = np.concatenate([right, np.zeros((self._n_exact, *right.shape[1:]))])
        return np.asarray(self._factors.solve(padded)[: len(right)], np.float64)


def _end_derivatives(ends: BranchEnds, voltage: ComplexArray, n: int) -> csr_matrix:
    """Complex power into each branch end, by the angles and logarithmic magnitudes of both buses."""
    own, other = voltage[ends.bus], voltage[ends.other]
    across = own * np.conj(ends.y_mutual * other)
    within = own * np.conj(ends.y_self * own)
    count = np.arange(len(ends.bus))
    return _sparse(
        np.concatenate([1j * across, -1j * across, across + 2 * within, across]),
        np.tile(count, 4),
        np.concatenate([ends.bus, ends.other, n + ends.bus, n + ends.other]),
        (len(count), 2 * n),
    )


def _bus_derivatives(
    network: Network, compiled: Compiled, ends: BranchEnds, by_end: csr_matrix, voltage: ComplexArray
) -> csr_matrix:
    """Total injection of sources, loads and generators at each bus: what its branches and shunts take."""
    n, count = compiled.n_buses, len(ends.bus)
    gather = _sparse(np.ones(count), ends.bus, np.arange(count), (n, count))
    bus = compiled.live_bus_of_node[network.shunts.node]
    live = bus >= 0
    taken = -(network.shunts.p_kw + 1j * network.shunts.q_kvar)[live] / BASE_KVA
    shunts = _sparse(2 * np.abs(voltage[bus[live]]) ** 2 * taken, bus[live], n + bus[live], (n, 2 * n))
    return csr_matrix(gather @ by_end + shunts)


def _sensor_rows(compiled: Compiled, sensors: Sensors, by_end: csr_matrix, by_bus: csr_matrix) -> csr_matrix:
    """Rows of the power sensors, in their order: the buses come first, then the ends of branches."""
    at_bus = sensors.power_terminal == NODE_TERMINAL
    n_branches = len(compiled.lines) + len(compiled.transformers)
    branch = sensors.power_object[~at_bus] - compiled.first_line_id
    end = branch + n_branches * sensors.power_terminal[~at_bus].astype(np.int32)
    return vstack([by_bus[sensors.power_object[at_bus]], by_end[end]], format="csr")


def _sparse(values: ComplexArray | FloatArray, row: Index, column: Index, shape: tuple[int, int]) -> csr_matrix:
    return coo_matrix((values, (row, column)), shape=shape).tocsr()
