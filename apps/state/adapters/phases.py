"""The live operating point as three phases: the estimated powers, split as the network's own phase powers are."""

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.meters import MeterPlan, Readings
from apps.state.adapters.pseudo import Allocator
from apps.state.adapters.security import Blind, LiveState
from gridops.engine.powerflow.three_phase import PHASES, ThreePhaseState, ZeroSequence, solve_three_phase

__all__ = ["PhaseSplit", "ThreePhaseState"]

FloatArray = npt.NDArray[np.float64]
_NOTHING_KW = 1e-9


class PhaseSplit:
    """What of each injection's power is on which phase, and the voltages that follow."""

    def __init__(self, network: AssembledNetwork, plan: MeterPlan) -> None:
        self.network, self.plan = network, plan
        self._state, self._allocator = LiveState(network, plan), Allocator(network)
        phases, injection = network.phases, network.injection
        self._p_share = _shares(phases.p_kw, np.full(phases.p_kw.shape, 1 / PHASES))
        self._q_share = _shares(phases.q_kvar, self._p_share)
        self._size = np.abs(injection.p_kw) + _NOTHING_KW

    def state(self, readings: Readings) -> ThreePhaseState | Blind:
        point = self._state.point(readings)
        if isinstance(point, Blind):
            return point
        usual = self._allocator.allocate(self.plan.injections_now(readings))
        phases = self.network.phases
        found = solve_three_phase(
            self.network.network,
            point.topology,
            ZeroSequence(phases.line_r0_ohm, phases.line_x0_ohm, phases.line_b0_us),
            p_kw=self._elements(point.node_p_kw, usual.element_p_kw)[:, None] * self._p_share,
            q_kvar=self._elements(point.node_q_kvar, usual.element_q_kvar)[:, None] * self._q_share,
            tap_position=point.tap_position,
            source_voltage_pu=point.source_voltage_pu,
        )
        return found if found.converged else Blind(found.reason)

    def _elements(self, node_power: FloatArray, expected: FloatArray) -> FloatArray:
        """Each element takes what its class says, and of the node's difference its part by size."""
        node, count = self.network.network.injection_node, self.network.network.n_nodes
        difference = np.nan_to_num(node_power) - np.bincount(node, expected, count)
        share = self._size / np.bincount(node, self._size, count)[node]
        return np.asarray(expected + share * difference[node], np.float64)


def _shares(by_phase: FloatArray, instead: FloatArray) -> FloatArray:
    """Per injection, summing to 1; what has no phases of its own, or phases that cancel out, is split as `instead`."""
    sums = by_phase.sum(axis=1)[:, None]
    known = np.isfinite(sums) & (np.abs(sums) > _NOTHING_KW)
    return np.where(known, by_phase / np.where(known, sums, 1.0), instead)
