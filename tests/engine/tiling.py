"""Many copies of one network and its meters side by side, for growth laws."""

from dataclasses import fields, replace
from typing import Any

import numpy as np

from gridops.engine.estimation.measurements import Measurements
from gridops.engine.network.model import Network

_NODES = {"from_node", "to_node", "high_node", "low_node", "node"}


def tiled_network(network: Network, copies: int) -> Network:
    """Islands of their own: each copy keeps its sources."""
    n = network.n_nodes
    groups = {name: _tiled(getattr(network, name), copies, n, _NODES) for name in _GROUPS}
    return Network(
        nominal_kv=np.tile(network.nominal_kv, copies),
        source_node=_shifted(network.source_node, copies, n),
        injection_node=_shifted(network.injection_node, copies, n),
        **groups,
    )


_GROUPS = ("lines", "transformers", "switches", "shunts")


def tiled_measurements(m: Measurements, network: Network, copies: int) -> Measurements:
    sizes = {
        "voltages": ({"node"}, network.n_nodes),
        "injections": ({"node"}, network.n_nodes),
        "line_flows": ({"branch"}, len(network.lines.from_node)),
        "line_currents": ({"branch"}, len(network.lines.from_node)),
        "transformer_flows": ({"branch"}, len(network.transformers.high_node)),
        "sources": ({"source"}, len(network.source_node)),
    }
    tiles = {name: _tiled(getattr(m, name), copies, size, keys) for name, (keys, size) in sizes.items()}
    return replace(m, **tiles, zero_voltages=_shifted(m.zero_voltages, copies, network.n_nodes))


def _tiled(group: Any, copies: int, size: int, keys: set[str]) -> Any:
    columns = {
        field.name: _shifted(getattr(group, field.name), copies, size)
        if field.name in keys
        else np.tile(getattr(group, field.name), copies)
        for field in fields(group)
    }
    return type(group)(**columns)


def _shifted(index: np.ndarray, copies: int, size: int) -> np.ndarray:
    return np.concatenate([index + size * number for number in range(copies)]).astype(np.int32)
