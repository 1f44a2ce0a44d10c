"""Loads that draw less at lower voltage: a share is an impedance, a share a current, the rest a power (ZIP model).

Shares of active power: impedance drawn by load from 0.2 to 0.6, current 0.1; so a percent of voltage moves a load by
0.5 to 1.3 percent. Reactive power is an impedance and a half as much again, as of magnetising branches. Measured mixes
differ much (Bokhari et al., IEEE Trans. Power Delivery 29, 2014); these are our own choice. Powers of the profiles are
those at nominal voltage. Thermostats that make up later for what they were not given are not played.
"""

from typing import Any

import numpy as np

from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import PowerFlowResult
from gridops.simulator.points import FloatArray
from gridops.simulator.truth import TrueNetwork

IMPEDANCE_SHARES, CURRENT_SHARE = (0.2, 0.6), 0.1
REACTIVE_EXPONENT = 2.5


class LoadsByVoltage:
    """Off until `is_on` is set: then every solution is one in which loads draw what their voltage gives them."""

    def __init__(self, truth: TrueNetwork, seed: int) -> None:
        self.is_on = False
        self.node = truth.network.injection_node[truth.loads]
        self.loads = truth.loads
        self.impedance: FloatArray = np.random.default_rng((seed, 21)).uniform(*IMPEDANCE_SHARES, len(self.node))
        self._drawn: tuple[FloatArray, FloatArray] | None = None

    def factors(self, voltage_pu: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Of active and of reactive power, by load; 1 where there is no voltage. voltage_pu: by node."""
        v = np.where(np.isfinite(voltage_pu[self.node]), voltage_pu[self.node], 1.0)
        power = 1.0 - self.impedance - CURRENT_SHARE
        return self.impedance * v**2 + CURRENT_SHARE * v + power, v**REACTIVE_EXPONENT

    def solve(self, flow: PowerFlow, *, p_kw: FloatArray, q_kvar: FloatArray, **others: Any) -> PowerFlowResult:
        """Twice, the second time with what is drawn at the voltages of the first: 0.1 % of a load is left to it."""
        self._drawn = (p_kw, q_kvar)
        result = flow.solve(p_kw=p_kw, q_kvar=q_kvar, **others)
        if not self.is_on or not result.converged:
            return result
        by_p, by_q = self.factors(result.voltage_pu)
        p, q = p_kw.copy(), q_kvar.copy()
        p[self.loads] *= by_p
        q[self.loads] *= by_q
        self._drawn = (p, q)
        return flow.solve(p_kw=p, q_kvar=q, **others)

    def drawn(self, p_kw: FloatArray, q_kvar: FloatArray) -> tuple[FloatArray, FloatArray]:
        """What went into the last solution, instead of what was asked for."""
        return self._drawn or (p_kw, q_kvar)
