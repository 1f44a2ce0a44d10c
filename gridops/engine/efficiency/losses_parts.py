"""Parts of a network that have a balance of their own: what lies between metered transformers and metered sources.

A transformer's meter stands at its low side: what it reads is fed into the part below and leaves the part above.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology

NO_PART = -1


@dataclass(frozen=True, slots=True)
class Parts:
    count: int
    of_node: IntArray
    of_line: IntArray
    of_transformer: IntArray  # that bears its losses: the one of its high side
    fed_by: IntArray  # parts x (metered transformers, then sources): +1 feeds it, -1 leaves it, 0 neither
    is_metered: BoolArray  # every way in has a meter


def balance_parts(
    network: Network, topology: Topology, *, transformer_metered: BoolArray, source_metered: BoolArray
) -> Parts:
    """Parts by topology; every way into a part must be metered for it to have a balance."""
    node = _components(network, topology, transformer_metered)
    high, low = node[network.transformers.high_node], node[network.transformers.low_node]
    source, count = node[network.source_node], int(node.max()) + 1
    metered = np.flatnonzero(transformer_metered)
    ways = np.zeros((count, len(metered) + len(source)), np.int32)
    np.add.at(ways, (low[metered], np.arange(len(metered))), 1)
    np.add.at(ways, (high[metered], np.arange(len(metered))), -1)
    np.add.at(ways, (source, len(metered) + np.arange(len(source))), 1)
    is_metered = np.zeros(count, np.bool_)
    is_metered[low[metered]] = True
    is_metered[source[source_metered]] = True
    is_metered[source[~source_metered]] = False
    return Parts(count, node, node[network.lines.from_node], high, ways, is_metered)


def fed_into(parts: Parts, *, transformer_kwh: FloatArray, source_kwh: FloatArray) -> FloatArray:
    """Hours x parts; nan without a meter, or in an hour that one of them misses.

    transformer_kwh: hours x metered transformers; source_kwh: hours x sources.
    """
    read = np.concatenate([transformer_kwh, source_kwh], axis=1)
    fed = np.full((len(read), parts.count), np.nan)
    for part in np.flatnonzero(parts.is_metered):
        used = parts.fed_by[part] != 0
        fed[:, part] = read[:, used] @ parts.fed_by[part][used].astype(np.float64)
    return fed


def technical_of(parts: Parts, *, line_kwh: FloatArray, transformer_kwh: FloatArray) -> FloatArray:
    """Hours x parts."""
    found = np.zeros((len(line_kwh), parts.count))
    for values, where in ((line_kwh, parts.of_line), (transformer_kwh, parts.of_transformer)):
        for part in np.unique(where):
            found[:, part] += values[:, where == part].sum(axis=1)
    return found


def _components(network: Network, topology: Topology, cut: BoolArray) -> IntArray:
    bus, lines, units = topology.bus_of_node, network.lines, network.transformers
    a = np.concatenate([bus[lines.from_node], bus[units.high_node[~cut]]])
    b = np.concatenate([bus[lines.to_node], bus[units.low_node[~cut]]])
    size = int(bus.max()) + 1
    joined = coo_matrix((np.ones(len(a), np.int8), (a, b)), shape=(size, size))
    return np.asarray(connected_components(joined, directed=False)[1][bus], np.int32)
