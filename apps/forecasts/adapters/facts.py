"""The rows of a network version that say where and what its equipment is, by position."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from scipy import sparse

from apps.assets.adapters import AssembledNetwork
from apps.assets.adapters.columns import Columns, Positions, of_model
from apps.assets.models import (
    ConnectivityNode,
    EnergyConsumer,
    Feeder,
    GeneratingUnit,
    NetworkModel,
    PowerTransformer,
    Substation,
)
from apps.forecasts.adapters.tracing import FloatArray, IntArray, Traced, traced

Metered = AbstractSet[tuple[str, str]]  # (equipment, side) with a meter of active power
Term = list[list[str | float]]  # alternatives, the first that is known counts: [equipment, side, factor]


@dataclass(frozen=True)
class Wanted:
    """One series that the network asks for. `shares`: 1 x injections, of each of them into the network."""

    subject_mrid: str
    subject: str
    quantity: str
    name: str
    source: dict[str, object]
    shares: sparse.csr_matrix
    parent: tuple[str, str] | None = None
    is_whole: bool = False
    rated_kw: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    group: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.subject_mrid, self.quantity


@dataclass(frozen=True)
class Facts:
    network: AssembledNetwork
    traced: Traced
    metered: Metered
    nodes: Columns
    node_feeder: IntArray  # position of its feeder, -1: none
    node_substation: IntArray
    substations: Columns
    feeders: Columns
    feeder_substation: IntArray
    transformer_substation: IntArray
    generators: Columns = field(repr=False)
    consumers: Columns = field(repr=False)
    generator_node: IntArray = field(repr=False)
    consumer_node: IntArray = field(repr=False)
    _kept: dict[tuple[str, str], Any] = field(default_factory=dict, repr=False)

    def numbers(self, table: str, name: str) -> FloatArray:
        """A column, made once."""
        if (table, name) not in self._kept:
            self._kept[table, name] = getattr(self, table).numbers(name)
        found: FloatArray = self._kept[table, name]
        return found

    def texts(self, table: str, name: str) -> tuple[str, ...]:
        if (table, name) not in self._kept:
            self._kept[table, name] = getattr(self, table).texts(name)
        found: tuple[str, ...] = self._kept[table, name]
        return found


def facts_of(model: NetworkModel, network: AssembledNetwork, metered: Metered) -> Facts:
    nodes = of_model(
        ConnectivityNode, model.pk, "pk", "nominal_kv", "feeder_id", "substation_id", "latitude", "longitude"
    )
    substations = of_model(Substation, model.pk, "pk", "latitude", "longitude")
    feeders = of_model(Feeder, model.pk, "pk", "substation_id", "nominal_kv")
    transformers = of_model(PowerTransformer, model.pk, "substation_id")
    generators = of_model(GeneratingUnit, model.pk, "node_id", "kind", "rated_s_kva", "p_kw")
    consumers = of_model(EnergyConsumer, model.pk, "node_id", "p_kw", "profile__name")
    at_node, at_station = Positions(nodes.keys("pk")), Positions(substations.keys("pk"))
    return Facts(
        network=network,
        traced=traced(network),
        metered=metered,
        nodes=nodes,
        node_feeder=Positions(feeders.keys("pk"))(nodes.keys("feeder_id")).astype(int),
        node_substation=at_station(nodes.keys("substation_id")).astype(int),
        substations=substations,
        feeders=feeders,
        feeder_substation=at_station(feeders.keys("substation_id")).astype(int),
        transformer_substation=at_station(transformers.keys("substation_id")).astype(int),
        generators=generators,
        consumers=consumers,
        generator_node=at_node(generators.keys("node_id")).astype(int),
        consumer_node=at_node(consumers.keys("node_id")).astype(int),
    )


def term(facts: Facts, *alternatives: tuple[str, str, float]) -> Term | None:
    """What of it has a meter; None where nothing has."""
    found: Term = [[mrid, side, factor] for mrid, side, factor in alternatives if (mrid, side) in facts.metered]
    return found or None
