from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.security.contingency import Contingencies
from gridops.engine.security.screening import NOTHING, Limits, screen
from gridops.engine.security.zones import OperatingPoint
from tests.engine.plain_outages import PlainBatch, live_outages, operating_point
from tests.engine.small import NO_TAPS, closed, network


def all_blocks(point):
    ready = Contingencies(point)
    for number, zone in enumerate(ready.zoned.zones):
        yield from ready.blocks(number, np.arange(len(zone.branch)))


def assert_equal_to_plain_batch(point):
    plain = PlainBatch(point)
    expected, n_lines = plain.voltages(), len(plain.compiled.lines)
    loading = plain.loadings()[:, :n_lines]
    seen = 0
    for block in all_blocks(point):
        for row, which in enumerate(block.which):
            out = block.zone.branch[which]
            reference = expected[out][block.zone.bus]
            assert not block.reason[row]
            np.testing.assert_array_equal(np.isnan(block.voltage_pu[row]), reference == 0)
            np.testing.assert_allclose(np.nan_to_num(block.voltage_pu[row]), reference, atol=1e-6)
            is_line = block.zone.branch < n_lines
            carried = np.nan_to_num(block.loading[row, is_line])
            rated = block.zone.branches.near_per_rating[is_line] > 0
            np.testing.assert_allclose(
                carried[rated], loading[out][block.zone.branch[is_line]][rated], atol=1e-5, rtol=1e-5
            )
            seen += 1
    return seen


def test_every_outage_equals_the_solvers_own_batch(published):
    point = operating_point(published)
    assert assert_equal_to_plain_batch(point) == len(live_outages(point)[1])


def test_a_meshed_network_equals_the_solvers_own_batch(mv_urban):
    point = operating_point(mv_urban, switch_closed=np.ones_like(mv_urban.switch_closed))
    rings = sum(int((block.lost[:, 1] == 0).sum()) for block in all_blocks(point))
    assert rings > 50
    assert_equal_to_plain_batch(point)


@pytest.mark.parametrize("seed", range(30))
def test_random_networks_equal_the_solvers_own_batch(seed):
    """Trees with some rings, parallel lines, several sources and open switches."""
    chance = np.random.default_rng(seed)
    n = int(chance.integers(5, 25))
    lines = [(int(chance.integers(k)), k) for k in range(1, n)]
    lines += [tuple(int(x) for x in chance.integers(0, n, 2)) for _ in range(int(chance.integers(0, 6)))]
    lines = [pair for pair in lines if pair[0] != pair[1]]
    switches = [tuple(int(x) for x in chance.integers(0, n, 2)) for _ in range(2)]
    sources = sorted({0, int(chance.integers(n))})
    grid = network(n, lines, switches=switches, sources=sources, shunt=(n - 1, -5.0, 40.0))
    positions = closed(*(bool(x) for x in chance.integers(0, 2, len(switches))))
    p, q = chance.uniform(-120, 40, n), chance.uniform(-40, 10, n)
    topology = resolve(grid, positions)
    if (topology.bus_of_node[grid.lines.from_node] == topology.bus_of_node[grid.lines.to_node]).any():
        topology = resolve(grid, np.zeros_like(positions))  # power-grid-model refuses a line from a bus to itself
    buses = topology.bus_of_node[grid.source_node]
    voltage = np.full(len(sources), 1.02) if len(set(buses)) < len(sources) else chance.uniform(1.0, 1.02, len(sources))
    point = OperatingPoint(grid, topology, p, q, NO_TAPS, voltage, np.zeros(len(sources)))
    assert_equal_to_plain_batch(point)


def small_point(grid, p_kw, *, positions=(), source_pu=1.0):
    topology = resolve(grid, closed(*positions))
    count = len(grid.source_node)
    p = np.array(p_kw, float)
    return OperatingPoint(grid, topology, p, 0.3 * p, NO_TAPS, np.full(count, source_pu), np.zeros(count))


def limits(n, *, low=0.9, high=1.1):
    return Limits(np.full(n, low), np.full(n, high), np.arange(n, dtype=float))


def test_a_radial_outage_loses_what_it_alone_feeds():
    found = {
        c.branch: c
        for c in screen(small_point(network(4, [(0, 1), (1, 2), (1, 3)]), [0, -10, -20, -30]), limits(4), range(3))
    }
    np.testing.assert_array_equal(found[0].lost_nodes, [1, 2, 3])
    assert (found[0].lost_kw, found[0].lost_customers) == (pytest.approx(60), 6)
    np.testing.assert_array_equal(found[1].lost_nodes, [2])
    assert found[2].lost_kw == pytest.approx(30)
    assert found[0].worst_branch == NOTHING
    assert np.isnan(found[0].worst_loading)


def test_a_ring_loses_nothing_but_may_overload_the_other_way():
    ring = network(3, [(0, 1), (0, 2), (1, 2)])
    found = {c.branch: c for c in screen(small_point(ring, [0, -4000, -4000]), limits(3), range(3))}
    assert not len(found[0].lost_nodes)
    assert found[0].overloaded.tolist() == [1]  # 8 MW through a line of 300 A at 10 kV
    assert found[0].overloaded_to[0] == found[0].worst_loading > 1.5
    assert not found[0].is_secure
    assert found[2].is_secure
    assert found[0].loading_margin == pytest.approx(1 - found[0].worst_loading)


def test_what_was_beyond_its_limit_before_is_not_blamed_on_an_outage():
    feeder = network(4, [(0, 1), (1, 2), (0, 3)])
    found = {c.branch: c for c in screen(small_point(feeder, [0, -7000, -10, -10]), limits(4), range(3))}
    assert not len(found[1].overloaded)
    assert found[1].worst_loading > 1


def test_a_voltage_that_an_outage_drags_below_its_limit_is_named_the_worst_first():
    ring = network(4, [(0, 1), (0, 2), (1, 2), (2, 3)])
    found = {c.branch: c for c in screen(small_point(ring, [0, -1500, -1500, -500]), limits(4, low=0.985), range(4))}
    assert found[1].low_nodes.tolist()[0] == 3 == found[1].lowest_node
    assert found[1].voltage_customers == sum(found[1].low_nodes)


def test_more_than_the_rest_can_carry_is_an_outage_without_a_solution_and_says_why():
    weak = network(3, [(0, 1), (0, 1), (1, 2)])
    lines = replace(weak.lines, r_ohm=np.array([8.0, 0.1, 0.1]), x_ohm=np.array([8.0, 0.1, 0.1]))
    found = {c.branch: c for c in screen(small_point(replace(weak, lines=lines), [0, 0, -6000]), limits(3), range(3))}
    assert found[0].solved
    assert not found[1].solved
    assert "did not settle" in found[1].reason


def test_a_dead_branch_and_one_between_sources_are_left_out():
    grid = network(5, [(0, 1), (0, 2), (3, 4)], sources=(0, 1))
    assert [c.branch for c in screen(small_point(grid, [0, 0, -10, 0, -5]), limits(5), range(3))] == [1]


def test_a_part_behind_another_source_is_not_touched():
    grid = network(4, [(0, 1), (2, 3)], sources=(0, 2))
    (one,) = screen(small_point(grid, [0, -100, 0, -6000]), limits(4), [0])
    assert one.worst_branch == NOTHING
    assert one.zone_customers == 1


def test_a_state_without_a_solution_has_no_outage_with_one():
    found = screen(small_point(network(3, [(0, 1), (1, 2)]), [0, -10, -1e7]), limits(3), range(2))
    assert all("did not settle" in outage.reason and not outage.solved for outage in found)


def test_a_network_without_a_source_has_no_outages():
    assert screen(small_point(network(2, [(0, 1)], sources=()), [0, -10]), limits(2), [0]) == []
