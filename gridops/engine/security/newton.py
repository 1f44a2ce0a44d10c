"""Outages one by one through power-grid-model's Newton: for those that current iteration does not settle."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel, initialize_array
from power_grid_model.errors import PowerGridBatchError, PowerGridError

from gridops.engine.estimation.admittance import ComplexArray
from gridops.engine.network.model import IntArray
from gridops.engine.powerflow.compile import Compiled
from gridops.engine.powerflow.solver import ERROR_TOLERANCE, MAX_ITERATIONS, reason_for, tap_columns
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.units import VOLT_PER_KV, WATT_PER_KW

NO_OUTAGE = -1


class NewtonOutages:
    """One warm model of the state, from which branches are taken."""

    def __init__(self, point: OperatingPoint, compiled: Compiled) -> None:
        self._compiled = compiled
        self._model = PowerGridModel(power_flow_input(point, compiled))

    def solve(self, outages: Sequence[int]) -> tuple[ComplexArray, list[str]]:
        """Voltages, outages x live buses in pu (0 where supply is lost, nan where there is no solution), and why not.

        outages: live branches (lines, then transformers); NO_OUTAGE for the state itself.
        """
        solved = [self._one(outage) for outage in outages]
        return np.array([voltage for voltage, _ in solved]), [reason for _, reason in solved]

    def _one(self, outage: int) -> tuple[ComplexArray, str]:
        try:
            output = self._model.calculate_power_flow(
                update_data=None if outage == NO_OUTAGE else _tripped(self._compiled, np.array([outage])),
                error_tolerance=ERROR_TOLERANCE,
                max_iterations=MAX_ITERATIONS,
                calculation_method=CalculationMethod.newton_raphson,
                output_component_types={"node": ["u", "u_angle"]},
            )
        except PowerGridBatchError as error:
            return self._unsolved(error.errors[0])
        except PowerGridError as error:
            return self._unsolved(error)
        node = {name: np.ravel(values) for name, values in output["node"].items()}
        magnitude = node["u"] / (self._compiled.bus_kv * VOLT_PER_KV)
        return np.asarray(magnitude * np.exp(1j * node["u_angle"]), np.complex128), ""

    def _unsolved(self, error: PowerGridError) -> tuple[ComplexArray, str]:
        return np.full(self._compiled.n_buses, np.nan + 0j), reason_for(error)


def power_flow_input(point: OperatingPoint, compiled: Compiled) -> dict[str, np.ndarray]:
    """Input of power-grid-model for one state, SI units: one injection per live bus, positive into the network."""
    data = {name: rows.copy() for name, rows in compiled.input_data.items() if name != "sym_gen"}
    bus = compiled.live_bus_of_node[compiled.nodes]
    p, q = (np.nan_to_num(values[compiled.nodes]) for values in (point.node_p_kw, point.node_q_kvar))
    injections = initialize_array("input", "sym_gen", compiled.n_buses)
    injections["id"] = compiled.first_free_id + np.arange(compiled.n_buses)
    injections["node"], injections["status"], injections["type"] = np.arange(compiled.n_buses), 1, 0
    injections["p_specified"] = WATT_PER_KW * np.bincount(bus, p, compiled.n_buses)
    injections["q_specified"] = WATT_PER_KW * np.bincount(bus, q, compiled.n_buses)
    data["sym_gen"] = injections
    data["source"]["u_ref"] = point.source_voltage_pu[compiled.sources]
    data["source"]["u_ref_angle"] = np.radians(point.source_angle_deg[compiled.sources])
    if "transformer" in data:
        data["transformer"]["tap_pos"] = tap_columns(compiled, point.network, point.tap_position)["tap_pos"]
    return data


def _tripped(compiled: Compiled, outages: IntArray | Any) -> dict[str, np.ndarray]:
    kind = "line" if outages[0] < len(compiled.lines) else "transformer"
    rows = initialize_array("update", kind, (len(outages), 1))
    rows["id"][:, 0] = compiled.first_line_id + outages  # transformers are numbered on from the lines
    rows["from_status"] = rows["to_status"] = 0
    return {kind: rows}
