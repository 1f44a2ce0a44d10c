"""Where the remote terminal units stand: which nodes share a site, and which station gathers each site's values."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from gridops.cases.case import NetworkCase

IntArray = npt.NDArray[np.int32]
BoolArray = npt.NDArray[np.bool_]

HIGH_VOLTAGE_KV = 60.0
LOW_VOLTAGE_KV = 1.0
# Sites without a telecontrol unit of their own are gathered by a concentrator of the station that feeds them.
CONCENTRATOR_OFFSET = 10_000


@dataclass(frozen=True, slots=True)
class Sites:
    """Per node: its site, whether that site is a station, and the common address that speaks for it."""

    node_index: dict[str, int]
    site: IntArray
    is_station: BoolArray
    common_address: IntArray
    station_names: dict[int, str]  # common address -> name


def find_sites(case: NetworkCase) -> Sites:
    node_index = {node.mrid: position for position, node in enumerate(case.nodes)}
    site = _components(case, node_index)
    stations = _stations(case, node_index, site)
    number = {site_number: position + 1 for position, site_number in enumerate(stations)}
    feeding = _feeding_station(case, node_index, site, stations)
    is_station = np.isin(site, stations)
    address = np.array([number[home] for home in feeding[site].tolist()], dtype=np.int32)
    address[~is_station] += CONCENTRATOR_OFFSET
    return Sites(node_index, site, is_station, address, _names(case, site, number))


def _components(case: NetworkCase, node_index: dict[str, int]) -> IntArray:
    """Nodes joined by switches or transformers, whatever their position, stand on one site."""
    pairs = [(switch.from_node, switch.to_node) for switch in case.switches]
    pairs += [(transformer.high_node, transformer.low_node) for transformer in case.transformers]
    _, labels = connected_components(_graph(pairs, node_index), directed=False)
    return np.asarray(labels, dtype=np.int32)


def _stations(case: NetworkCase, node_index: dict[str, int], site: IntArray) -> list[int]:
    """Site numbers in the order of the case's nodes: named primary substations, high voltage, and the sources."""
    sources = {int(site[node_index[source.node]]) for source in case.sources}
    numbers = site.tolist()
    secondary = {n for node, n in zip(case.nodes, numbers, strict=True) if node.nominal_kv <= LOW_VOLTAGE_KV} - sources
    found: dict[int, None] = {}
    for node, number in zip(case.nodes, numbers, strict=True):
        is_named = bool(node.substation) and number not in secondary
        if is_named or node.nominal_kv >= HIGH_VOLTAGE_KV or number in sources:
            found[number] = None
    return list(found)


def _feeding_station(case: NetworkCase, node_index: dict[str, int], site: IntArray, stations: list[int]) -> IntArray:
    """Per site, the station with the fewest steps along what is normally closed."""
    open_ends = {switch.to_node for switch in case.switches if not switch.closed}
    open_ends |= {switch.from_node for switch in case.switches if not switch.closed}
    terminals = {node.mrid for node in case.nodes if node.is_terminal} & open_ends
    pairs = [(line.from_node, line.to_node) for line in case.lines if not ({line.from_node, line.to_node} & terminals)]
    size = int(site.max()) + 1
    rows = site[[node_index[a] for a, _ in pairs]]
    columns = site[[node_index[b] for _, b in pairs]]
    graph = csr_matrix(coo_matrix((np.ones(len(pairs)), (rows, columns)), shape=(size, size)))
    graph.data[:] = 1.0
    result = dijkstra(graph, directed=False, indices=stations, unweighted=True, return_predecessors=True, min_only=True)
    nearest = np.asarray(result[2], dtype=np.int32)
    return np.where(nearest < 0, stations[0], nearest).astype(np.int32)


def _graph(pairs: Iterable[tuple[str, str]], node_index: dict[str, int]) -> csr_matrix:
    ends = np.array([(node_index[a], node_index[b]) for a, b in pairs], dtype=np.int32).reshape(-1, 2)
    size = len(node_index)
    return csr_matrix(coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(size, size)))


def _names(case: NetworkCase, site: IntArray, number: dict[int, int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for node, where in zip(case.nodes, site.tolist(), strict=True):
        if where in number:
            address = number[where]
            names[address] = names.get(address) or node.substation
    return {address: name or f"Station {address}" for address, name in names.items()}
