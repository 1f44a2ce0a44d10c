"""The true state after a step, and the flat vector in which every point finds its true value."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import Network
from gridops.engine.powerflow.state import GridState
from gridops.simulator.points import BoolArray, Column, FloatArray, IntArray, PointTable

TRAVELLING, OPEN, CLOSED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class TrueState:
    """Injections (positive into the network) are zero where there is no supply."""

    profile_time: datetime
    grid: GridState
    node_energised: BoolArray
    switch_closed: BoolArray
    switch_travelling: BoolArray
    tap_position: IntArray
    p_kw: FloatArray
    q_kvar: FloatArray
    frequency_hz: float
    indicator_from: BoolArray  # per line and end: shows that a fault's current has passed
    indicator_to: BoolArray
    fault_ka: FloatArray  # per switch, of its last fault
    fault_reactance_ohm: FloatArray
    target_pu: FloatArray  # per transformer, of its voltage controller


class TruthVector:
    """Picks each point's true value out of a state."""

    def __init__(self, network: Network, table: PointTable) -> None:
        self._network = network
        sizes = _sizes(network)
        starts = np.concatenate([[0], np.cumsum([sizes[column] for column in Column])])
        self._position = starts[table.column] + table.index

    def values(self, state: TrueState) -> FloatArray:
        """True value per point; without a solution the powers are zero."""
        parts = self._parts(state)
        vector = np.concatenate([parts[column] for column in Column])
        return np.asarray(np.nan_to_num(vector[self._position], nan=0.0), dtype=np.float64)

    def _parts(self, state: TrueState) -> dict[Column, npt.NDArray]:
        grid, network = state.grid, self._network
        node, count = network.injection_node, network.n_nodes
        position = np.where(state.switch_closed, CLOSED, OPEN)
        return {
            Column.NODE_VOLTAGE: grid.voltage_pu * network.nominal_kv,
            Column.NODE_P: -np.bincount(node, state.p_kw, count),
            Column.NODE_Q: -np.bincount(node, state.q_kvar, count),
            Column.LINE_P_FROM: grid.line_p_from_kw,
            Column.LINE_Q_FROM: grid.line_q_from_kvar,
            Column.LINE_I_FROM: grid.line_i_from_a,
            Column.LINE_P_TO: grid.line_p_to_kw,
            Column.LINE_Q_TO: grid.line_q_to_kvar,
            Column.LINE_I_TO: grid.line_i_to_a,
            Column.TRANSFORMER_P_HIGH: grid.transformer_p_high_kw,
            Column.TRANSFORMER_Q_HIGH: grid.transformer_q_high_kvar,
            Column.TRANSFORMER_P_LOW: grid.transformer_p_low_kw,
            Column.TRANSFORMER_Q_LOW: grid.transformer_q_low_kvar,
            Column.ELEMENT_P: -state.p_kw,
            Column.ELEMENT_Q: -state.q_kvar,
            Column.SWITCH_STATE: np.where(state.switch_travelling, TRAVELLING, position),
            Column.TAP_POSITION: state.tap_position,
            Column.FREQUENCY: np.array([state.frequency_hz]),
            Column.LINE_SHOWS_FROM: state.indicator_from,
            Column.LINE_SHOWS_TO: state.indicator_to,
            Column.SWITCH_FAULT_CURRENT: state.fault_ka,
            Column.SWITCH_FAULT_REACTANCE: state.fault_reactance_ohm,
            Column.TRANSFORMER_TARGET: state.target_pu,
        }


def _sizes(network: Network) -> dict[Column, int]:
    families = {
        "NODE": network.n_nodes,
        "LINE": len(network.lines.from_node),
        "TRANSFORMER": len(network.transformers.high_node),
        "ELEMENT": len(network.injection_node),
        "SWITCH": len(network.switches.from_node),
        "TAP": len(network.transformers.high_node),
        "FREQUENCY": 1,
    }
    return {column: families[column.name.split("_")[0]] for column in Column}
