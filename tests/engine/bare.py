"""What power-grid-model alone needs for the same data: the limit that an estimate is measured against."""

from collections.abc import Callable, Mapping

import numpy as np
from power_grid_model import PowerGridModel

from gridops.engine.estimation.estimator import without_stubs
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.sensors import place_sensors, sensor_input
from gridops.engine.estimation.slots import find_slots
from gridops.engine.network.model import IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import compile_network
from gridops.engine.powerflow.solver import tap_columns

COLUMNS = {
    "node": ["u", "u_angle"],
    "line": ["p_from", "q_from", "i_from", "p_to", "q_to", "i_to"],
    "transformer": ["p_from", "q_from", "i_from", "p_to", "q_to", "i_to"],
}


def bare_estimate(
    network: Network,
    topology: Topology,
    measurements: Measurements,
    tap_position: IntArray,
    left_out: Mapping[MeasurementKind, IntArray] | None = None,
) -> Callable[[], None]:
    """A call that updates all sensors of a warm model and solves it, in Newton's way as the estimator does.

    With the taps where they are and without what is known to be wrong, or there may be no solution.
    """
    network = without_stubs(network)
    compiled = compile_network(network, topology)
    sizes = {
        MeasurementKind.VOLTAGE: measurements.voltages.node,
        MeasurementKind.INJECTION: measurements.injections.node,
        MeasurementKind.LINE_FLOW: measurements.line_flows.branch,
        MeasurementKind.LINE_CURRENT: measurements.line_currents.branch,
        MeasurementKind.TRANSFORMER_FLOW: measurements.transformer_flows.branch,
        MeasurementKind.SOURCE: measurements.sources.source,
    }
    active = {kind: np.ones(len(element), bool) for kind, element in sizes.items()}
    for kind, positions in (left_out or {}).items():
        active[kind][positions] = False
    sensors = place_sensors(compiled, find_slots(network, compiled), measurements, active, network.nominal_kv)
    model = PowerGridModel(compiled.input_data | sensor_input(sensors, compiled.first_free_id))
    values = {"sym_voltage_sensor": sensors.voltage, "sym_power_sensor": sensors.power}
    if len(compiled.transformers):
        values["transformer"] = tap_columns(compiled, network, tap_position)

    def call() -> None:
        model.update(update_data=values)
        model.calculate_state_estimation(
            calculation_method="newton_raphson",
            error_tolerance=1e-6,
            max_iterations=50,
            output_component_types={name: wanted for name, wanted in COLUMNS.items() if name in compiled.input_data},
        )

    return call
