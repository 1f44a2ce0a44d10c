"""The live network as what may fail: kinds, exposure, places of weather, and who hangs on what."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork
from apps.assets.models import ACLineSegment, ConnectivityNode, NetworkModel, PowerTransformer, Switch
from apps.resilience.adapters.grid_facts import INTERRUPTING
from apps.resilience.adapters.rates import CABLE_US_PER_KM
from apps.resilience.choices.risk import AssetKind
from gridops.engine.reliability.hazard.reach import Reach, reach_of

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
KINDS = (AssetKind.OVERHEAD, AssetKind.CABLE, AssetKind.TRANSFORMER)
LEAST_KM = 0.001


@dataclass(frozen=True, slots=True)
class Fallible:
    """Lines in the order of the network, then transformers."""

    mrid: tuple[str, ...]
    name: tuple[str, ...]
    kind: IntArray  # of KINDS
    exposure: FloatArray  # km, or 1
    longitude: FloatArray
    latitude: FloatArray
    feeder: tuple[tuple[UUID | None, str], ...]
    region: IntArray  # of `reach`
    reach: Reach
    node_customers: FloatArray

    @property
    def customers(self) -> FloatArray:
        return np.asarray(self.reach.customers[self.region], np.float64)


def fallible(model: NetworkModel, network: AssembledNetwork) -> Fallible:
    lines = list(
        ACLineSegment.objects.filter(model=model)
        .order_by("index")
        .values_list("mrid", "name", "length_km", "b_us", "feeder__mrid", "feeder__name")
    )
    transformers = list(PowerTransformer.objects.filter(model=model).order_by("index").values_list("mrid", "name"))
    place = np.array(
        list(ConnectivityNode.objects.filter(model=model).order_by("index").values_list("longitude", "latitude")),
        np.float64,
    ).reshape(-1, 2)
    feeder_of_node = list(
        ConnectivityNode.objects.filter(model=model).order_by("index").values_list("feeder__mrid", "feeder__name")
    )
    switch_kinds = list(Switch.objects.filter(model=model).order_by("index").values_list("kind", flat=True))
    interrupts = np.isin(np.array(switch_kinds, dtype=object), list(INTERRUPTING))
    customers = network.node.customers.astype(np.float64)
    reach = reach_of(network.network, network.normal_closed, interrupts, customers)
    at = np.concatenate([network.network.lines.from_node, network.network.transformers.low_node]).astype(np.int64)
    is_cable = [charging / max(km, LEAST_KM) >= CABLE_US_PER_KM for _, _, km, charging, _, _ in lines]
    return Fallible(
        mrid=tuple(str(row[0]) for row in (*lines, *transformers)),
        name=(*(row[1] for row in lines), *(row[1] for row in transformers)),
        kind=np.array([int(one) for one in is_cable] + [2] * len(transformers), np.int64),
        exposure=np.array([max(row[2], LEAST_KM) for row in lines] + [1.0] * len(transformers)),
        longitude=place[at, 0],
        latitude=place[at, 1],
        feeder=_feeders([(row[4], row[5]) for row in lines], [feeder_of_node[node] for node in at[len(lines) :]]),
        region=np.concatenate([reach.region_of_line, reach.region_of_transformer]).astype(np.int64),
        reach=reach,
        node_customers=customers,
    )


def _feeders(
    of_lines: Sequence[tuple[UUID | None, str | None]], of_transformers: Sequence[tuple[UUID | None, str | None]]
) -> tuple[tuple[UUID | None, str], ...]:
    return tuple((mrid, name or "") for mrid, name in (*of_lines, *of_transformers))
