"""Power flow of the three phases for themselves: unbalanced loads on lines with known zero-sequence impedances.

By power-grid-model's asymmetric calculation. Lines are alike in all phases (transposed); the neutral is no conductor of
its own: its impedance is in the zero sequence, and phase voltages are to ground. Transformers with an odd clock are
delta above and grounded star below, the others grounded star on both sides, with the zero-sequence impedance of the
positive sequence: a magnetising current of the zero sequence, as in three-limb cores, is not in the model.
"""

from dataclasses import dataclass

import numpy as np
from power_grid_model import CalculationMethod, PowerGridModel, initialize_array
from power_grid_model.errors import PowerGridError

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.powerflow.compile import Compiled, InputData, compile_network
from gridops.engine.powerflow.solver import ERROR_TOLERANCE, MAX_ITERATIONS, reason_for, tap_columns
from gridops.engine.units import HERTZ, ROOT_3, SIEMENS_PER_MICROSIEMENS, VOLT_PER_KV, WATT_PER_KW

PHASES = 3
_ENDS = ("from", "to")


@dataclass(frozen=True, slots=True)
class ZeroSequence:
    """Of each line of the network."""

    r_ohm: FloatArray
    x_ohm: FloatArray
    b_us: FloatArray  # total shunt susceptance, microsiemens


@dataclass(frozen=True, slots=True)
class ThreePhaseState:
    """One row per element, one column per phase (a, b, c). Not solved: every array is nan.

    Elements without voltage: voltages nan, flows zero. Flows are into the element.
    """

    voltage_pu: FloatArray  # to ground, on the nominal phase voltage
    angle_deg: FloatArray
    line_p_from_kw: FloatArray
    line_q_from_kvar: FloatArray
    line_i_from_a: FloatArray
    line_p_to_kw: FloatArray
    line_q_to_kvar: FloatArray
    line_i_to_a: FloatArray
    line_loading: FloatArray  # larger current of both ends over the rating
    transformer_p_high_kw: FloatArray
    transformer_q_high_kvar: FloatArray
    transformer_i_high_a: FloatArray
    transformer_p_low_kw: FloatArray
    transformer_q_low_kvar: FloatArray
    transformer_i_low_a: FloatArray
    source_p_kw: FloatArray
    source_q_kvar: FloatArray
    converged: bool
    reason: str  # empty if converged; otherwise what happened, in plain words

    @property
    def voltage_unbalance(self) -> FloatArray:
        """Per node: negative over positive sequence of the voltage (EN 50160's measure, as a fraction)."""
        turn = np.exp(2j * np.pi / 3)
        voltage = self.voltage_pu * np.exp(1j * np.radians(self.angle_deg))
        positive = voltage @ np.array([1, turn, turn**2])
        negative = voltage @ np.array([1, turn**2, turn])
        return np.asarray(np.abs(negative) / np.abs(positive), np.float64)


def solve_three_phase(
    network: Network,
    topology: Topology,
    zero: ZeroSequence,
    *,
    p_kw: FloatArray,
    q_kvar: FloatArray,
    tap_position: IntArray,
    source_voltage_pu: FloatArray,
) -> ThreePhaseState:
    """Solve for one set of injections.

    p_kw, q_kvar: one row per `network.injection_node`, one column per phase, positive into the network, between phase
    and ground. tap_position: one per transformer. source_voltage_pu: one per source, balanced.
    Numeric failure is not an exception: `converged` is false and `reason` says why.
    Raises ValueError where the shapes do not fit the network.
    """
    wanted = (len(network.injection_node), PHASES)
    if p_kw.shape != wanted or q_kvar.shape != wanted:
        raise ValueError(f"Powers of shape {p_kw.shape} and {q_kvar.shape} given; {wanted} are needed.")
    compiled = compile_network(network, topology)
    inputs = three_phase_inputs(
        network, compiled, zero, p_kw, q_kvar, tap_position=tap_position, source_voltage_pu=source_voltage_pu
    )
    try:
        output = PowerGridModel(inputs).calculate_power_flow(
            symmetric=False,
            error_tolerance=ERROR_TOLERANCE,
            max_iterations=MAX_ITERATIONS,
            calculation_method=CalculationMethod.newton_raphson,
        )
    except PowerGridError as error:
        return unsolved_three_phase(network, compiled, reason_for(error))
    return _state(network, compiled, output, fill=0.0, reason="")


def unsolved_three_phase(network: Network, compiled: Compiled, reason: str) -> ThreePhaseState:
    """The state of which nothing is known, and why."""
    return _state(network, compiled, {}, fill=np.nan, reason=reason)


def three_phase_inputs(
    network: Network,
    compiled: Compiled,
    zero: ZeroSequence,
    p_kw: FloatArray,
    q_kvar: FloatArray,
    *,
    tap_position: IntArray,
    source_voltage_pu: FloatArray,
) -> InputData:
    """Input of power-grid-model's asymmetric calculation; arguments as those of `solve_three_phase`."""
    inputs = _inputs(compiled, zero, p_kw, q_kvar)
    if "source" in inputs:
        inputs["source"]["u_ref"] = source_voltage_pu[compiled.sources]
        inputs["source"]["z01_ratio"] = 1.0
    if "transformer" in inputs:
        inputs["transformer"]["tap_pos"] = tap_columns(compiled, network, tap_position)["tap_pos"]
    return inputs


def _inputs(compiled: Compiled, zero: ZeroSequence, p_kw: FloatArray, q_kvar: FloatArray) -> InputData:
    inputs = {name: rows.copy() for name, rows in compiled.input_data.items() if name != "sym_gen"}
    if "line" in inputs:
        live, lines = compiled.lines, inputs["line"]
        lines["r0"], lines["x0"] = zero.r_ohm[live], zero.x_ohm[live]
        lines["c0"] = zero.b_us[live] * SIEMENS_PER_MICROSIEMENS / (2 * np.pi * HERTZ)
        lines["tan0"] = 0.0
    balanced = compiled.input_data.get("sym_gen")
    if balanced is not None:
        rows = initialize_array("input", "asym_gen", len(balanced))
        for name in ("id", "node", "status", "type"):
            rows[name] = balanced[name]
        rows["p_specified"] = WATT_PER_KW * _at_buses(compiled, p_kw)
        rows["q_specified"] = WATT_PER_KW * _at_buses(compiled, q_kvar)
        inputs["asym_gen"] = rows
    return inputs


def _at_buses(compiled: Compiled, power: FloatArray) -> FloatArray:
    total = np.zeros((len(compiled.injection_bus), PHASES))
    np.add.at(total, compiled.injection_slot, power[compiled.injections])
    return total


def _state(
    network: Network, compiled: Compiled, output: dict[str, np.ndarray], *, fill: float, reason: str
) -> ThreePhaseState:
    magnitude, angle = np.full((2, network.n_nodes, PHASES), np.nan)
    if "node" in output:
        bus = compiled.live_bus_of_node[compiled.nodes]
        phase_volt = network.nominal_kv[compiled.nodes, None] * VOLT_PER_KV / ROOT_3
        magnitude[compiled.nodes] = output["node"]["u"][bus] / phase_volt
        angle[compiled.nodes] = np.degrees(output["node"]["u_angle"])[bus]
    flows = _flows(
        "line", _ENDS, output.get("line"), live=compiled.lines, count=len(network.lines.from_node), fill=fill
    )
    t_count = len(network.transformers.high_node)
    flows |= _flows(
        "transformer", ("high", "low"), output.get("transformer"), live=compiled.transformers, count=t_count, fill=fill
    )
    rated = network.lines.rated_a[:, None]
    current = np.maximum(flows["line_i_from_a"], flows["line_i_to_a"])
    loading = np.divide(current, rated, out=np.full(current.shape, np.nan), where=rated > 0)
    source = {
        "p": np.full((len(network.source_node), PHASES), fill),
        "q": np.full((len(network.source_node), PHASES), fill),
    }
    if "source" in output:
        for name, values in source.items():
            values[compiled.sources] = output["source"][name] / WATT_PER_KW
    return ThreePhaseState(
        voltage_pu=magnitude,
        angle_deg=angle,
        **flows,
        line_loading=loading,
        source_p_kw=source["p"],
        source_q_kvar=source["q"],
        converged=not reason,
        reason=reason,
    )


def _flows(
    kind: str, names: tuple[str, str], rows: np.ndarray | None, *, live: IntArray, count: int, fill: float
) -> dict[str, FloatArray]:
    found = {}
    for end, name in zip(_ENDS, names, strict=True):
        for column, unit, scale in (("p", "kw", WATT_PER_KW), ("q", "kvar", WATT_PER_KW), ("i", "a", 1.0)):
            values = np.full((count, PHASES), fill)
            if rows is not None:
                values[live] = rows[f"{column}_{end}"] / scale
            found[f"{kind}_{column}_{name}_{unit}"] = values
    return found
