"""What stays the same while incidents come and go: the parts of the network between switches, who lives where, and
how often what fails."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.assets.choices import SwitchKind
from apps.assets.models import ACLineSegment, EnergyConsumer, Switch
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import resolve
from gridops.engine.reliability.inference import Prior
from gridops.engine.reliability.inference_tree import FedNetwork, Sections, sections, supply_tree

# Faults a year: of a kilometre, a transformer, a node. Only their ratio counts; middling figures of medium voltage.
PER_KM, PER_TRANSFORMER, PER_NODE = 0.05, 0.004, 0.001
LEAST_KM = 0.02
OPENS_BY_ITSELF = (SwitchKind.BREAKER, SwitchKind.RECLOSER, SwitchKind.FUSE)


@dataclass(frozen=True, slots=True)
class Behind:
    """Nodes that would lose supply together without anybody being told."""

    group: IntArray  # per node

    def nodes_of(self, group: int) -> BoolArray:
        return np.asarray(self.group == group, np.bool_)


@dataclass(frozen=True)
class Ground:
    network: AssembledNetwork
    parts: Sections
    interrupts: BoolArray  # per switch
    prior: Prior
    consumer_node: IntArray  # per consumer, in the order of the network's injections
    consumer_customers: IntArray
    consumer_kw: FloatArray  # consumption at profile factor 1
    living: BoolArray | None = None  # nodes with a supply of their own

    @cached_property
    def consumer_at(self) -> Mapping[str, int]:
        return {self.network.injections.mrid[n]: n for n in range(len(self.consumer_node))}

    @cached_property
    def dead_as_built(self) -> BoolArray:
        """Nodes that have no supply in the normal state either."""
        return ~self.energised(self.network.normal_closed)

    def consumer_mrid(self, consumer: int) -> str:
        return self.network.injections.mrid[consumer]

    def energised(self, closed: BoolArray) -> BoolArray:
        """Fed by the network's sources, or alive without them."""
        fed = resolve(self.network.network, closed).node_energised
        return fed if self.living is None else np.asarray(fed | self.living, np.bool_)

    def with_living(self, nodes: Collection[str]) -> "Ground":
        """nodes: mRIDs of those that live without the grid now."""
        return replace(self, living=self.node_mask(list(nodes))) if nodes else self

    def islands(self, closed: BoolArray) -> IntArray:
        """Per node which island it is in."""
        return resolve(self.network.network, closed).island_of_node

    def fed(self, closed: BoolArray) -> FedNetwork:
        return FedNetwork(self.network.network, supply_tree(self.network.network, closed), self.parts)

    def closed_without(self, open_mrids: list[str]) -> BoolArray:
        """Positions in which these switches stand open, and all others closed."""
        closed = np.ones(len(self.network.normal_closed), np.bool_)
        closed[self.switches(open_mrids)] = False
        return closed

    def switches(self, mrids: list[str]) -> IntArray:
        position = self.network.switches.position
        return np.array([position[mrid] for mrid in mrids if mrid in position], np.int32)

    def node_mask(self, mrids: list[str]) -> BoolArray:
        position, found = self.network.nodes.position, np.zeros(self.network.network.n_nodes, np.bool_)
        found[[position[mrid] for mrid in mrids if mrid in position]] = True
        return found

    def behind_unwatched(self, closed: BoolArray, watched: BoolArray) -> "Behind":
        """watched: switches whose position is told. What hangs on another one that opens by itself goes dead unseen."""
        fed, count = self.fed(closed), self.network.network.n_nodes
        mark = np.full(count, -1, np.int32)
        children = fed.tree.switch_child[self.interrupts & closed & ~watched]
        children = children[children >= 0]
        mark[children] = children
        device = fed.tree.carried_down(mark)
        # Without such a device: a part between switches, whose fault only those in it would notice.
        return Behind(np.where(device >= 0, device, -2 - self.parts.of_node).astype(np.int32))

    def consumers_in(self, nodes: BoolArray) -> IntArray:
        """Consumers with customers at these nodes."""
        return np.flatnonzero(nodes[self.consumer_node] & (self.consumer_customers > 0)).astype(np.int32)


def build_ground(network: AssembledNetwork) -> Ground:
    """In three queries."""
    kinds = Switch.objects.filter(model_id=network.model_id).order_by("index").values_list("kind", flat=True)
    km = ACLineSegment.objects.filter(model_id=network.model_id).order_by("index").values_list("length_km", flat=True)
    customers = EnergyConsumer.objects.filter(model_id=network.model_id).order_by("index")
    count = int((network.injection.kind == CONSUMER).sum())  # consumers come first among the injections
    arrays = network.network
    return Ground(
        network=network,
        parts=sections(arrays, np.ones(len(arrays.switches.from_node), np.bool_)),
        interrupts=np.isin(np.array(list(kinds), str), [kind.value for kind in OPENS_BY_ITSELF]),
        prior=Prior(
            PER_KM * np.maximum(np.array(list(km), np.float64), LEAST_KM),
            np.full(len(arrays.transformers.high_node), PER_TRANSFORMER),
            np.full(arrays.n_nodes, PER_NODE),
        ),
        consumer_node=arrays.injection_node[:count],
        consumer_customers=np.array(list(customers.values_list("customers", flat=True)), np.int32),
        consumer_kw=-network.injection.p_kw[:count],
    )
