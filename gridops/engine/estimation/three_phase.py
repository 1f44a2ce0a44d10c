"""State estimation of the three phases for themselves.

Weighted least squares in the powers of each phase of each injection and in the voltage of each source, which is
balanced: Gauss-Newton, with the sensitivities of the phase voltages to each of them from power flows. So the voltages
of every node come with the standard deviation that the meters' own imply. For feeders of up to some hundred
injections: one step takes six power flows for each. Source of the method: Abur and Exposito, Power system state
estimation (2004), chapter 2, in other variables.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel, initialize_array
from power_grid_model.errors import PowerGridError

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import Compiled, InputData, compile_network
from gridops.engine.powerflow.solver import ERROR_TOLERANCE, MAX_ITERATIONS, reason_for
from gridops.engine.powerflow.three_phase import (
    PHASES,
    ThreePhaseState,
    ZeroSequence,
    solve_three_phase,
    three_phase_inputs,
    unsolved_three_phase,
)
from gridops.engine.units import ROOT_3, VOLT_PER_KV, WATT_PER_KW

_POWERS = 2 * PHASES  # of one injection: p of the phases, then q
_MOST_STEPS = 8
_SETTLED = 1e-3  # a step of this many standard deviations is none
_STEP_KW = 0.05
_STEP_PU = 1e-4


@dataclass(frozen=True, slots=True)
class PhaseMeasurements:
    """One row per meter, one column per phase; sigmas are positive standard deviations."""

    voltage_node: IntArray
    voltage_pu: FloatArray  # to ground
    voltage_sigma_pu: FloatArray
    injection: IntArray  # positions in `network.injection_node`; a pseudo-measurement is one with a large sigma
    p_kw: FloatArray  # into the network
    q_kvar: FloatArray
    sigma_p_kw: FloatArray
    sigma_q_kvar: FloatArray


@dataclass(frozen=True, slots=True)
class ThreePhaseEstimate:
    """Not estimated: `state` is not converged, its `reason` says why, and the arrays are nan."""

    state: ThreePhaseState
    sigma_pu: FloatArray  # predicted standard deviation of state.voltage_pu
    p_kw: FloatArray  # per injection and phase
    q_kvar: FloatArray
    objective: float  # sum of squared weighted residuals
    degrees_of_freedom: int


def estimate_three_phase(
    network: Network,
    topology: Topology,
    zero: ZeroSequence,
    measurements: PhaseMeasurements,
    *,
    tap_position: IntArray,
    source_voltage_pu: FloatArray,
) -> ThreePhaseEstimate:
    """Estimate the phase voltages of everything energised.

    source_voltage_pu: one per source, only where to begin. What is not observable or does not settle is told by the
    state's `reason`. Raises ValueError for a sigma that is not positive and for shapes that do not fit.
    """
    _check(measurements)
    compiled = compile_network(network, topology)
    solve = partial(solve_three_phase, network, topology, zero, tap_position=tap_position)
    problem = _Problem(network, compiled, zero, measurements, tap_position)
    reason = problem.unobservable()
    x = problem.start(source_voltage_pu)
    for _ in range(_MOST_STEPS):
        if reason:
            break
        p, q, sources = problem.parts(x, source_voltage_pu)
        state = solve(p_kw=p, q_kvar=q, source_voltage_pu=sources)
        if not state.converged:
            reason = state.reason
            break
        try:
            sensitivity = problem.sensitivity(p, q, sources)
        except PowerGridError as error:
            reason = reason_for(error)
            break
        step, covariance, residual = problem.step(x, state, sensitivity)
        if covariance is None:
            reason = "The voltage meters do not tell the voltage of every source: more are needed in its part."
            break
        if np.abs(step / np.sqrt(np.diag(covariance))).max(initial=0.0) < _SETTLED:
            free = len(residual) - len(covariance)
            sigma = problem.sigma(sensitivity, covariance)
            return ThreePhaseEstimate(state, sigma, p, q, float(residual @ residual), free)
        x = x + step
    return _not_found(network, compiled, reason or "The estimate did not settle.")


class _Problem:
    """Unknowns: powers of each live injection (six each), then the voltage of each live source."""

    def __init__(
        self, network: Network, compiled: Compiled, zero: ZeroSequence, given: PhaseMeasurements, taps: IntArray
    ) -> None:
        self.network, self.compiled, self.zero, self.taps = network, compiled, zero, taps
        live = np.isin(given.injection, compiled.injections)
        self.injection = given.injection[live]
        self.power = np.concatenate([given.p_kw, given.q_kvar], axis=1)[live]
        self.power_sigma = np.concatenate([given.sigma_p_kw, given.sigma_q_kvar], axis=1)[live]
        meters = compiled.live_bus_of_node[given.voltage_node] >= 0
        self.node = given.voltage_node[meters]
        self.voltage, self.voltage_sigma = given.voltage_pu[meters], given.voltage_sigma_pu[meters]

    def unobservable(self) -> str:
        without = np.setdiff1d(self.compiled.injections, self.injection)
        if len(without):
            first = int(self.network.injection_node[without[0]])
            return f"{len(without)} energised injections have no power for each phase; the first is at node {first}."
        return "" if len(self.node) else "No usable voltage measurement in any energised part of the network."

    def start(self, source_voltage_pu: FloatArray) -> FloatArray:
        return np.concatenate([self.power.ravel(), source_voltage_pu[self.compiled.sources]])

    def parts(self, x: FloatArray, source_voltage_pu: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        count = self.power.size
        power = np.zeros((len(self.network.injection_node), _POWERS))
        np.add.at(power, self.injection, x[:count].reshape(-1, _POWERS))
        sources = source_voltage_pu.copy()
        sources[self.compiled.sources] = x[count:]
        return power[:, :PHASES], power[:, PHASES:], sources

    def sensitivity(self, p: FloatArray, q: FloatArray, sources: FloatArray) -> FloatArray:
        """Change of the phase voltages of each live bus (pu, rows bus by bus) with each unknown."""
        inputs = three_phase_inputs(
            self.network, self.compiled, self.zero, p, q, tap_position=self.taps, source_voltage_pu=sources
        )
        by_slot = _voltages(inputs, _changes(inputs), self.compiled)
        slots = len(self.compiled.injection_bus) * _POWERS
        of_injection = dict(zip(self.compiled.injections.tolist(), self.compiled.injection_slot.tolist(), strict=True))
        slot = np.array([of_injection[at] for at in self.injection.tolist()], dtype=np.int64)
        columns = (slot[:, None] * _POWERS + np.arange(_POWERS)).ravel()
        return np.concatenate([by_slot[:, columns], by_slot[:, slots:]], axis=1)

    def step(
        self, x: FloatArray, state: ThreePhaseState, sensitivity: FloatArray
    ) -> tuple[FloatArray, FloatArray | None, FloatArray]:
        bus = self.compiled.live_bus_of_node[self.node]
        rows = (bus[:, None] * PHASES + np.arange(PHASES)).ravel()
        powers = np.eye(len(x))[: self.power.size] / self.power_sigma.ravel()[:, None]
        jacobian = np.concatenate([sensitivity[rows] / self.voltage_sigma.ravel()[:, None], powers])
        of_voltage = (self.voltage - state.voltage_pu[self.node]) / self.voltage_sigma
        of_power = (self.power.ravel() - x[: self.power.size]) / self.power_sigma.ravel()
        residual = np.concatenate([of_voltage.ravel(), of_power])
        of_sources = jacobian[:, self.power.size :]
        if np.linalg.matrix_rank(of_sources) < of_sources.shape[1]:
            return np.zeros(len(x)), None, residual
        covariance = np.linalg.inv(jacobian.T @ jacobian)
        return covariance @ (jacobian.T @ residual), covariance, residual

    def sigma(self, sensitivity: FloatArray, covariance: FloatArray) -> FloatArray:
        """Of each node's phase voltages."""
        variance = np.einsum("ij,jk,ik->i", sensitivity, covariance, sensitivity, optimize=True).reshape(-1, PHASES)
        found = np.full((self.network.n_nodes, PHASES), np.nan)
        live = self.compiled.nodes
        found[live] = np.sqrt(np.maximum(variance, 0.0))[self.compiled.live_bus_of_node[live]]
        return found


def _changes(inputs: InputData) -> InputData:
    """One scenario each with one power of one bus, or one source's voltage, changed a little."""
    generators, sources = inputs.get("asym_gen"), inputs["source"]
    n_gen = 0 if generators is None else len(generators)
    count = n_gen * _POWERS + len(sources)
    voltage = initialize_array("update", "source", (count, len(sources)))
    voltage["id"], voltage["u_ref"] = sources["id"], sources["u_ref"]
    voltage["u_ref"][n_gen * _POWERS + np.arange(len(sources)), np.arange(len(sources))] += _STEP_PU
    found = {"source": voltage}
    if generators is not None:
        power = initialize_array("update", "asym_gen", (count, n_gen))
        for name in ("id", "p_specified", "q_specified"):
            power[name] = generators[name]
        for at, name in enumerate(("p_specified", "q_specified")):
            slot, phase = np.divmod(np.arange(n_gen * PHASES), PHASES)
            power[name][slot * _POWERS + at * PHASES + phase, slot, phase] += _STEP_KW * WATT_PER_KW
        found["asym_gen"] = power
    return found


def _voltages(inputs: InputData, changes: InputData, compiled: Compiled) -> FloatArray:
    model = PowerGridModel(inputs)
    options = {
        "symmetric": False,
        "error_tolerance": ERROR_TOLERANCE,
        "max_iterations": MAX_ITERATIONS,
        "calculation_method": CalculationMethod.newton_raphson,
        "output_component_types": {"node": ["u"]},
    }
    phase_volt = compiled.bus_kv[:, None] * VOLT_PER_KV / ROOT_3
    before = model.calculate_power_flow(**options)["node"]["u"] / phase_volt
    after = model.calculate_power_flow(update_data=changes, **options)["node"]["u"] / phase_volt
    powers = 0 if "asym_gen" not in changes else changes["asym_gen"].shape[1] * _POWERS
    size = np.r_[np.full(powers, _STEP_KW), np.full(len(after) - powers, _STEP_PU)]
    return np.asarray(((after - before).reshape(len(after), -1) / size[:, None]).T, np.float64)


def _not_found(network: Network, compiled: Compiled, reason: str) -> ThreePhaseEstimate:
    state = unsolved_three_phase(network, compiled, reason)
    power = np.full((len(network.injection_node), PHASES), np.nan)
    return ThreePhaseEstimate(state, np.full(state.voltage_pu.shape, np.nan), power, power, float("nan"), 0)


def _check(given: PhaseMeasurements) -> None:
    voltages, powers = (len(given.voltage_node), PHASES), (len(given.injection), PHASES)
    names = ("p_kw", "q_kvar", "sigma_p_kw", "sigma_q_kvar")
    shapes = {"voltage_pu": voltages, "voltage_sigma_pu": voltages, **dict.fromkeys(names, powers)}
    for name, shape in shapes.items():
        values = getattr(given, name)
        if values.shape != shape:
            raise ValueError(f"{name} of shape {values.shape} given; {shape} is needed.")
        if not np.isfinite(values).all() or ("sigma" in name and (values <= 0).any()):
            raise ValueError(f"{name} has values that cannot be; leave such meters out.")
    if len(np.unique(given.injection)) < len(given.injection):
        raise ValueError("An injection has more than one power; combine them first.")
