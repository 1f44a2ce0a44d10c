"""What stands at the wayside and in the bays and has seen a fault: indicators on lines, and relays at breakers."""

import numpy as np
import numpy.typing as npt

from gridops.simulator.chance import chance
from gridops.simulator.fault_current import FaultFlow
from gridops.simulator.points import BoolArray, FloatArray
from gridops.simulator.truth import TrueNetwork

INDICATES_A = 400.0
MISSED_SHARE = 0.03  # an indicator that does not see the current
RESETS_AFTER_S = 20.0  # of supply
CURRENT_ERROR, REACTANCE_ERROR = 0.03, 0.03  # one standard deviation, of the value
SECOND_US = 1_000_000

FROM, TO = 0, 1


class Relays:
    """shows: per end and line. ka, reactance_ohm: of each switch's last fault, 0 before the first."""

    def __init__(self, truth: TrueNetwork, seed: int, *, sealed: bool = False) -> None:
        lines, switches = len(truth.network.lines.from_node), len(truth.switch_closed)
        self._truth = truth
        self._chance = chance(seed, 62, sealed=sealed)
        self.shows: BoolArray = np.zeros((2, lines), np.bool_)
        self.shown_us: npt.NDArray[np.int64] = np.zeros((2, lines), np.int64)
        self._alive_since_us: npt.NDArray[np.int64] = np.full((2, lines), -1, np.int64)
        self.ka: FloatArray = np.zeros(switches)
        self.reactance_ohm: FloatArray = np.zeros(switches)
        self.measured_us: npt.NDArray[np.int64] = np.zeros(switches, np.int64)

    def see(self, flow: FaultFlow, through: npt.NDArray[np.intp], at_us: int) -> None:
        """A fault's current, as it is broken."""
        generator = self._chance.of(len(through), at_us)
        sees = np.stack([flow.line_from_ka, flow.line_to_ka]) * 1e3 > INDICATES_A
        sees &= generator.random(sees.shape) >= MISSED_SHARE
        self.shown_us[sees & ~self.shows] = at_us
        self.shows |= sees
        self._alive_since_us[sees] = -1
        error = generator.standard_normal((2, len(through)))
        self.ka[through] = np.round(flow.ka * np.exp(CURRENT_ERROR * error[0]), 3)
        self.reactance_ohm[through] = np.round(flow.reactance_ohm * np.exp(REACTANCE_ERROR * error[1]), 4)
        self.measured_us[through] = at_us

    def rest(self, node_energised: BoolArray, at_us: int) -> None:
        """Indicators that have had supply again for a while fall back."""
        if not self.shows.any():
            return
        lines = self._truth.network.lines
        alive = np.stack([node_energised[lines.from_node], node_energised[lines.to_node]])
        since = np.where(alive & (self._alive_since_us < 0), at_us, self._alive_since_us)
        self._alive_since_us = np.where(alive, since, -1)
        over = self.shows & alive & (at_us - self._alive_since_us >= RESETS_AFTER_S * SECOND_US)
        self.shows &= ~over
        self.shown_us[over] = at_us
