import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from tests.engine.small import closed, network


def test_nodes_joined_by_closed_switches_are_one_bus():
    topology = resolve(network(4, [(1, 2)], switches=[(0, 1), (2, 3)]), closed(True, False))
    bus = topology.bus_of_node
    assert bus[0] == bus[1]
    assert len({int(b) for b in bus[1:]}) == 3
    assert topology.n_buses == 3


def test_an_island_is_energised_only_by_a_source():
    topology = resolve(network(4, [(0, 1), (2, 3)]), closed())
    np.testing.assert_array_equal(topology.node_energised, [True, True, False, False])
    assert topology.n_islands == 2
    assert [list(island) for island in topology.islands()] == [[0, 1], [2, 3]]


def test_an_island_through_several_closed_switches_in_a_row_is_one():
    topology = resolve(network(4, [], switches=[(0, 1), (1, 2), (2, 3)]), closed(True, True, True))
    assert topology.n_buses == topology.n_islands == 1


def test_two_sources_may_feed_one_island():
    topology = resolve(network(3, [(0, 1), (1, 2)], sources=(0, 2)), closed())
    assert topology.node_energised.all()


def test_a_line_out_of_service_joins_nothing():
    grid = network(3, [(0, 1), (1, 2)])
    topology = resolve(grid, closed(), line_in_service=np.array([True, False]))
    np.testing.assert_array_equal(topology.node_energised, [True, True, False])


def test_a_wrong_number_of_switch_positions_is_refused():
    with pytest.raises(ValueError, match="1 switch positions given for 2 switches"):
        resolve(network(3, [], switches=[(0, 1), (1, 2)]), closed(True))


def test_the_city_sized_case_has_every_node_in_exactly_one_island(mv_urban):
    topology = resolve(mv_urban.network, mv_urban.switch_closed)
    nodes = np.concatenate(topology.islands())
    np.testing.assert_array_equal(np.sort(nodes), np.arange(mv_urban.network.n_nodes))
