import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.security.loops import looped_branches
from tests.engine.small import closed, network


def looped(grid, *positions):
    return looped_branches(grid, resolve(grid, closed(*positions))).tolist()


def test_a_ring_is_looped_and_what_branches_off_it_is_not():
    assert looped(network(5, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4)])) == [True, True, True, False, False]


def test_an_open_switch_makes_two_radial_arms_of_a_ring_and_a_closed_one_the_ring():
    grid = network(4, [(0, 1), (2, 3), (3, 0)], switches=[(1, 2)])
    assert looped(grid, False) == [False, False, False]
    assert looped(grid, True) == [True, True, True]


def test_the_way_between_two_rings_is_on_none():
    grid = network(6, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5), (5, 3)])
    assert looped(grid) == [True, True, True, False, True, True, True]


def test_the_way_between_two_sources_is_fed_from_both_ends():
    assert looped(network(4, [(0, 1), (1, 2), (1, 3)], sources=(0, 2))) == [True, True, False]


def test_parallel_lines_are_looped_and_a_dead_ring_is_not():
    assert looped(network(5, [(0, 1), (0, 1), (2, 3), (3, 4), (4, 2)])) == [True, True, False, False, False]


@pytest.mark.parametrize("seed", range(20))
def test_a_branch_is_looped_if_and_only_if_without_it_both_ends_stay_live(seed):
    chance = np.random.default_rng(seed)
    pairs = [tuple(chance.choice(12, 2, replace=False)) for _ in range(14)]
    grid = network(12, pairs, sources=(0, 5), switches=[tuple(chance.choice(12, 2, replace=False)) for _ in range(3)])
    positions = chance.integers(0, 2, 3).astype(bool)
    live = resolve(grid, positions).node_energised
    for line, found in enumerate(looped_branches(grid, resolve(grid, positions)).tolist()):
        kept = np.arange(len(pairs)) != line
        after = resolve(grid, positions, line_in_service=kept).node_energised
        ends = list(pairs[line])
        assert found == bool(live[ends].all() and after[ends].all())
