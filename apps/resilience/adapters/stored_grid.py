"""The stored network as what reliability needs to know of it."""

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.assets.adapters.arrays import CONSUMER
from apps.assets.models import ACLineSegment, ConnectivityNode, EnergyConsumer, PowerTransformer, Switch
from apps.resilience.adapters.grid_facts import GridFacts, with_lengths


def stored_facts(network: AssembledNetwork) -> GridFacts:
    """Loads draw what their profile has on average over the year."""
    model = network.model_id
    lines = ACLineSegment.objects.filter(model_id=model).order_by("index").values_list("mrid", "name", "length_km")
    units = PowerTransformer.objects.filter(model_id=model).order_by("index").values_list("mrid", "name")
    switches = Switch.objects.filter(model_id=model).order_by("index").values_list("mrid", "name", "kind")
    loads = EnergyConsumer.objects.filter(model_id=model).order_by("index").values_list("name", "customers")
    feeder = {
        str(mrid): name
        for mrid, name in ConnectivityNode.objects.filter(model_id=model).values_list("mrid", "feeder__name")
    }
    at, lines_, units_, switches_, loads_ = _consumers(network), list(lines), list(units), list(switches), list(loads)
    of_node = [feeder.get(mrid) or "" for mrid in network.nodes.mrid]
    node = network.network.injection_node[at]
    return with_lengths(
        GridFacts(
            network=network.network,
            switch_closed=network.normal_closed,
            switch_kind=[kind for _, _, kind in switches_],
            line_km=np.array([km for _, _, km in lines_], np.float64),
            part_mrid=[str(one[0]) for one in (*lines_, *units_)],
            part_name=[str(one[1]) for one in (*lines_, *units_)],
            switch_mrid=[str(mrid) for mrid, _, _ in switches_],
            switch_name=[name for _, name, _ in switches_],
            load_node=node,
            load_name=[name for name, _ in loads_],
            customers=np.array([customers for _, customers in loads_], np.int32),
            load_kw=np.maximum(-network.injection.p_kw[at] * _mean_factor(network, at), 0.0),
            load_feeder=[of_node[one] for one in node.tolist()],
        )
    )


def _consumers(network: AssembledNetwork) -> np.ndarray:
    return np.flatnonzero(network.injection.kind == CONSUMER)


def _mean_factor(network: AssembledNetwork, at: np.ndarray) -> np.ndarray:
    profile = network.injection.profile[at]
    mean = np.append(network.profiles.mean_p, 1.0)  # the last is of those without a profile
    return np.asarray(mean[np.where(profile >= 0, profile, len(mean) - 1)], np.float64)
