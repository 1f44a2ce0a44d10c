"""A power flow on a case, by the engine, to compare a reading with its source."""

import numpy as np

from gridops.cases import NetworkCase
from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow


def voltages(case: NetworkCase) -> dict[str, float]:
    """Voltage in pu by name of the node, at profile factor 1 and in normal positions."""
    at = {node.mrid: i for i, node in enumerate(case.nodes)}

    def nodes(rows, name):
        return np.array([at[getattr(row, name)] for row in rows], dtype=np.int32)

    def numbers(rows, name, kind=float):
        return np.array([getattr(row, name) for row in rows], dtype=kind)

    taps = {name: numbers(case.transformers, name, np.int32) for name in ("tap_neutral", "tap_min", "tap_max")}
    floats = (
        "rated_s_kva",
        "high_kv",
        "low_kv",
        "short_circuit_voltage_percent",
        "copper_loss_kw",
        "iron_loss_kw",
        "no_load_current_percent",
        "phase_shift_deg",
        "tap_step_percent",
    )
    injections = [(load, -1.0) for load in case.loads] + [(unit, 1.0) for unit in (*case.generators, *case.storages)]
    network = Network(
        nominal_kv=numbers(case.nodes, "nominal_kv"),
        lines=Lines(
            nodes(case.lines, "from_node"),
            nodes(case.lines, "to_node"),
            *(numbers(case.lines, name) for name in ("r_ohm", "x_ohm", "b_us", "rated_a")),
        ),
        transformers=Transformers(
            high_node=nodes(case.transformers, "high_node"),
            low_node=nodes(case.transformers, "low_node"),
            tap_on_high_side=numbers(case.transformers, "tap_on_high_side", bool),
            **taps,
            **{name: numbers(case.transformers, name) for name in floats},
        ),
        switches=Switches(nodes(case.switches, "from_node"), nodes(case.switches, "to_node")),
        shunts=Shunts(nodes(case.shunts, "node"), -numbers(case.shunts, "p_kw"), -numbers(case.shunts, "q_kvar")),
        source_node=nodes(case.sources, "node"),
        injection_node=np.array([at[element.node] for element, _ in injections], dtype=np.int32),
    )
    result = PowerFlow(network, resolve(network, numbers(case.switches, "closed", bool))).solve(
        p_kw=np.array([sign * element.p_kw for element, sign in injections]),
        q_kvar=np.array([sign * element.q_kvar for element, sign in injections]),
        tap_position=numbers(case.transformers, "tap_position", np.int32),
        source_voltage_pu=numbers(case.sources, "voltage_pu"),
        source_angle_deg=numbers(case.sources, "angle_deg"),
    )
    assert result.converged
    return {node.name: result.voltage_pu[i] for i, node in enumerate(case.nodes) if not node.is_terminal}
