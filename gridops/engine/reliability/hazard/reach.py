"""Who loses supply when something fails: what the nearest devices that interrupt take with them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import components


@dataclass(frozen=True, slots=True)
class Reach:
    """A region is what no breaker, recloser or fuse divides."""

    region_of_line: IntArray
    region_of_transformer: IntArray
    loses: npt.NDArray[np.bool_]  # regions x nodes: supplied before, not while the region is cut off
    customers: FloatArray  # per region

    @property
    def regions(self) -> int:
        return len(self.loses)


def reach_of(network: Network, switch_closed: BoolArray, interrupts: BoolArray, customers: FloatArray) -> Reach:
    """customers: per node; interrupts: per switch, opens by itself on a fault beyond it.

    A fault cuts its region off at every closed device that interrupts, and whoever hangs behind it loses supply too.
    """
    lines, transformers, switches = network.lines, network.transformers, network.switches
    firm = switch_closed & ~interrupts
    joined = [
        (lines.from_node, lines.to_node),
        (transformers.high_node, transformers.low_node),
        (switches.from_node[firm], switches.to_node[firm]),
    ]
    ends = [np.concatenate(side) for side in zip(*joined, strict=True)]
    count, region = components(network.n_nodes, *ends)
    device = switch_closed & interrupts
    a, b = region[switches.from_node[device]], region[switches.to_node[device]]
    is_source = np.zeros(count, np.bool_)
    is_source[region[network.source_node]] = True
    before = _fed(count, a, b, is_source)
    lost = np.stack([before & ~_fed_without(count, a, b, is_source, one) for one in range(count)])
    loses = lost[:, region]
    return Reach(
        region[lines.from_node].astype(np.int32),
        region[transformers.high_node].astype(np.int32),
        loses,
        np.asarray(loses @ customers, np.float64),
    )


def _fed(count: int, a: IntArray, b: IntArray, is_source: BoolArray) -> BoolArray:
    _, label = components(count, a, b)
    return np.asarray(np.isin(label, label[is_source]), np.bool_)


def _fed_without(count: int, a: IntArray, b: IntArray, is_source: BoolArray, cut: int) -> BoolArray:
    kept = (a != cut) & (b != cut)
    live = is_source.copy()
    live[cut] = False
    fed = _fed(count, a[kept], b[kept], live)
    fed[cut] = False
    return fed
