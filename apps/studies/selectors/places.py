"""Who stands where in a study's version of the network."""

from functools import lru_cache, partial
from uuid import UUID

import numpy as np
from django.db.models import Q

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.assets.models import ConnectivityNode, Feeder, NetworkModel, Substation
from apps.studies.adapters.changes import Place


def place_of(model: NetworkModel) -> Place:
    network = assets.assembled(model)
    return Place(network, partial(_injections_of, network))


def nodes_of(network: AssembledNetwork, mrid: str) -> tuple[str, np.ndarray] | None:
    """Name of a feeder or station, and the buses on it; of a station also those on its feeders."""
    name = _named(network.model_id, mrid)
    if name is None:
        return None
    position = network.nodes.position
    found = [position[one] for one in _members(network.model_id, mrid) if one in position]
    return name, np.array(sorted(node for node in found if node < network.n_display_nodes), np.int64)


def _injections_of(network: AssembledNetwork, mrid: str) -> tuple[str, np.ndarray] | None:
    name = _named(network.model_id, mrid)
    if name is None:
        return None
    position = network.nodes.position
    members = [position[one] for one in _members(network.model_id, mrid) if one in position]
    return name, np.flatnonzero(np.isin(network.network.injection_node, members))


@lru_cache(maxsize=64)
def _named(model_id: int, mrid: str) -> str | None:
    wanted = _uuid(mrid)
    if wanted is None:
        return None
    for kind in (Feeder, Substation):
        if name := kind.objects.filter(model_id=model_id, mrid=wanted).values_list("name", flat=True).first():
            return name
    return None


@lru_cache(maxsize=64)
def _members(model_id: int, mrid: str) -> tuple[str, ...]:
    wanted = _uuid(mrid)
    rows = ConnectivityNode.objects.filter(
        Q(feeder__mrid=wanted) | Q(substation__mrid=wanted) | Q(feeder__substation__mrid=wanted), model_id=model_id
    )
    return tuple(str(one) for one in rows.values_list("mrid", flat=True))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
