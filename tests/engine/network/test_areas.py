import numpy as np
import pandapower as pp
import pytest
import simbench

from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import Measurements
from gridops.engine.network.areas import OUTSIDE, extract, find_areas, groups
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.meters import read_meters
from tests.engine.networks import Grid, read
from tests.engine.small import closed

BOUNDARY_KV = 60.0


@pytest.fixture(scope="module")
def city() -> Grid:
    net = simbench.get_simbench_net("1-HVMV-urban-all-0-sw")
    return read(net)


@pytest.fixture(scope="module")
def cut(city: Grid):
    t, kv = city.network.transformers, city.network.nominal_kv
    may_cut = (kv[t.high_node] > BOUNDARY_KV) & (kv[t.low_node] <= BOUNDARY_KV)
    topology = resolve(city.network, city.switch_closed)
    return find_areas(city.network, city.switch_closed, may_cut), topology


def measured_in(part, m: Measurements) -> Measurements:
    """What the whole network's meters say of a part."""
    at = np.full(int(part.nodes.max()) + 1, -1, np.int32)
    at[part.nodes] = np.arange(len(part.nodes))

    def place(positions, of):
        found = np.full(int(max(of.max(initial=0), positions.max(initial=0))) + 1, -1, np.int32)
        found[of] = np.arange(len(of))
        return found[positions]

    def kept(group, name, new):
        columns = {column: getattr(group, column)[new >= 0] for column in type(group).__slots__}
        return type(group)(**(columns | {name: new[new >= 0]}))

    return Measurements(
        voltages=kept(m.voltages, "node", place(m.voltages.node, part.nodes)),
        injections=kept(m.injections, "node", place(m.injections.node, part.nodes)),
        line_flows=kept(m.line_flows, "branch", place(m.line_flows.branch, part.lines)),
        transformer_flows=kept(m.transformer_flows, "branch", place(m.transformer_flows.branch, part.transformers)),
        sources=kept(m.sources, "source", place(m.sources.source, part.sources[part.sources != OUTSIDE])),
    )


def by_areas(city, areas, topology, measurements):
    """Voltage and angle-free flows of the whole network, put together from the parts."""
    voltage = np.full(city.network.n_nodes, np.nan)
    line = np.full(len(city.network.lines.from_node), np.nan)
    for members in groups(city.network, areas, topology.switch_closed):
        part = extract(city.network, areas, members, topology)
        estimator = Estimator(part.network, resolve(part.network, topology.switch_closed[part.switches]))
        found = estimator.estimate(measured_in(part, measurements), city.tap_position[part.transformers])
        assert found.converged, found.reason
        voltage[part.nodes[part.is_own_node]] = found.voltage_pu[part.is_own_node]
        line[part.lines] = found.line_p_from_kw
    return voltage, line


def both(city, cut, rng=None):
    areas, topology = cut
    truth = PowerFlow(city.network, topology).solve(**city.solve_arguments())
    meters = read_meters(city.network, truth, city, line_sides=(0,), rng=rng)
    whole = Estimator(city.network, topology).estimate(meters, city.tap_position)
    return truth, whole, by_areas(city, areas, topology, meters)


def test_every_substation_with_its_feeders_is_an_area_and_the_high_voltage_network_another(city, cut):
    areas, _ = cut
    kv = city.network.nominal_kv
    high = np.unique(areas.of_node[kv > BOUNDARY_KV])
    assert len(high) == 1
    assert areas.count > 10
    assert set(areas.of_node[kv <= BOUNDARY_KV].tolist()) == set(range(areas.count)) - set(high.tolist())


def test_exact_meters_give_the_same_estimate_by_areas_as_at_once(city, cut):
    truth, whole, (voltage, line) = both(city, cut)
    live = np.isfinite(truth.voltage_pu)
    np.testing.assert_allclose(voltage[live], whole.voltage_pu[live], atol=1e-6)
    np.testing.assert_allclose(line, whole.line_p_from_kw, atol=0.5)


def test_with_noise_both_differ_by_far_less_than_a_voltmeter_errs(city, cut):
    truth, whole, (voltage, line) = both(city, cut, np.random.default_rng(5))
    live = np.isfinite(truth.voltage_pu)
    assert np.abs(voltage - whole.voltage_pu)[live].max() < 0.3 * 0.005
    assert np.sqrt(np.mean((line - whole.line_p_from_kw) ** 2)) < 0.5 * 5.0


def test_a_closed_tie_joins_two_areas_and_the_lower_number_speaks_for_them(city, cut):
    areas, topology = cut
    switches = city.network.switches
    a, b = areas.of_node[switches.from_node], areas.of_node[switches.to_node]
    ties = np.flatnonzero(a != b)
    shut = topology.switch_closed.copy()
    shut[ties[0]] = True
    assert sorted((int(a[ties[0]]), int(b[ties[0]]))) in groups(city.network, areas, shut)
    assert [[area] for area in range(areas.count)] == groups(city.network, areas, topology.switch_closed)


def test_an_area_whose_transformer_is_dead_above_has_no_source():
    grid, low_node = station()
    areas = find_areas(grid, closed(True), np.array([True]))
    below = [int(areas.of_node[low_node])]
    assert len(extract(grid, areas, below, resolve(grid, closed(False))).sources) == 0
    assert extract(grid, areas, below, resolve(grid, closed(True))).sources.tolist() == [OUTSIDE]


def station():
    """A source, a switched transformer and a line; and the node below the transformer."""
    net = pp.create_empty_network()
    upper = pp.create_bus(net, 110.0)
    lower, end = pp.create_buses(net, 2, 20.0)
    pp.create_ext_grid(net, upper)
    pp.create_transformer(net, upper, lower, "25 MVA 110/20 kV")
    pp.create_line(net, lower, end, 1.0, "NAYY 4x150 SE")
    pp.create_load(net, end, 0.1)
    pp.create_switch(net, upper, 0, "t", closed=True)
    return read(net).network, lower
