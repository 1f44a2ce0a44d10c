import networkx as nx
import numpy as np
import pytest

from gridops.engine.security.bridges import spanning_tree


@pytest.mark.parametrize("seed", range(40))
def test_bridges_and_what_hangs_on_them_are_those_of_another_algorithm(seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(2, 40))
    a = np.concatenate([chance.integers(0, np.arange(1, n)), chance.integers(0, n, seed % 7)]).astype(np.int32)
    b = np.concatenate([np.arange(1, n), chance.integers(0, n, seed % 7)]).astype(np.int32)
    tree = spanning_tree(n, a, b)
    assert sorted(tree.place.tolist()) == list(range(n))
    for branch in range(len(a)):
        graph = nx.MultiGraph()
        graph.add_nodes_from(range(n))
        graph.add_edges_from((int(x), int(y)) for k, (x, y) in enumerate(zip(a, b, strict=True)) if k != branch)
        lost = set(range(n)) - nx.node_connected_component(graph, 0)
        assert bool(lost) == tree.branch_is_bridge[branch]
        if lost:
            first = tree.branch_below[branch]
            assert {p for p in range(n) if first <= tree.place[p] < first + tree.size[first]} == lost
