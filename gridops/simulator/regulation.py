"""Automatic voltage control of the transformers that regulate: deadband, delay, one step at a time."""

import numpy as np

from gridops.simulator.points import BoolArray, FloatArray, IntArray
from gridops.simulator.truth import TrueNetwork

PERCENT = 0.01
DEADBAND_STEPS = 0.65  # half the band, in steps of the tap changer: less than half would hunt
FIRST_DELAY_S = 60.0
NEXT_DELAY_S = 10.0
SETPOINT_PU = (0.9, 1.1)  # what a controller takes from afar


class VoltageRegulators:
    """One controller per transformer, each watching the low side's voltage by itself."""

    def __init__(self, truth: TrueNetwork) -> None:
        self._truth = truth
        transformers = truth.network.transformers
        self._low = transformers.low_node
        self._deadband = DEADBAND_STEPS * transformers.tap_step_percent * PERCENT
        self._direction = np.where(transformers.tap_on_high_side, -1, 1)  # of the voltage, with a higher position
        self._outside_s: FloatArray = np.zeros(len(self._low))
        self.target_pu: FloatArray = truth.target_pu.copy()
        self.is_automatic: BoolArray = truth.is_regulating & (transformers.tap_step_percent > 0)

    def refusal(self, index: int, target_pu: float) -> str:
        """Why the controller does not take this set-point; empty: it does."""
        low, high = SETPOINT_PU
        if not self._truth.is_regulating[index]:
            return "it has no voltage controller"
        return "" if low <= target_pu <= high else f"the controller takes {low:g} to {high:g} pu"

    def wait(self, voltage_pu: FloatArray, dt_s: float) -> None:
        """Let time pass: the delay runs while the voltage is outside the band."""
        outside = self._is_outside(voltage_pu)
        self._outside_s = np.where(outside, self._outside_s + dt_s, 0.0)

    def steps(self, voltage_pu: FloatArray, tap_position: IntArray) -> IntArray:
        """New tap positions: those whose delay is over move by one, inside their range."""
        moves = self._is_outside(voltage_pu) & (self._outside_s >= FIRST_DELAY_S)
        too_low = voltage_pu[self._low] < self.target_pu
        wanted = np.where(too_low, 1, -1) * self._direction
        limits = self._truth.network.transformers
        new = np.clip(tap_position + np.where(moves, wanted, 0), limits.tap_min, limits.tap_max)
        self._outside_s = np.where(moves, self._outside_s - NEXT_DELAY_S, self._outside_s)
        return new.astype(np.int32)

    def _is_outside(self, voltage_pu: FloatArray) -> BoolArray:
        """A dead side (nan) is left alone."""
        error = voltage_pu[self._low] - self.target_pu
        return np.asarray(self.is_automatic & (np.abs(error) > self._deadband), dtype=np.bool_)
