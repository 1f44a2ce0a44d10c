"""From power-grid-model's answer to a GridState in the caller's order."""

from typing import Any

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.powerflow.compile import Compiled
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import ROOT_3, VOLT_PER_KV, WATT_PER_KW

Columns = dict[str, FloatArray]
Output = dict[str, Columns]

BRANCH_COLUMNS = ["p_from", "q_from", "i_from", "p_to", "q_to", "i_to"]
STATE_COLUMNS: dict[str, list[str]] = {
    "node": ["u", "u_angle"],
    "line": BRANCH_COLUMNS,
    "transformer": BRANCH_COLUMNS,
    "source": ["p", "q"],
}


def wanted_columns(compiled: Compiled, extra: dict[str, list[str]] | None = None) -> dict[str, list[str]]:
    """Columns to ask of power-grid-model: only of components that the input has."""
    columns = STATE_COLUMNS | (extra or {})
    return {name: wanted for name, wanted in columns.items() if name in compiled.input_data}


def voltages(network: Network, compiled: Compiled, node: Columns) -> tuple[FloatArray, FloatArray]:
    """Per node: magnitude on the node's own nominal voltage, and angle in degrees; nan where dead."""
    bus = compiled.live_bus_of_node[compiled.nodes]
    magnitude = np.full(network.n_nodes, np.nan)
    angle = np.full(network.n_nodes, np.nan)
    magnitude[compiled.nodes] = node["u"][bus] / (network.nominal_kv[compiled.nodes] * VOLT_PER_KV)
    angle[compiled.nodes] = np.degrees(node["u_angle"])[bus]
    return magnitude, angle


def read_state(network: Network, compiled: Compiled, output: Output) -> dict[str, Any]:
    """Fields of a converged GridState. Elements that were left out have flows of zero."""
    lines, transformers = network.lines, network.transformers
    magnitude, angle = voltages(network, compiled, output.get("node", _NO_NODE))
    line = _spread_branch(output.get("line"), compiled.lines, len(lines.from_node))
    transformer = _spread_branch(output.get("transformer"), compiled.transformers, len(transformers.high_node))
    source = output.get("source", _NO_SOURCE)
    n_sources = len(network.source_node)
    rated_high_a = transformers.rated_s_kva / (ROOT_3 * transformers.high_kv)
    rated_low_a = transformers.rated_s_kva / (ROOT_3 * transformers.low_kv)
    return {
        "voltage_pu": magnitude,
        "angle_deg": angle,
        "line_p_from_kw": line[0],
        "line_q_from_kvar": line[1],
        "line_i_from_a": line[2],
        "line_p_to_kw": line[3],
        "line_q_to_kvar": line[4],
        "line_i_to_a": line[5],
        "line_loading": _fraction(np.maximum(line[2], line[5]), lines.rated_a),
        "transformer_p_high_kw": transformer[0],
        "transformer_q_high_kvar": transformer[1],
        "transformer_i_high_a": transformer[2],
        "transformer_p_low_kw": transformer[3],
        "transformer_q_low_kvar": transformer[4],
        "transformer_i_low_a": transformer[5],
        "transformer_loading": np.maximum(
            _fraction(transformer[2], rated_high_a), _fraction(transformer[5], rated_low_a)
        ),
        "source_p_kw": _spread(source["p"] / WATT_PER_KW, compiled.sources, n_sources),
        "source_q_kvar": _spread(source["q"] / WATT_PER_KW, compiled.sources, n_sources),
        "losses_kw": float(line[0].sum() + line[3].sum() + transformer[0].sum() + transformer[3].sum()),
        "converged": True,
        "reason": "",
    }


def unsolved_state(network: Network, reason: str) -> dict[str, Any]:
    """Fields of a GridState without a solution: nan everywhere."""
    n_lines, n_transformers = len(network.lines.from_node), len(network.transformers.high_node)
    sizes = {"line": n_lines, "transformer": n_transformers, "source": len(network.source_node)}
    fields: dict[str, Any] = {
        name: np.full(sizes.get(name.split("_")[0], network.n_nodes), np.nan) for name in _ARRAY_FIELDS
    }
    return fields | {"losses_kw": float("nan"), "converged": False, "reason": reason}


_EMPTY = np.zeros(0)
_NO_NODE = {"u": _EMPTY, "u_angle": _EMPTY}
_NO_SOURCE = {"p": _EMPTY, "q": _EMPTY}
_ARRAY_FIELDS = [name for name in GridState.__slots__ if name not in {"losses_kw", "converged", "reason"}]


def _spread(values: FloatArray, live: IntArray, count: int) -> FloatArray:
    spread = np.zeros(count)
    spread[live] = values
    return spread


def _spread_branch(columns: Columns | None, live: IntArray, count: int) -> FloatArray:
    """Six rows (BRANCH_COLUMNS) in kW, kvar and A, zero where dead."""
    rows = np.zeros((len(BRANCH_COLUMNS), count))
    if columns is not None:
        for row, name in zip(rows, BRANCH_COLUMNS, strict=True):
            row[live] = columns[name] if name.startswith("i") else columns[name] / WATT_PER_KW
    return rows


def _fraction(current: FloatArray, rated: FloatArray) -> FloatArray:
    fraction = np.full(len(rated), np.nan)
    np.divide(current, rated, out=fraction, where=rated > 0)
    return fraction
