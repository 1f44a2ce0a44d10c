"""What hangs below what, in the normal switch positions: the share of every injection in each place's net load."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from apps.assets.adapters import AssembledNetwork

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
_DEEPEST = 12  # levels of voltage below one another


@dataclass(frozen=True)
class Traced:
    """`of_zone`: zones x injections, `of_transformer`: transformers x injections; shares, 0 to 1.

    A zone is what lines and closed switches join; transformers stand between zones.
    """

    zone: IntArray  # per node
    feeding: IntArray  # per transformer, the zone at its low side
    of_zone: sparse.csr_matrix
    of_transformer: sparse.csr_matrix


def traced(network: AssembledNetwork) -> Traced:
    """Transformers that feed one zone together share it by their ratings."""
    grid, zone = network.network, zones(network)
    count, injections = int(zone.max(initial=-1)) + 1, len(grid.injection_node)
    high, low = zone[grid.transformers.high_node], zone[grid.transformers.low_node]
    share = _shares(low, grid.transformers.rated_s_kva, count)
    own = _matrix(np.ones(injections), zone[grid.injection_node], np.arange(injections), (count, injections))
    kept = high != low
    down = _matrix(share[kept], high[kept], low[kept], (count, count))
    whole = own
    for _ in range(_DEEPEST):
        whole = sparse.csr_matrix(own + down @ whole)
    return Traced(zone, low, whole, sparse.csr_matrix(sparse.diags(share) @ whole[low]))


def zones(network: AssembledNetwork) -> IntArray:
    grid, closed = network.network, network.normal_closed
    start = np.concatenate([grid.switches.from_node[closed], grid.lines.from_node])
    end = np.concatenate([grid.switches.to_node[closed], grid.lines.to_node])
    size = len(grid.nominal_kv)
    joined = _matrix(np.ones(len(start)), start, end, (size, size))
    return np.asarray(connected_components(joined, directed=False)[1], np.int64)


def _shares(low: IntArray, rated: FloatArray, count: int) -> FloatArray:
    together = np.bincount(low, rated, count)
    return np.asarray(rated / np.maximum(together[low], 1e-9))


def _matrix(values: FloatArray, rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> sparse.csr_matrix:
    return sparse.csr_matrix((values, (rows, columns)), shape)
