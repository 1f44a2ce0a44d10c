"""The voltages of a feeder in the newest state: along its lines from where they begin, and how near to their limits."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.optimization.adapters.tree import Tree
from apps.state.choices import Position, Provenance, Supply
from apps.state.frames import Frame
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import Topology, resolve

_POSITION, _SUPPLY, _PROVENANCE = 0b11, 0b11, 0b111
MOST_NODES = 1500
_SAME_KV = 1.001  # a level's own nominal voltage, written differently


@dataclass(frozen=True)
class Seen:
    """A state as a grid frame has it, on its network."""

    network: AssembledNetwork
    frame: Frame
    line_km: FloatArray

    @cached_property
    def topology(self) -> Topology:
        """A switch whose position is not known stands as it normally does."""
        position = self.frame.switch_state & _POSITION
        known = np.isin(position, (Position.OPEN, Position.CLOSED))
        closed = np.where(known, position == Position.CLOSED, self.network.normal_closed)
        return resolve(self.network.network, np.asarray(closed, np.bool_))

    @cached_property
    def tree(self) -> Tree:
        return Tree.of(self.network.network, self.topology.switch_closed)

    @property
    def voltage_pu(self) -> FloatArray:
        """Per display node; nan where it is not live or not known."""
        live = (self.frame.node_status & _SUPPLY) == Supply.LIVE
        return np.asarray(np.where(live, self.frame.node_voltage_pu.astype(np.float64), np.nan), np.float64)

    def provenance(self, node: int) -> str:
        status = int(self.frame.node_status[node])
        if status & _SUPPLY == Supply.DEAD:
            return "dead"
        return Provenance(status >> 2 & _PROVENANCE).name.lower()


def extremes(seen: Seen, groups: Sequence[str], group_of_node: npt.NDArray[np.intp]) -> dict[str, dict[str, Any]]:
    """Per group the nodes with least room below and above, and how many are beyond; without voltages, only counts."""
    node, shown = seen.network.node, seen.network.n_display_nodes
    volts, low, high = seen.voltage_pu, node.low_pu[:shown], node.high_pu[:shown]
    order = np.argsort(group_of_node, kind="stable")
    parts = np.split(order, np.searchsorted(group_of_node[order], np.arange(1, len(groups))))
    return {source: _extremes_of(seen, nodes, volts, (low, high)) for source, nodes in zip(groups, parts, strict=True)}


def _extremes_of(
    seen: Seen, nodes: npt.NDArray[np.intp], volts: FloatArray, limits: tuple[FloatArray, FloatArray]
) -> dict[str, Any]:
    known = nodes[np.isfinite(volts[nodes])]
    low, high = limits
    told: dict[str, Any] = {"nodes": len(nodes), "known": len(known), "low": None, "high": None, "beyond": 0}
    if not len(known):
        return told
    below, above = volts[known] - low[known], high[known] - volts[known]
    lowest, highest = known[int(below.argmin())], known[int(above.argmin())]
    return told | {
        "low": _extreme(seen, int(lowest), volts, float(low[lowest]), float(below.min())),
        "high": _extreme(seen, int(highest), volts, float(high[highest]), float(above.min())),
        "beyond": int(((below < 0) | (above < 0)).sum()),
    }


def _extreme(seen: Seen, node: int, volts: FloatArray, limit: float, room: float) -> dict[str, Any]:
    named = seen.network.nodes
    return {
        "mrid": named.mrid[node],
        "name": named.name[node],
        "pu": round(float(volts[node]), 5),
        "limit_pu": limit,
        "room_pu": round(room, 5),
    }


@dataclass(frozen=True, slots=True)
class Profile:
    nodes: IntArray  # display nodes: the feeder's, and those on their way from where the lines begin
    parent: tuple[int | None, ...]  # place in `nodes` of what feeds it
    km: FloatArray  # nan where nothing leads there
    is_own: BoolArray


def profile_of(seen: Seen, own: IntArray, nominal_kv: float) -> Profile:
    """Along the lines as they are switched now, from the bus where their level is fed."""
    network, tree = seen.network, seen.tree
    bus, kv = network.node.bus, network.network.nominal_kv
    within = {node for node in tree.above(own) if kv[node] <= nominal_kv * _SAME_KV}
    km = _distances(seen, within, nominal_kv)
    on_way = {int(bus[node]) for node in within}
    chosen = np.array([*own.tolist(), *sorted(on_way - set(own.tolist()))], np.int32)[:MOST_NODES]
    place = {int(node): at for at, node in enumerate(chosen.tolist())}
    return Profile(
        nodes=chosen,
        parent=tuple(_parent(tree, bus, place, int(node)) for node in chosen.tolist()),
        km=np.array([km.get(int(node), np.nan) for node in chosen.tolist()]),
        is_own=np.isin(chosen, own),
    )


def _distances(seen: Seen, within: set[int], nominal_kv: float) -> dict[int, float]:
    """km of line from the head, per node; a transformer and a switch are no way."""
    edges, tree, kv = dict(_edges(seen, within)), seen.tree, seen.network.network.nominal_kv
    found: dict[int, float] = {}
    for node in tree.order.tolist():
        if node in within:
            above = int(tree.parent[node])
            is_head = above not in within or kv[above] > nominal_kv * _SAME_KV
            found[node] = 0.0 if is_head else found[above] + edges.get((min(above, node), max(above, node)), 0.0)
    return found


def _edges(seen: Seen, within: set[int]) -> Iterator[tuple[tuple[int, int], float]]:
    """The longer of two parallel lines first, so that the shorter counts."""
    lines, inside = seen.network.network.lines, np.array(sorted(within), np.int32)
    at = np.flatnonzero(np.isin(lines.from_node, inside) & np.isin(lines.to_node, inside))
    for line in at[np.argsort(-seen.line_km[at], kind="stable")].tolist():
        near, far = int(lines.from_node[line]), int(lines.to_node[line])
        yield (min(near, far), max(near, far)), float(seen.line_km[line])


def _parent(tree: Tree, bus: IntArray, place: dict[int, int], node: int) -> int | None:
    """The next other bus on the way up that is drawn. A bus may hang on a node of its own behind a switch."""
    above = int(tree.parent[node])
    while 0 <= above < len(bus):
        at = place.get(int(bus[above]))
        if at is not None and int(bus[above]) != node:
            return at
        above = int(tree.parent[above])
    return None


def document(seen: Seen, profile: Profile) -> dict[str, Any]:
    """Columns side by side."""
    network, nodes, volts = seen.network, profile.nodes.tolist(), seen.voltage_pu
    return {
        "mrid": [network.nodes.mrid[node] for node in nodes],
        "name": [network.nodes.name[node] for node in nodes],
        "kv": [float(network.network.nominal_kv[node]) for node in nodes],
        "km": [_number(km) for km in profile.km],
        "fed_from": list(profile.parent),
        "is_own": profile.is_own.tolist(),
        "pu": [_number(volts[node]) for node in nodes],
        "provenance": [seen.provenance(node) for node in nodes],
        "low_pu": [float(network.node.low_pu[node]) for node in nodes],
        "high_pu": [float(network.node.high_pu[node]) for node in nodes],
    }


def _number(value: float) -> float | None:
    return round(float(value), 5) if np.isfinite(value) else None
