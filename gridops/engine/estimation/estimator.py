"""Weighted least-squares state estimation on a model that stays warm between scans."""

from typing import Any

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel
from power_grid_model.errors import PowerGridError
from scipy.special import chdtri

from gridops.engine.estimation.estimate import BadDatum, Estimate
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.residuals import objective, residuals
from gridops.engine.estimation.sensors import Active, Sensors, place_sensors, sensor_input
from gridops.engine.estimation.slots import find_slots, share
from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import compile_network
from gridops.engine.powerflow.output import Output, read_state, unsolved_state, wanted_columns
from gridops.engine.powerflow.solver import reason_for, tap_columns
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import WATT_PER_KW

ERROR_TOLERANCE = 1e-6
MAX_ITERATIONS = 50
FALSE_ALARM_SHARE = 0.01
NO_VOLTAGE = "No usable voltage measurement in any energised part of the network."


class Estimator:
    """Repeated state estimation on one network; the model is kept until switches or the set of meters change.

    Nodes without injections, sources or measurements carry exactly nothing. An energised island without a single
    usable voltage measurement is left out: its voltages are nan.
    """

    def __init__(self, network: Network, topology: Topology) -> None:
        self._network = network
        self.set_topology(topology)

    def set_topology(self, topology: Topology) -> None:
        """Take new switch positions: the model is built anew at the next estimate."""
        self._topology = topology
        self._islands: BoolArray | None = None
        self._model: PowerGridModel | None = None
        self._sensors: Sensors | None = None

    def estimate(self, measurements: Measurements, tap_position: IntArray) -> Estimate:
        """Estimate the state of everything energised.

        tap_position: one per transformer. Numeric failure is not an exception: `converged` is false and `reason`
        says why.
        """
        active = {kind: np.ones(_size(group), np.bool_) for kind, group in measurements.groups().items()}
        return self._solve(measurements, active, tap_position, [])

    def _solve(
        self, measurements: Measurements, active: Active, tap_position: IntArray, bad: list[BadDatum]
    ) -> Estimate:
        self._compile(measurements, active)
        if not self._compiled.n_buses:
            return self._unsolved(measurements, NO_VOLTAGE)
        sensors = place_sensors(self._compiled, self._slots, measurements, active, self._network.nominal_kv)
        try:
            output = self._calculate(sensors, tap_position)
        except PowerGridError as error:
            return self._unsolved(measurements, reason_for(error))
        return self._read(measurements, sensors, output, bad)

    def _compile(self, measurements: Measurements, active: Active) -> None:
        """Compile the islands that are energised and have a voltage measurement, if they are not those compiled."""
        node = measurements.voltages.node[active[MeasurementKind.VOLTAGE]]
        islands = np.zeros(self._topology.n_islands, np.bool_)
        islands[self._topology.island_of_bus[self._topology.bus_of_node[node]]] = True
        islands &= self._topology.island_energised
        if self._islands is not None and np.array_equal(islands, self._islands):
            return
        self._islands, self._model = islands, None
        self._compiled = compile_network(self._network, self._topology, energised=islands)
        self._slots = find_slots(self._network, self._compiled)
        self._columns = wanted_columns(self._compiled, {"node": ["u", "u_angle", "p", "q"]})

    def _calculate(self, sensors: Sensors, tap_position: IntArray) -> Output:
        taps = {"transformer": tap_columns(self._compiled, self._network, tap_position)}
        if not len(self._compiled.transformers):
            taps = {}
        if self._model is None or self._sensors is None or not sensors.same_structure(self._sensors):
            inputs = self._compiled.input_data | sensor_input(sensors, self._compiled.first_free_id)
            self._model = PowerGridModel(inputs)
        values: dict[str, Any] = {"sym_voltage_sensor": sensors.voltage}
        if len(sensors.power_object):
            values["sym_power_sensor"] = sensors.power
        self._sensors = sensors
        self._model.update(update_data=values | taps)
        output: Output = self._model.calculate_state_estimation(
            error_tolerance=ERROR_TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            calculation_method=CalculationMethod.iterative_linear,
            output_component_types=self._columns,
        )
        return output

    def _read(self, measurements: Measurements, sensors: Sensors, output: Output, bad: list[BadDatum]) -> Estimate:
        node_p, source_p = self._share(output["node"]["p"], sensors.slot_values.p_kw, sensors.slot_values.var_p)
        node_q, source_q = self._share(output["node"]["q"], sensors.slot_values.q_kvar, sensors.slot_values.var_q)
        state = read_state(self._network, self._compiled, output)
        state |= {"source_p_kw": source_p, "source_q_kvar": source_q}
        r = residuals(measurements, GridState(**state), node_p, node_q)
        freedom = self._degrees_of_freedom(sensors)
        return Estimate(
            **state,
            node_p_kw=node_p,
            node_q_kvar=node_q,
            residuals=r,
            objective=objective(measurements, r, sensors.used),
            degrees_of_freedom=freedom,
            threshold=float(chdtri(freedom, FALSE_ALARM_SHARE)) if freedom > 0 else float("inf"),
            bad=bad,
        )

    def _share(self, bus_w: FloatArray, value: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Estimated injection per node and power per source, from the totals of the buses."""
        slots = self._slots
        estimated = share(slots, bus_w / WATT_PER_KW, value, variance)
        return _pick(estimated, slots.slot_of_node), _pick(estimated, slots.slot_of_source)

    def _degrees_of_freedom(self, sensors: Sensors) -> int:
        """Measured numbers, priors and exact zeros, less the unknown voltages and shares."""
        slots, n_buses = self._slots, self._compiled.n_buses
        voltages = int(sensors.used[MeasurementKind.VOLTAGE].sum())
        powers = sum(int(used.sum()) for kind, used in sensors.used.items() if kind is not MeasurementKind.VOLTAGE)
        priors = int((~sensors.slot_values.is_known[: slots.n_injection]).sum())
        zeros = n_buses - len(slots.buses)
        shared = len(slots.bus) - len(slots.buses)
        islands = 0 if self._islands is None else int(self._islands.sum())
        return voltages + 2 * (powers + priors + zeros - shared - n_buses) + islands

    def _unsolved(self, measurements: Measurements, reason: str) -> Estimate:
        self._model = None
        state = unsolved_state(self._network, reason)
        nothing = np.full(self._network.n_nodes, np.nan)
        return Estimate(
            **state,
            node_p_kw=nothing,
            node_q_kvar=nothing,
            residuals=residuals(measurements, GridState(**state), nothing, nothing),
            objective=float("nan"),
            degrees_of_freedom=0,
            threshold=float("nan"),
            bad=[],
        )


def _pick(slot_values: FloatArray, slot_of_element: IntArray) -> FloatArray:
    live = slot_of_element >= 0
    values = np.zeros(len(slot_of_element))
    values[live] = slot_values[slot_of_element[live]]
    return values


def _size(group: Any) -> int:
    return len(getattr(group, type(group).__slots__[0]))
