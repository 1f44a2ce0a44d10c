"""The network as it is run today, and its exact state in any other switch positions."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState


@dataclass(frozen=True, slots=True)
class Operating:
    """One hour of a network. Injections into the network are positive."""

    network: Network
    switch_closed: BoolArray
    may_operate: BoolArray  # per switch: it may be opened and closed under load
    p_kw: FloatArray
    q_kvar: FloatArray
    tap_position: IntArray
    source_voltage_pu: FloatArray
    source_angle_deg: FloatArray
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    customers: IntArray  # per injection
    failures_per_year: FloatArray  # per line

    def flow(self, switch_closed: BoolArray) -> tuple[Topology, GridState]:
        """Which nodes are fed, and the exact power flow."""
        topology = resolve(self.network, switch_closed)
        state = PowerFlow(self.network, topology).solve(
            p_kw=self.p_kw,
            q_kvar=self.q_kvar,
            tap_position=self.tap_position,
            source_voltage_pu=self.source_voltage_pu,
            source_angle_deg=self.source_angle_deg,
        )
        return topology, state


def breach(operating: Operating, state: GridState) -> float:
    """How far limits are exceeded, in sum over nodes (pu) and branches (fraction of the rating)."""
    voltage = np.nan_to_num(state.voltage_pu, nan=1.0)
    known = np.isfinite(state.voltage_pu)
    far = np.maximum(operating.low_pu - voltage, 0) + np.maximum(voltage - operating.high_pu, 0)
    over = [np.maximum(np.nan_to_num(each) - 1, 0).sum() for each in (state.line_loading, state.transformer_loading)]
    return float(far[known].sum() + sum(over))
