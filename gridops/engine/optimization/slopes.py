"""What a small change does to a solved state: by the Jacobian of the power flow, forwards and backwards.

The unknowns are the angles and the logarithms of the magnitudes of all live buses but those of sources. Powers are per
unit on 1 MVA, voltages on the nominal ones. Source of the method: A. Bergen, V. Vittal, Power Systems Analysis (2000),
chapter 10; the backward solution is the usual adjoint.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import bmat, coo_matrix, csr_matrix
from scipy.sparse.linalg import splu

from gridops.engine.estimation.admittance import BASE_KVA, BranchEnds, ComplexArray
from gridops.engine.network.model import BoolArray, FloatArray, Network
from gridops.engine.powerflow.compile import Compiled

REFINEMENTS = 4


class Slopes:
    """The power flow linearised at one state."""

    def __init__(
        self,
        compiled: Compiled,
        state: "State",
    ) -> None:
        """Raises ValueError where the equations have no unique solution."""
        n = compiled.n_buses
        self._n = n
        self._free = _free(compiled)
        taken = bus_derivatives(state.ends, state.voltage, n)
        slope = 2.0 * state.soft * np.abs(state.voltage) ** 2
        jacobian = taken - csr_matrix((slope, (np.arange(n), n + np.arange(n))), shape=(n, 2 * n))
        free, both = np.flatnonzero(self._free), np.flatnonzero(np.tile(self._free, 2))
        rows = jacobian[free][:, both]
        self._both, self._count = both, len(free)
        try:
            self._factors = splu(bmat([[rows.real], [rows.imag]], format="csc"))
        except RuntimeError:
            raise ValueError("The power flow has no unique slope here: the state is at its limit.") from None

    def forward(self, injected: ComplexArray) -> FloatArray:
        """(2 n, k) change of all angles and logarithms of magnitude for k changes of power into buses: (n, k), pu."""
        right = np.vstack([injected.real[self._free], injected.imag[self._free]])
        found = np.zeros((2 * self._n, injected.shape[1]))
        found[self._both] = self._factors.solve(right)
        return found

    def backward(self, gradient: FloatArray, states: "Sequence[State] | None" = None) -> ComplexArray:
        """(n, k) worth of a unit of power into each bus, real part for active, imaginary for reactive, where a
        quantity's derivatives by the unknowns are the columns of `gradient`: (2 n, k).

        states: of each column, where they are near this one but not it; the answer is refined to be theirs.
        """
        worth = self._backward(gradient)
        for _ in range(REFINEMENTS if states is not None else 0):
            reached = np.stack([each.taken_slope(worth[:, k]) for k, each in enumerate(states or ())], axis=1)
            worth = worth + self._backward(gradient - reached)
        return worth

    def _backward(self, gradient: FloatArray) -> ComplexArray:
        found = self._factors.solve(np.ascontiguousarray(gradient[self._both]), trans="T")
        worth = np.zeros((self._n, gradient.shape[1]), np.complex128)
        worth[self._free] = found[: self._count] + 1j * found[self._count :]
        return worth


@dataclass(frozen=True, slots=True)
class State:
    """A solved state: admittances, voltages, and what yields at each bus (pu at 1 pu, the network's shunts too)."""

    ends: BranchEnds
    voltage: ComplexArray
    soft: ComplexArray

    def taken_slope(self, worth: ComplexArray) -> FloatArray:
        """(2 n,) derivative of the power that the network takes from its buses, each weighted by its worth."""
        found = power_slope(self.ends, self.voltage, worth[self.ends.bus])
        n = len(self.voltage)
        found[n:] -= 2 * (np.conj(worth) * self.soft).real * np.abs(self.voltage) ** 2
        return found


def power_slope(ends: BranchEnds, voltage: ComplexArray, weight: ComplexArray | FloatArray) -> FloatArray:
    """(2 n,) derivative of the sum of Re(conj(weight) S) over the powers into all branch ends."""
    n, factor = len(voltage), np.conj(weight)
    own, other = voltage[ends.bus], voltage[ends.other]
    across = own * np.conj(ends.y_mutual * other) * factor
    within = own * np.conj(ends.y_self * own) * factor
    angle = np.bincount(ends.other, across.imag, n) - np.bincount(ends.bus, across.imag, n)
    size = np.bincount(ends.bus, across.real + 2 * within.real, n) + np.bincount(ends.other, across.real, n)
    return np.concatenate([angle, size])


def bus_derivatives(ends: BranchEnds, voltage: ComplexArray, n: int) -> csr_matrix:
    """(n, 2 n) power that branches take from each bus, by angles and logarithms of magnitude."""
    own, other = voltage[ends.bus], voltage[ends.other]
    across = own * np.conj(ends.y_mutual * other)
    within = own * np.conj(ends.y_self * own)
    values = np.concatenate([1j * across, -1j * across, across + 2 * within, across])
    column = np.concatenate([ends.bus, ends.other, n + ends.bus, n + ends.other])
    return csr_matrix(coo_matrix((values, (np.tile(ends.bus, 4), column)), shape=(n, 2 * n)))


def end_powers(ends: BranchEnds, voltage: ComplexArray) -> ComplexArray:
    """Power into each branch end, pu; the last axis of voltage is the live buses."""
    own, other = voltage[..., ends.bus], voltage[..., ends.other]
    return np.asarray(own * np.conj(ends.y_self * own + ends.y_mutual * other), np.complex128)


def shunt_power(network: Network, compiled: Compiled) -> ComplexArray:
    """What the network's shunts put into each live bus at 1 pu, pu."""
    bus = compiled.live_bus_of_node[network.shunts.node]
    total = np.zeros(compiled.n_buses, np.complex128)
    live = bus >= 0
    np.add.at(total, bus[live], (network.shunts.p_kw + 1j * network.shunts.q_kvar)[live])
    return total / BASE_KVA


def _free(compiled: Compiled) -> BoolArray:
    free = np.ones(compiled.n_buses, np.bool_)
    free[compiled.source_bus] = False
    return free
