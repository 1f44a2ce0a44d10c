"""Power flow by Newton-Raphson on a model that stays warm between solves."""

from typing import Any

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel
from power_grid_model.errors import (
    ConflictVoltage,
    IterationDiverge,
    MaxIterationReached,
    NotObservableError,
    PowerGridError,
    SparseMatrixError,
)

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import Compiled, InputData, compile_network
from gridops.engine.powerflow.output import Output, read_state, unsolved_state, wanted_columns
from gridops.engine.powerflow.state import PowerFlowResult
from gridops.engine.units import WATT_PER_KW

ERROR_TOLERANCE = 1e-8
MAX_ITERATIONS = 30

_REASONS: dict[type[PowerGridError], str] = {
    IterationDiverge: "The iteration did not settle: the load may be more than the network can carry.",
    MaxIterationReached: "The iteration did not settle in the allowed number of steps.",
    SparseMatrixError: "The equations have no unique solution for these values.",
    NotObservableError: "There are too few measurements to work out the state.",
    ConflictVoltage: "A line joins two nodes of different nominal voltage.",
}


def reason_for(error: PowerGridError) -> str:
    """What the solver's error means, in plain words."""
    for kind, reason in _REASONS.items():
        if isinstance(error, kind):
            return reason
    return f"The solver refused the network: {str(error).splitlines()[0]}"


def injection_columns(compiled: Compiled, p_kw: FloatArray, q_kvar: FloatArray) -> dict[str, FloatArray]:
    """Sum of the injections at each bus that has any, in W and var, as an update of 'sym_gen'."""
    slot, live, count = compiled.injection_slot, compiled.injections, len(compiled.injection_bus)
    return {
        "p_specified": WATT_PER_KW * np.asarray(np.bincount(slot, p_kw[live], count), np.float64),
        "q_specified": WATT_PER_KW * np.asarray(np.bincount(slot, q_kvar[live], count), np.float64),
    }


class PowerFlow:
    """Repeated power flow on one network; the compiled model is kept until the topology changes."""

    def __init__(self, network: Network, topology: Topology) -> None:
        self._network = network
        self.set_topology(topology)

    def set_topology(self, topology: Topology) -> None:
        """Take new switch positions: the model is built anew at the next solve."""
        self._compiled = compile_network(self._network, topology)
        self._columns = wanted_columns(self._compiled)
        self._model: PowerGridModel | None = None

    def solve(
        self,
        *,
        p_kw: FloatArray,
        q_kvar: FloatArray,
        tap_position: IntArray,
        source_voltage_pu: FloatArray,
        source_angle_deg: FloatArray | None = None,
    ) -> PowerFlowResult:
        """Solve for one set of injections.

        p_kw, q_kvar: one per `network.injection_node`, positive into the network, independent of voltage.
        tap_position: one per transformer; beyond its range the end of the range counts.
        source_voltage_pu, source_angle_deg: one per source; angle 0 where omitted.
        Numeric failure is not an exception: `converged` is false and `reason` says why.
        """
        if not self._compiled.n_buses:
            return PowerFlowResult(**read_state(self._network, self._compiled, {}))
        angle = np.zeros(len(source_voltage_pu)) if source_angle_deg is None else source_angle_deg
        update = self._update(p_kw, q_kvar, tap_position, source_voltage_pu, angle)
        try:
            output = self._calculate(update)
        except PowerGridError as error:
            return PowerFlowResult(**unsolved_state(self._network, reason_for(error)))
        return PowerFlowResult(**read_state(self._network, self._compiled, output))

    def _update(
        self, p_kw: FloatArray, q_kvar: FloatArray, tap: IntArray, voltage: FloatArray, angle_deg: FloatArray
    ) -> InputData:
        c = self._compiled
        columns: dict[str, Any] = {
            "sym_gen": injection_columns(c, p_kw, q_kvar),
            "source": {"u_ref": voltage[c.sources], "u_ref_angle": np.radians(angle_deg[c.sources])},
            "transformer": tap_columns(c, self._network, tap),
        }
        return {name: update for name, update in columns.items() if name in c.input_data}

    def _calculate(self, update: InputData) -> Output:
        if self._model is None:
            self._model = PowerGridModel(self._compiled.input_data)
        self._model.update(update_data=update)
        output: Output = self._model.calculate_power_flow(
            error_tolerance=ERROR_TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            calculation_method=CalculationMethod.newton_raphson,
            output_component_types=self._columns,
        )
        return output


def tap_columns(compiled: Compiled, network: Network, tap_position: IntArray) -> dict[str, np.ndarray]:
    """Tap positions of the live transformers, held inside their ranges, as an update of 'transformer'."""
    t, live = network.transformers, compiled.transformers
    return {"tap_pos": np.clip(tap_position[live], t.tap_min[live], t.tap_max[live]).astype(np.int8)}
