"""What a run is asked for, checked and made plain."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.studies.adapters.changes import ALL, Given, number, q_per_kw, word
from apps.studies.choices import MOST_KW, Flowing, RunKind
from apps.studies.rules import Refused

DEFAULT_MOST_KW = 20_000.0
LEAST_MVA, MOST_MVA = 1.0, 1e6


@dataclass(frozen=True, slots=True)
class Defaults:
    least_kv: float
    listed: int
    source_mva: float


# Buses of a feeder or a station, by mRID: its name and the positions of its nodes.
NodesOf = Callable[[str], tuple[str, np.ndarray] | None]


@dataclass(frozen=True, slots=True)
class Asked:
    network: AssembledNetwork
    nodes_of: NodesOf
    defaults: Defaults


def checked_options(kind: RunKind, given: Given, asked: Asked) -> dict[str, Any]:
    """Raises Refused, which names the field and the remedy."""
    return _CHECKS[kind](given, asked)


def asked_nodes(network: AssembledNetwork, mrid: str, nodes_of: NodesOf) -> np.ndarray:
    """Positions of the nodes that a run is asked about; none where nothing has that mRID."""
    if mrid == ALL:
        return np.arange(network.n_display_nodes)
    if (node := network.node_at(mrid)) is not None:
        return np.array([int(network.node.bus[node])])
    found = nodes_of(mrid)
    return found[1] if found else np.zeros(0, np.int64)


def _regulate(given: Given) -> bool:
    value = given.get("regulate", False)
    if not isinstance(value, bool):
        raise Refused("regulate", "Give true to let tap changers regulate, false to leave taps where they stand.")
    return value


def _power_flow(given: Given, _: Asked) -> dict[str, Any]:
    return {"regulate": _regulate(given)}


def _n_1(given: Given, asked: Asked) -> dict[str, Any]:
    least_kv = number(given, "least_kv", least=0.0, most=1000.0, default=asked.defaults.least_kv)
    return {"regulate": _regulate(given), "least_kv": least_kv, "listed": asked.defaults.listed}


def _hosting(given: Given, asked: Asked) -> dict[str, Any]:
    mrid = str(given.get("mrid") or "").lower()
    if not mrid or not len(asked_nodes(asked.network, mrid, asked.nodes_of)):
        raise Refused("mrid", "Name a node, a feeder or a station of this study's network, or 'all'.")
    flowing = word(given, "flowing", Flowing, Flowing.FEEDS_IN)
    _, cos_phi, reactive = q_per_kw(given, flowing)
    return {
        "regulate": _regulate(given),
        "mrid": mrid,
        "flowing": flowing.value,
        "cos_phi": cos_phi,
        "reactive": reactive.value,
        "most_kw": number(given, "most_kw", least=1.0, most=MOST_KW, default=DEFAULT_MOST_KW),
    }


def _short_circuit(given: Given, asked: Asked) -> dict[str, Any]:
    mrid = str(given.get("mrid") or "").lower()
    if asked.network.node_at(mrid) is None:
        raise Refused("mrid", "There is no such node, nor a switch or load at one. Choose it from the search.")
    source_mva = number(given, "source_mva", least=LEAST_MVA, most=MOST_MVA, default=asked.defaults.source_mva)
    return {"mrid": mrid, "source_mva": source_mva}


_CHECKS: dict[RunKind, Callable[[Given, Asked], dict[str, Any]]] = {
    RunKind.POWER_FLOW: _power_flow,
    RunKind.N_1: _n_1,
    RunKind.HOSTING: _hosting,
    RunKind.SHORT_CIRCUIT: _short_circuit,
}
