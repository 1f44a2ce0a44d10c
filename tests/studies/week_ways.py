"""Exchanges of one open switch for another that leave a network radial and everything fed."""

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order

from gridops.engine.network.model import BoolArray, IntArray, Network
from gridops.engine.network.topology import resolve

_NOWHERE = -9999


def exchanges(network: Network, closed: BoolArray, may_operate: BoolArray) -> Iterator[tuple[int, int]]:
    """Pairs of a switch to close and, on the way between its ends, one to open; each line or joint is opened once."""
    switches = network.switches
    fed = resolve(network, closed).node_energised
    for tie in np.flatnonzero(~closed & may_operate).tolist():
        ends = int(switches.from_node[tie]), int(switches.to_node[tie])
        before = _before(network, closed, ends[0])
        if not fed[list(ends)].any() or before[ends[1]] == _NOWHERE:
            continue
        for opened in _on_the_way(network, closed & may_operate, before, ends[1]):
            tried = closed.copy()
            tried[tie], tried[opened] = True, False
            if (resolve(network, tried).node_energised[network.injection_node]).all():
                yield tie, opened


def _before(network: Network, closed: BoolArray, start: int) -> IntArray:
    lines, transformers, switches = network.lines, network.transformers, network.switches
    one = np.concatenate([lines.from_node, transformers.high_node, switches.from_node[closed]])
    other = np.concatenate([lines.to_node, transformers.low_node, switches.to_node[closed]])
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(network.n_nodes, network.n_nodes)).tocsr()
    return np.asarray(breadth_first_order(graph, start, directed=False)[1], np.int32)


def _on_the_way(network: Network, usable: BoolArray, before: IntArray, end: int) -> list[int]:
    """Switches between the end and where the search began; of two in a row with no load between, the first."""
    switches = network.switches
    loaded = np.zeros(network.n_nodes, np.bool_)
    loaded[network.injection_node] = True
    number = {
        frozenset((int(switches.from_node[each]), int(switches.to_node[each]))): int(each)
        for each in np.flatnonzero(usable)
    }
    found, at, is_new = [], end, True
    while before[at] != _NOWHERE:
        last, at = at, int(before[at])
        is_new |= bool(loaded[last])
        one = number.get(frozenset((last, at)))
        if one is not None and is_new:
            found.append(one)
            is_new = False
    return found
