"""A solved state with parts in it that live without the grid."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.state.adapters.solving import Solved
from apps.state.choices import Supply


def with_living(network: AssembledNetwork, solved: Solved, living: Mapping[str, str]) -> Solved:
    """What is dead by topology and lives by its own means has supply; nothing more is known of it by an estimate."""
    alive = np.zeros(network.network.n_nodes, np.bool_)
    places = (network.nodes.position.get(mrid) for mrid in living)
    alive[[place for place in places if place is not None]] = True
    if not alive.any():
        return solved
    alive |= alive[network.node.bus]
    lines, transformers = network.network.lines, network.network.transformers
    return replace(
        solved,
        node_supply=_told(solved.node_supply, alive[: network.n_display_nodes]),
        line_supply=_told(solved.line_supply, alive[lines.from_node] | alive[lines.to_node]),
        transformer_supply=_told(
            solved.transformer_supply, alive[transformers.high_node] | alive[transformers.low_node]
        ),
    )


def island_figures(network: AssembledNetwork, solved: Solved, living: Mapping[str, str]) -> list[dict[str, Any]]:
    """By name of who feeds them: nodes (mRIDs) and customers."""
    nodes: dict[str, list[str]] = {}
    customers: Counter[str] = Counter()
    for mrid, name in living.items():
        place = network.nodes.position.get(mrid)
        if place is not None and place < network.n_display_nodes and not solved.node_is_dead[place]:
            nodes.setdefault(name, []).append(mrid)
            customers[name] += int(network.node.customers[place])
    return [{"name": name, "nodes": nodes[name], "customers": customers[name]} for name in sorted(nodes)]


def _told(supply: npt.NDArray[Any], alive: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    return np.where((supply == Supply.DEAD) & alive, int(Supply.UNOBSERVABLE), supply)
