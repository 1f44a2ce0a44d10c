"""One-line diagrams: the stored network as the engine lays it out, and its drawing as it is sent."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from apps.assets.adapters.columns import Columns, Named, Positions, of_model
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    PowerTransformer,
    Substation,
    Switch,
)
from gridops.engine.network.diagram import Element, Graph
from gridops.engine.network.diagram_feeder import FeederPlan
from gridops.engine.network.diagram_station import StationPlan
from gridops.engine.network.model import BoolArray, FloatArray, IntArray

_NUMBERS = re.compile(r"(\d+)")
# Classes that hang on nodes, in the order they are drawn.
_HUNG: Final = (EnergySource, EnergyConsumer, GeneratingUnit, BatteryUnit, LinearShuntCompensator)


@dataclass(frozen=True)
class Hung:
    """What hangs on one node of one class: one symbol."""

    node: int
    class_name: str
    mrids: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Picture:
    """All of one version that diagrams are drawn from. Node arrays are per node, others per element of their class."""

    graph: Graph
    nodes: Named
    kv: FloatArray
    low_pu: FloatArray
    high_pu: FloatArray
    bus: IntArray
    is_terminal: BoolArray
    is_busbar: BoolArray
    station: IntArray  # position of the substation, -1 for none
    feeder: IntArray
    rank: IntArray
    switches: Named
    switch_kind: Sequence[str]
    lines: Named
    line_feeder: IntArray
    transformers: Named
    hung: Sequence[Hung]
    stations: Named
    feeders: Named
    feeder_station: IntArray
    feeder_kv: FloatArray

    @property
    def n_shown(self) -> int:
        return int((~self.is_terminal).sum())


def picture(model_id: int) -> Picture:
    nodes = of_model(
        ConnectivityNode,
        model_id,
        *("pk", "nominal_kv", "bus_index", "is_terminal", "is_busbar", "substation_id", "feeder_id"),
        *("limit__low_pu", "limit__high_pu"),
    )
    stations = of_model(Substation, model_id, "pk")
    feeders = of_model(Feeder, model_id, "pk", "substation_id", "nominal_kv")
    at = Positions(nodes.keys("pk"))
    station_at, feeder_at = Positions(stations.keys("pk")), Positions(feeders.keys("pk"))
    switches = of_model(Switch, model_id, "from_node_id", "to_node_id", "kind", "normal_closed")
    lines = of_model(ACLineSegment, model_id, "from_node_id", "to_node_id", "feeder_id")
    transformers = of_model(PowerTransformer, model_id, "high_node_id", "low_node_id")
    named = nodes.named
    return Picture(
        graph=_graph(at, len(named), switches, lines, transformers),
        nodes=named,
        kv=nodes.numbers("nominal_kv"),
        low_pu=nodes.numbers("limit__low_pu"),
        high_pu=nodes.numbers("limit__high_pu"),
        bus=nodes.integers("bus_index"),
        is_terminal=nodes.flags("is_terminal"),
        is_busbar=nodes.flags("is_busbar"),
        station=station_at(nodes.keys("substation_id")),
        feeder=feeder_at(nodes.keys("feeder_id")),
        rank=_ranks(named.name),
        switches=switches.named,
        switch_kind=switches.texts("kind"),
        lines=lines.named,
        line_feeder=feeder_at(lines.keys("feeder_id")),
        transformers=transformers.named,
        hung=list(_hung(model_id, at)),
        stations=stations.named,
        feeders=feeders.named,
        feeder_station=station_at(feeders.keys("substation_id")),
        feeder_kv=feeders.numbers("nominal_kv"),
    )


def _graph(at: Positions, n_nodes: int, switches: Columns, lines: Columns, transformers: Columns) -> Graph:
    tables = ((switches, "from", "to"), (lines, "from", "to"), (transformers, "high", "low"))
    ends = [(at(table.keys(f"{one}_node_id")), at(table.keys(f"{other}_node_id"))) for table, one, other in tables]
    sizes = [len(one) for one, _ in ends]
    return Graph(
        n_nodes=n_nodes,
        one=np.concatenate([one for one, _ in ends]),
        other=np.concatenate([other for _, other in ends]),
        kind=np.repeat([Element.SWITCH, Element.LINE, Element.TRANSFORMER], sizes).astype(np.int32),
        index=np.concatenate([np.arange(size, dtype=np.int32) for size in sizes]),
        closed=np.concatenate([switches.flags("normal_closed"), np.ones(sizes[1] + sizes[2], np.bool_)]),
    )


def _hung(model_id: int, at: Positions) -> Iterator[Hung]:
    for kind in _HUNG:
        own = ["kind"] if kind is GeneratingUnit else []
        rows = of_model(kind, model_id, "node_id", *own)
        words = rows.texts("kind") if own else (kind.__name__,) * len(rows.texts("mrid"))
        together: dict[tuple[int, str], list[tuple[str, str]]] = {}
        for node, word, mrid, name in zip(
            at(rows.keys("node_id")).tolist(), words, rows.texts("mrid"), rows.texts("name"), strict=True
        ):
            together.setdefault((node, word), []).append((mrid, name))
        for (node, word), found in together.items():
            mrids, names = zip(*found, strict=True)
            yield Hung(node, word, mrids, names)


def _ranks(names: Sequence[str]) -> IntArray:
    """Places in the order in which people read names: 2 before 10."""

    def key(name: str) -> list[tuple[bool, Any]]:
        return [(part.isdigit(), int(part) if part.isdigit() else part) for part in _NUMBERS.split(name)]

    ranks = np.empty(len(names), np.int32)
    ranks[sorted(range(len(names)), key=lambda i: (key(names[i]), i))] = np.arange(len(names))
    return ranks


def station_plan(of: Picture, station: int) -> StationPlan:
    member = _joined(of, of.station == station)
    hung = [(number, item.node) for number, item in enumerate(of.hung) if member[item.node]]
    feeding = frozenset(n for n, _ in hung if of.hung[n].class_name == EnergySource.__name__)
    return StationPlan(of.graph, member, of.is_busbar, of.kv, of.rank, hung, feeding)


def feeder_plan(of: Picture, feeder: int) -> FeederPlan:
    return FeederPlan(
        graph=of.graph,
        is_bus=~of.is_terminal,
        is_member=of.feeder == feeder,
        feeds=of.station >= 0,
        nominal_kv=of.kv,
        own_kv=float(of.feeder_kv[feeder]),
        equipment=[(number, item.node) for number, item in enumerate(of.hung) if of.feeder[item.node] == feeder],
    )


def _joined(of: Picture, member: BoolArray) -> BoolArray:
    """With nodes that switches and transformers join to it and that belong to no other place."""
    free = (of.station < 0) & (of.feeder < 0)
    inside = of.graph.kind != Element.LINE
    one, other = of.graph.one[inside], of.graph.other[inside]
    member = member.copy()
    while True:
        new = np.concatenate([other[member[one]], one[member[other]]])
        new = new[free[new] & ~member[new]]
        if not len(new):
            return member
        member[new] = True


def short_labels(names: Mapping[str, str]) -> dict[str, str]:
    """Names by key, without a first word that most of them share."""
    firsts = Counter(name.split(" ")[0] for name in names.values() if " " in name)
    common = {word for word, times in firsts.items() if times >= max(3, 0.3 * len(names))}
    return {
        key: name.split(" ", 1)[1] if " " in name and name.split(" ")[0] in common else name
        for key, name in names.items()
    }
