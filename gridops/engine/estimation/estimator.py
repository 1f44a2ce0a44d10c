"""Weighted least-squares state estimation on a model that stays warm between scans."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel
from power_grid_model.errors import IterationDiverge, PowerGridError, SparseMatrixError
from scipy.special import chdtri

from gridops.engine.estimation.admittance import branch_ends
from gridops.engine.estimation.diagnosis import Attempt, diagnose
from gridops.engine.estimation.estimate import Estimate
from gridops.engine.estimation.examination import Examination
from gridops.engine.estimation.linearised import Equations, linearise
from gridops.engine.estimation.measurements import MeasurementKind, Measurements
from gridops.engine.estimation.observability import Known, Observability, known_to_meters, nothing_observed, observe
from gridops.engine.estimation.residuals import objective, residuals
from gridops.engine.estimation.rows import weighted_residuals
from gridops.engine.estimation.sensors import Active, Sensors, place_sensors, sensor_input
from gridops.engine.estimation.slots import find_slots, share
from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import compile_network
from gridops.engine.powerflow.output import Output, read_state, unsolved_state, wanted_columns
from gridops.engine.powerflow.solver import reason_for, tap_columns
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import VOLT_PER_KV, WATT_PER_KW

ERROR_TOLERANCE = 1e-6
MAX_ITERATIONS = 100  # a clean scan takes a handful; a gross error in a voltage takes many
FALSE_ALARM_SHARE = 0.01
MOST_PASSES = 5
ABSURD = 20.0  # an objective so many times its threshold is no solution
Solution = tuple[Output, bool]  # and whether it is approximate
RESIDUAL_COLUMNS = {
    "node": ["u", "u_angle", "p", "q"],
    "sym_voltage_sensor": ["u_residual"],
    "sym_power_sensor": ["p_residual", "q_residual"],
}
LEAST_OHM = 1e-3  # shorter lines, beside injections known to a few watts, make the equations singular in 64 bits
_SINGLE = (MeasurementKind.VOLTAGE, MeasurementKind.LINE_CURRENT)  # one number a measurement
NO_VOLTAGE = "No usable voltage measurement in any energised part of the network."


class Estimator:
    """Repeated state estimation on one network; the model is kept until switches or the set of meters change.

    Nodes without injections, sources or measurements carry exactly nothing. An energised island without a single
    usable voltage measurement is left out: its voltages are nan.
    """

    def __init__(self, network: Network, topology: Topology) -> None:
        self._network = without_stubs(network)
        self.set_topology(topology)

    def set_topology(self, topology: Topology) -> None:
        """Take new switch positions: the model is built anew at the next estimate."""
        self._topology = topology
        self._islands: BoolArray | None = None
        self._model: Any = None
        self._sensors: Sensors | None = None
        self._observed: tuple[Known, Observability] | None = None

    def estimate(
        self,
        measurements: Measurements,
        tap_position: IntArray,
        *,
        remove_bad: bool = True,
        left_out: Mapping[MeasurementKind, IntArray] | None = None,
    ) -> Estimate:
        """Estimate the state of everything energised.

        tap_position: one per transformer. remove_bad: look for bad data and leave it out. left_out: by kind,
        positions of measurements known to be bad: they are not used, but have their residuals.
        Numeric failure is not an exception: `converged` is false and `reason` says why.
        """
        active = {kind: np.ones(_size(group), np.bool_) for kind, group in measurements.groups().items()}
        for kind, positions in (left_out or {}).items():
            active[kind][positions] = False
        return self._improve(measurements, active, tap_position, MOST_PASSES if remove_bad else 1)

    def examine(self, measurements: Measurements, tap_position: IntArray) -> Examination | None:
        """One estimate of all these measurements, none left out, with its predicted variances; None if it fails."""
        active = {kind: np.ones(_size(group), np.bool_) for kind, group in measurements.groups().items()}
        attempt = self._attempt(measurements, active, tap_position)
        if isinstance(attempt, str):
            return None
        return Examination(attempt, self._linearise(attempt, tap_position), self._compiled, self._references())

    def _improve(self, told: Measurements, active: Active, tap_position: IntArray, passes: int) -> Estimate:
        """Estimate, leave out what does not fit, and again until everything fits or the passes are used up."""
        attempt = self._attempt(told, active, tap_position)
        if isinstance(attempt, str):
            return self._unsolved(told, attempt)
        if passes == 1 or not attempt.is_suspicious():
            return attempt.estimate
        remedy = diagnose(attempt, self._linearise(attempt, tap_position))
        if not remedy.changed:
            return attempt.estimate
        better = self._improve(remedy.measurements, remedy.active, tap_position, passes - 1)
        return replace(better, bad=remedy.bad + better.bad, doubtful=remedy.doubtful + better.doubtful)

    def _attempt(self, measurements: Measurements, active: Active, tap_position: IntArray) -> Attempt | str:
        """One pass over the measurements that are not removed, or the reason why it failed."""
        self._compile(measurements, active)
        if not self._compiled.n_buses:
            return NO_VOLTAGE
        sensors = place_sensors(self._compiled, self._slots, measurements, active, self._network.nominal_kv)
        try:
            self._refresh(sensors, tap_position)
            attempt = self._least_squares(measurements, active, sensors)
            if attempt is None or attempt.estimate.objective > ABSURD * attempt.estimate.threshold:
                linear = self._read(measurements, active, sensors, self._run(CalculationMethod.iterative_linear))
                attempt = min(filter(None, (attempt, linear)), key=lambda found: found.estimate.objective)
        except PowerGridError as error:
            self._model = None
            return reason_for(error)
        return attempt

    def _least_squares(self, measurements: Measurements, active: Active, sensors: Sensors) -> Attempt | None:
        """By Newton-Raphson; a gross error may keep it from settling, or draw it to a wrong solution."""
        try:
            output = self._run(CalculationMethod.newton_raphson)
        except (IterationDiverge, SparseMatrixError):
            return None
        return self._read(measurements, active, sensors, output)

    def _compile(self, measurements: Measurements, active: Active) -> None:
        """Compile the islands that are energised and have a voltage measurement, if they are not those compiled."""
        node = measurements.voltages.node[active[MeasurementKind.VOLTAGE]]
        islands = np.zeros(self._topology.n_islands, np.bool_)
        islands[self._topology.island_of_bus[self._topology.bus_of_node[node]]] = True
        islands &= self._topology.island_energised
        if self._islands is not None and np.array_equal(islands, self._islands):
            return
        self._islands, self._model, self._observed = islands, None, None
        self._compiled = compile_network(self._network, self._topology, energised=islands)
        self._slots = find_slots(self._network, self._compiled)
        self._columns = wanted_columns(self._compiled) | RESIDUAL_COLUMNS

    def _refresh(self, sensors: Sensors, tap_position: IntArray) -> None:
        values: dict[str, Any] = {"sym_voltage_sensor": sensors.voltage}
        if len(sensors.power_object):
            values["sym_power_sensor"] = sensors.power
        if len(self._compiled.transformers):
            values["transformer"] = tap_columns(self._compiled, self._network, tap_position)
        if self._model is None or self._sensors is None or not sensors.same_structure(self._sensors):
            inputs = self._compiled.input_data | sensor_input(sensors, self._compiled.first_free_id)
            self._model = PowerGridModel(inputs)
        self._sensors = sensors
        self._model.update(update_data=values)

    def _run(self, method: CalculationMethod) -> Solution:
        """The linear iteration is sturdier, but does not weigh small sigmas on large flows rightly."""
        output: Output = self._model.calculate_state_estimation(
            error_tolerance=ERROR_TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            calculation_method=method,
            output_component_types=self._columns,
        )
        return output, method is not CalculationMethod.newton_raphson

    def _read(self, measurements: Measurements, active: Active, sensors: Sensors, solution: Solution) -> Attempt:
        output, is_approximate = solution
        node_p, source_p = self._share(output["node"]["p"], sensors.slot_values.p_kw, sensors.slot_values.var_p)
        node_q, source_q = self._share(output["node"]["q"], sensors.slot_values.q_kvar, sensors.slot_values.var_q)
        state = read_state(self._network, self._compiled, output)
        state |= {"source_p_kw": source_p, "source_q_kvar": source_q}
        r = residuals(measurements, GridState(**state), node_p, node_q)
        freedom = self._degrees_of_freedom(sensors)
        estimate = Estimate(
            **state,
            node_p_kw=node_p,
            node_q_kvar=node_q,
            residuals=r,
            objective=objective(measurements, r, sensors.used),
            degrees_of_freedom=freedom,
            threshold=float(chdtri(freedom, FALSE_ALARM_SHARE)) if freedom > 0 else float("inf"),
            bad=[],
            doubtful=[],
            observability=self._observe(measurements, sensors),
            is_approximate=is_approximate,
        )
        node = output["node"]
        voltage = node["u"] / (self._compiled.bus_kv * VOLT_PER_KV) * np.exp(1j * node["u_angle"])
        weighted = weighted_residuals(sensors, output["sym_voltage_sensor"], output.get("sym_power_sensor"))
        return Attempt(measurements, dict(active), sensors, self._slots, weighted, voltage, estimate)

    def _linearise(self, attempt: Attempt, tap_position: IntArray) -> Equations:
        compiled = self._compiled
        reference = np.unique(self._references())
        ends = branch_ends(self._network, compiled, tap_position)
        return linearise(self._network, compiled, ends, attempt.sensors, voltage=attempt.voltage, reference=reference)

    def _references(self) -> IntArray:
        """Per live bus, the first bus of its island."""
        compiled = self._compiled
        bus, node = np.unique(compiled.live_bus_of_node[compiled.nodes], return_index=True)
        island = self._topology.island_of_node[compiled.nodes[node]]
        _, first, number = np.unique(island, return_index=True, return_inverse=True)
        return np.asarray(bus[first[number]], np.int32)

    def _share(self, bus_w: FloatArray, value: FloatArray, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Estimated injection per node and power per source, from the totals of the buses."""
        slots = self._slots
        estimated = share(slots, bus_w / WATT_PER_KW, value, variance)
        return _pick(estimated, slots.slot_of_node), _pick(estimated, slots.slot_of_source)

    def _observe(self, m: Measurements, sensors: Sensors) -> Observability:
        """Worked out anew only when other meters are used than last time."""
        known = known_to_meters(self._compiled, self._slots, m, sensors)
        if self._observed is None or not known.equals(self._observed[0]):
            self._observed = known, observe(self._network, self._topology, self._compiled, known)
        return self._observed[1]

    def _degrees_of_freedom(self, sensors: Sensors) -> int:
        """Measured numbers, priors and exact zeros, less the unknown voltages and shares."""
        slots, n_buses = self._slots, self._compiled.n_buses
        voltages, currents = (int(sensors.used[kind].sum()) for kind in _SINGLE)
        powers = sum(int(used.sum()) for kind, used in sensors.used.items() if kind not in _SINGLE)
        priors = int((~sensors.slot_values.is_known[: slots.n_injection]).sum())
        zeros = n_buses - len(slots.buses)
        shared = len(slots.bus) - len(slots.buses)
        islands = 0 if self._islands is None else int(self._islands.sum())
        return voltages + currents + 2 * (powers + priors + zeros - shared - n_buses) + islands

    def _unsolved(self, measurements: Measurements, reason: str) -> Estimate:
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
            doubtful=[],
            observability=nothing_observed(self._network, self._topology),
            is_approximate=False,
        )


def without_stubs(network: Network) -> Network:
    """The network with no line shorter than `LEAST_OHM`: at 100 A that is a tenth of a volt."""
    lines = network.lines
    ohm = np.hypot(lines.r_ohm, lines.x_ohm)
    longer = np.where((ohm > 0) & (ohm < LEAST_OHM), LEAST_OHM / np.where(ohm > 0, ohm, 1.0), 1.0)
    stretched = replace(lines, r_ohm=lines.r_ohm * longer, x_ohm=lines.x_ohm * longer)
    return replace(network, lines=stretched)


def _pick(slot_values: FloatArray, slot_of_element: IntArray) -> FloatArray:
    live = slot_of_element >= 0
    values = np.zeros(len(slot_of_element))
    values[live] = slot_values[slot_of_element[live]]
    return values


def _size(group: Any) -> int:
    return len(getattr(group, type(group).__slots__[0]))
