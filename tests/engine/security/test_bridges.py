import numpy as np
import pytest

from gridops.engine.network.topology import components
from gridops.engine.security.bridges import spanning_tree


@pytest.mark.parametrize("seed", range(40))
def test_bridges_and_what_hangs_on_them_are_those_found_by_taking_each_branch_out(seed):
    chance = np.random.default_rng(seed)
    n = int(chance.integers(2, 40))
    a = np.concatenate([chance.integers(0, np.arange(1, n)), chance.integers(0, n, seed % 7)]).astype(np.int32)
    b = np.concatenate([np.arange(1, n), chance.integers(0, n, seed % 7)]).astype(np.int32)
    tree = spanning_tree(n, a, b)
    assert sorted(tree.place.tolist()) == list(range(n))
    for branch in range(len(a)):
        kept = np.arange(len(a)) != branch
        _, label = components(n, a[kept], b[kept])
        lost = set(np.flatnonzero(label != label[0]).tolist())
        assert bool(lost) == tree.branch_is_bridge[branch]
        if lost:
            first = tree.branch_below[branch]
            assert {p for p in range(n) if first <= tree.place[p] < first + tree.size[first]} == lost
