"""Ammeters without an angle, as readings of power.

A magnitude is one number where the solver wants two. The estimate before lends the voltage and the angle between
voltage and current; with them a current tells the larger of active and reactive power, and of the other nothing. It
counts as one degree of freedom. An angle that is wrong by d moves the power read by d times the other component, so
the uncertainty of the angle goes into the standard deviation.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.powerflow.state import GridState

TELLS_NOTHING_KW = 1e9


def _no_index() -> IntArray:
    return np.zeros(0, np.int32)


def _no_value() -> FloatArray:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Currents:
    """Magnitude of the current at one end of a line, at `node`; side as in `gridops.engine.quantities.Side`.

    kva_per_a and angle_rad (of the power that flows into the line, counter-clockwise from active) are lent by an
    earlier estimate; a reading without them (nan) is not used.
    """

    branch: IntArray = field(default_factory=_no_index)
    side: IntArray = field(default_factory=_no_index)
    node: IntArray = field(default_factory=_no_index)
    value_a: FloatArray = field(default_factory=_no_value)
    sigma_a: FloatArray = field(default_factory=_no_value)
    kva_per_a: FloatArray = field(default_factory=_no_value)
    angle_rad: FloatArray = field(default_factory=_no_value)
    sigma_rad: FloatArray = field(default_factory=_no_value)

    @property
    def is_usable(self) -> BoolArray:
        return np.asarray(np.isfinite(self.angle_rad))

    @property
    def is_active(self) -> BoolArray:
        """Whether a reading tells the active power; else the reactive."""
        return np.asarray(np.abs(np.cos(self.angle_rad)) >= np.abs(np.sin(self.angle_rad)))

    @property
    def kw_per_a(self) -> FloatArray:
        """Of the power that is told (kW or kvar), with its sign."""
        component = np.where(self.is_active, np.cos(self.angle_rad), np.sin(self.angle_rad))
        return np.asarray(self.kva_per_a * component)

    @property
    def told_sigma_a(self) -> FloatArray:
        """Standard deviation of the power told, in ampere."""
        along = np.where(self.is_active, self.angle_rad, self.angle_rad - np.pi / 2)
        return np.hypot(self.sigma_a, self.value_a * np.tan(along) * self.sigma_rad)

    def widened(self, factor: FloatArray) -> "Currents":
        return replace(self, sigma_a=self.sigma_a * factor, sigma_rad=self.sigma_rad * factor)

    def less_sure(self, share: float) -> "Currents":
        return replace(self, sigma_a=np.hypot(self.sigma_a, share * self.value_a))


def as_read(branch: IntArray, side: IntArray, node: IntArray, value_a: FloatArray, sigma_a: FloatArray) -> Currents:
    """As read; no angle is lent yet."""
    unknown = np.full(len(branch), np.nan)
    return Currents(branch, side, node, value_a, sigma_a, unknown, unknown, unknown)


def told_power(currents: Currents, used: BoolArray) -> list[FloatArray]:
    """p, q (kW, kvar) and their sigmas of the used readings, of which one of each pair tells nothing."""
    active = currents.is_active[used]
    power = currents.value_a[used] * currents.kva_per_a[used] * np.exp(1j * currents.angle_rad[used])
    sigma = currents.told_sigma_a[used] * np.abs(currents.kw_per_a[used])
    nothing = np.full(len(sigma), TELLS_NOTHING_KW)
    return [power.real, power.imag, np.where(active, sigma, nothing), np.where(active, nothing, sigma)]


def residual_a(currents: Currents, state: GridState) -> FloatArray:
    """Measured less estimated, in ampere: by the power told, or by the magnitude where no angle was lent."""
    p, q, current = at_end(currents, state)
    told = np.where(currents.is_active, p, q) / np.where(currents.is_usable, currents.kw_per_a, 1.0)
    return np.asarray(currents.value_a - np.where(currents.is_usable, told, current))


def at_end(currents: Currents, state: GridState) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Estimated p, q (kW, kvar) and current (A) at the end of each reading."""
    branch, first = currents.branch, currents.side == 0
    return (
        np.where(first, state.line_p_from_kw[branch], state.line_p_to_kw[branch]),
        np.where(first, state.line_q_from_kvar[branch], state.line_q_to_kvar[branch]),
        np.where(first, state.line_i_from_a[branch], state.line_i_to_a[branch]),
    )
