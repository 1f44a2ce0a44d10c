import copy

import numpy as np
import pandapower.networks as pn
import pandapower.shortcircuit as sc
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.security.short_circuit import Extreme, FaultKind, Infeed, short_circuit
from tests.engine.networks import read
from tests.engine.small import closed, network

INFEED = Infeed(np.array([500.0]), np.array([0.1]))


def feeder():
    return network(4, [(0, 1), (1, 2)], switches=[(2, 3)])


def of_feeder(nodes, *, is_closed=True, **options):
    grid = feeder()
    return short_circuit(grid, resolve(grid, closed(is_closed)), nodes, infeed=INFEED, **options)


def by_hand(lines, *, c=1.1, warmth=1.0):
    """10 kV, 500 MVA with R/X = 0.1, lines of 0.3 + j 0.2 ohm."""
    z_source = c * 10.0**2 / 500
    x = z_source / np.sqrt(1 + 0.1**2)
    z = complex(0.1 * x + lines * 0.3 * warmth, x + lines * 0.2)
    return c * 10 / (np.sqrt(3) * abs(z)), z


def test_the_current_of_a_feeder_is_that_worked_out_by_hand():
    result = of_feeder([0, 1, 2])
    for n in range(3):
        current, z = by_hand(n)
        assert result.initial_ka[n] == pytest.approx(current, rel=1e-9)
        assert result.rx[n] == pytest.approx(z.real / z.imag, rel=1e-9)
        kappa = 1.02 + 0.98 * np.exp(-3 * z.real / z.imag)
        assert result.peak_ka[n] == pytest.approx(kappa * np.sqrt(2) * current, rel=1e-9)
    assert result.power_mva[0] == pytest.approx(500)


def test_the_least_current_has_warm_lines_and_the_smaller_voltage():
    result = of_feeder([2], extreme=Extreme.MINIMUM, line_end_temperature_c=80)
    assert result.initial_ka[0] == pytest.approx(by_hand(2, c=1.0, warmth=1.24)[0], rel=1e-9)


def test_two_phases_carry_root_three_halves_of_three():
    result = of_feeder([2], kind=FaultKind.TWO_PHASE)
    assert result.initial_ka[0] == pytest.approx(np.sqrt(3) / 2 * by_hand(2)[0], rel=1e-9)
    assert np.isnan(result.peak_ka[0])


def test_the_live_positions_of_switches_count():
    assert of_feeder([3]).initial_ka[0] == pytest.approx(by_hand(2)[0], rel=1e-9)
    assert np.isnan(of_feeder([3], is_closed=False).initial_ka[0])


@pytest.mark.parametrize("infeed", [Infeed(np.zeros(1), np.zeros(1)), Infeed(np.ones(2), np.ones(2))])
def test_an_infeed_that_cannot_be_is_refused_in_words(infeed):
    grid = feeder()
    with pytest.raises(ValueError, match="source"):
        short_circuit(grid, resolve(grid, closed(True)), [0], infeed=infeed)


@pytest.mark.parametrize("case", ["max", "min"])
@pytest.mark.parametrize("name", ["mv_urban", "cigre_mv", "four_loads"])
def test_currents_of_all_nodes_equal_pandapowers(name, case, request):
    """Within 0.1 %: the correction factor, the factor c and the warm lines are the same; taps and shunts are left out
    by both."""
    grid = read(pn.simple_four_bus_system()) if name == "four_loads" else request.getfixturevalue(name)
    net = copy.deepcopy(grid.net)
    net.ext_grid["s_sc_max_mva"] = net.ext_grid["s_sc_min_mva"] = 1000.0
    net.ext_grid["rx_max"] = net.ext_grid["rx_min"] = 0.1
    net.line["endtemp_degree"] = 80.0
    for table in ("sgen", "storage", "motor"):
        net[table] = net[table].iloc[:0]
    sc.calc_sc(net, case=case, ip=True, topology="radial", use_pre_fault_voltage=False)
    network_ = grid.network
    infeed = Infeed(*(np.full(len(network_.source_node), value) for value in (1000.0, 0.1)))
    extreme = Extreme.MAXIMUM if case == "max" else Extreme.MINIMUM
    nodes = np.arange(len(net.bus))
    ours = short_circuit(
        network_, resolve(network_, grid.switch_closed), nodes, infeed=infeed, extreme=extreme
    ).initial_ka
    theirs = net.res_bus_sc.ikss_ka.to_numpy(float)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3)
