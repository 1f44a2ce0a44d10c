import numpy as np

from gridops.engine.network.topology import resolve
from gridops.engine.network.tracing import (
    feeders_from_lines,
    feeders_from_switches,
    loop_count,
    lost_supply,
    nodes_between_loops,
    regained_supply,
    unsupplied_nodes,
)
from tests.engine.small import closed, ints, network

# Busbar 0; breakers 0-1 and 0-2; feeders 1-3-4 and 2-5; tie switch 4-5 (normally open).
TWO_FEEDERS = network(6, [(1, 3), (3, 4), (2, 5)], switches=[(0, 1), (0, 2), (4, 5)])
NORMAL = closed(True, True, False)
RING = closed(True, True, True)


def test_each_node_belongs_to_the_feeder_behind_its_head_switch():
    topology = resolve(TWO_FEEDERS, NORMAL)
    np.testing.assert_array_equal(feeders_from_switches(TWO_FEEDERS, topology, ints(0, 1)), [-1, 0, 1, 0, 0, 1])


def test_a_closed_ring_belongs_to_its_first_head():
    topology = resolve(TWO_FEEDERS, RING)
    np.testing.assert_array_equal(feeders_from_switches(TWO_FEEDERS, topology, ints(1, 0)), [-1, 0, 0, 0, 0, 0])


def test_nodes_transferred_by_the_tie_belong_to_the_feeder_that_feeds_them_now():
    topology = resolve(TWO_FEEDERS, closed(False, True, True))
    np.testing.assert_array_equal(feeders_from_switches(TWO_FEEDERS, topology, ints(0, 1)), [-1, 1, 1, 1, 1, 1])


def test_a_head_line_feeds_its_far_end():
    topology = resolve(TWO_FEEDERS, NORMAL)
    np.testing.assert_array_equal(feeders_from_lines(TWO_FEEDERS, topology, ints(1)), [-1, -1, -1, -1, 0, -1])


def test_opening_a_breaker_takes_supply_and_closing_the_tie_gives_it_back():
    before = resolve(TWO_FEEDERS, NORMAL)
    faulted = resolve(TWO_FEEDERS, closed(False, True, False))
    restored = resolve(TWO_FEEDERS, closed(False, True, True))
    np.testing.assert_array_equal(lost_supply(before, faulted), [1, 3, 4])
    np.testing.assert_array_equal(unsupplied_nodes(faulted), [1, 3, 4])
    np.testing.assert_array_equal(regained_supply(faulted, restored), [1, 3, 4])
    assert len(lost_supply(before, restored)) == 0


def test_a_radial_network_has_no_loop_and_a_closed_tie_makes_one():
    assert loop_count(TWO_FEEDERS, resolve(TWO_FEEDERS, NORMAL)).tolist() == [0]
    assert loop_count(TWO_FEEDERS, resolve(TWO_FEEDERS, RING)).tolist() == [1]


def test_parallel_lines_are_a_loop_and_their_tail_is_not():
    grid = network(3, [(0, 1), (0, 1), (1, 2)])
    topology = resolve(grid, closed())
    assert loop_count(grid, topology).tolist() == [1]
    np.testing.assert_array_equal(nodes_between_loops(grid, topology), [True, True, False])
