import copy
from dataclasses import replace

import numpy as np
import pandapower as pp
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.small import NO_TAPS, closed, network


def solve(grid, **changes):
    topology = resolve(grid.network, grid.switch_closed)
    return PowerFlow(grid.network, topology).solve(**(grid.solve_arguments() | changes))


def solve_small(grid, positions, p_kw, q_kvar=None):
    p = np.array(p_kw, float)
    q = np.zeros(len(p)) if q_kvar is None else np.array(q_kvar, float)
    flow = PowerFlow(grid, resolve(grid, positions))
    return flow.solve(p_kw=p, q_kvar=q, tap_position=NO_TAPS, source_voltage_pu=np.ones(len(grid.source_node)))


def test_voltages_and_angles_equal_pandapower(published):
    result, n = solve(published), len(published.net.bus)
    expected = published.net.res_bus
    assert result.converged
    np.testing.assert_allclose(result.voltage_pu[:n], expected.vm_pu, atol=1e-6)
    np.testing.assert_allclose(result.angle_deg[:n], expected.va_degree, atol=1e-4)


def test_flows_and_loadings_equal_pandapower(published):
    result, net = solve(published), published.net
    np.testing.assert_allclose(result.line_p_from_kw, net.res_line.p_from_mw * 1e3, atol=0.01)
    np.testing.assert_allclose(result.line_q_to_kvar, net.res_line.q_to_mvar * 1e3, atol=0.01)
    np.testing.assert_allclose(result.line_loading, net.res_line.loading_percent / 100, atol=1e-5)
    np.testing.assert_allclose(result.transformer_loading, net.res_trafo.loading_percent / 100, atol=1e-5)
    np.testing.assert_allclose(result.transformer_p_high_kw, net.res_trafo.p_hv_mw * 1e3, atol=0.01)
    np.testing.assert_allclose(result.source_p_kw, net.res_ext_grid.p_mw * 1e3, atol=0.01)


def test_case33bw_has_the_published_losses(case33bw):
    assert solve(case33bw).losses_kw == pytest.approx(202.68, abs=0.01)  # Baran and Wu, 1989


def test_tap_positions_act_as_in_pandapower(mv_urban):
    net = copy.deepcopy(mv_urban.net)
    net.trafo["tap_pos"] = tap = mv_urban.tap_position + 3
    pp.runpp(net, trafo_model="pi", calculate_voltage_angles=True, tolerance_mva=1e-9, init="dc", numba=False)
    result = solve(mv_urban, tap_position=tap)
    np.testing.assert_allclose(result.voltage_pu[: len(net.bus)], net.res_bus.vm_pu, atol=1e-6)
    assert np.abs(result.voltage_pu - solve(mv_urban).voltage_pu).max() > 0.01


def test_what_goes_in_is_consumed_or_lost(published):
    result = solve(published)
    assert result.source_p_kw.sum() + published.p_kw.sum() == pytest.approx(result.losses_kw, abs=0.01)


def test_flow_is_conserved_at_every_bus(mv_urban):
    result, grid = solve(mv_urban), mv_urban.network
    topology = resolve(grid, mv_urban.switch_closed)
    balance = np.zeros(topology.n_buses)
    for node, power in (
        (grid.lines.from_node, -result.line_p_from_kw),
        (grid.lines.to_node, -result.line_p_to_kw),
        (grid.transformers.high_node, -result.transformer_p_high_kw),
        (grid.transformers.low_node, -result.transformer_p_low_kw),
        (grid.injection_node, mv_urban.p_kw),
        (grid.source_node, result.source_p_kw),
    ):
        np.add.at(balance, topology.bus_of_node[node], power)
    np.testing.assert_allclose(balance, 0, atol=0.01)


def test_splitting_a_bus_by_a_closed_switch_changes_nothing():
    whole = solve_small(network(3, [(0, 1), (1, 2)], injections=[1, 2]), closed(), [-500, -800], [-100, -50])
    split = network(4, [(0, 1), (3, 2)], switches=[(1, 3)], injections=[3, 2])
    parts = solve_small(split, closed(True), [-500, -800], [-100, -50])
    np.testing.assert_allclose(parts.voltage_pu[:3], whole.voltage_pu, rtol=1e-12)
    assert parts.voltage_pu[3] == parts.voltage_pu[1]
    np.testing.assert_allclose(parts.line_p_from_kw, whole.line_p_from_kw, rtol=1e-9)


def test_a_dead_island_has_no_voltage_and_no_flow():
    grid = network(4, [(0, 1), (2, 3)], switches=[(1, 2)], injections=[1, 3])
    result = solve_small(grid, closed(False), [-100, -200])
    np.testing.assert_array_equal(np.isnan(result.voltage_pu), [False, False, True, True])
    assert result.line_p_from_kw[1] == result.line_loading[1] == 0
    assert result.source_p_kw[0] == pytest.approx(100, abs=1)


def test_a_network_without_any_live_source_is_dead_and_solved():
    grid = network(2, [(0, 1)], sources=(), injections=[1])
    result = solve_small(grid, closed(), [-100])
    assert result.converged
    assert np.isnan(result.voltage_pu).all()


def test_more_load_than_the_network_can_carry_is_said_in_words():
    result = solve_small(network(2, [(0, 1)], injections=[1]), closed(), [-1e7])
    assert not result.converged
    assert "more than the network can carry" in result.reason
    assert np.isnan(result.voltage_pu).all()


def test_a_failed_solve_does_not_spoil_the_next_one():
    grid = network(2, [(0, 1)], injections=[1])
    flow = PowerFlow(grid, resolve(grid, closed()))
    arguments = {"q_kvar": np.zeros(1), "tap_position": NO_TAPS, "source_voltage_pu": np.ones(1)}
    flow.solve(p_kw=np.array([-1e7]), **arguments)
    assert flow.solve(p_kw=np.array([-100.0]), **arguments).converged


def test_a_repeated_solve_on_the_warm_model_equals_a_fresh_one(mv_urban):
    flow = PowerFlow(mv_urban.network, resolve(mv_urban.network, mv_urban.switch_closed))
    arguments = mv_urban.solve_arguments()
    flow.solve(**(arguments | {"p_kw": mv_urban.p_kw * 0.3, "tap_position": mv_urban.tap_position + 1}))
    np.testing.assert_allclose(flow.solve(**arguments).voltage_pu, solve(mv_urban).voltage_pu, rtol=1e-9)


def test_new_switch_positions_are_taken_by_the_same_solver():
    grid = network(3, [(0, 1)], switches=[(1, 2)], injections=[2])
    flow = PowerFlow(grid, resolve(grid, closed(False)))
    arguments = {"p_kw": np.array([-100.0]), "q_kvar": np.zeros(1), "tap_position": NO_TAPS}
    arguments["source_voltage_pu"] = np.ones(1)
    assert flow.solve(**arguments).source_p_kw[0] == pytest.approx(0, abs=0.1)
    flow.set_topology(resolve(grid, closed(True)))
    assert flow.solve(**arguments).source_p_kw[0] == pytest.approx(100, abs=1)


def test_a_capacitor_raises_the_voltage_and_its_power_is_its_own():
    plain = network(2, [(0, 1)], injections=[1])
    helped = replace(plain, shunts=network(2, [(0, 1)], shunt=(1, 0.0, 400.0)).shunts)
    low, high = (solve_small(grid, closed(), [-500], [-400]) for grid in (plain, helped))
    assert high.voltage_pu[1] > low.voltage_pu[1]
    assert low.source_q_kvar[0] - high.source_q_kvar[0] == pytest.approx(400, rel=0.05)


def test_a_line_without_a_rating_has_no_loading():
    grid = network(2, [(0, 1)], injections=[1])
    unrated = replace(grid, lines=replace(grid.lines, rated_a=np.zeros(1)))
    result = solve_small(unrated, closed(), [-100])
    assert np.isnan(result.line_loading[0])
    assert result.line_i_from_a[0] > 0


def test_a_line_without_impedance_is_solved_with_next_to_none():
    grid = network(2, [(0, 1)], injections=[1])
    short = replace(grid, lines=replace(grid.lines, r_ohm=np.zeros(1), x_ohm=np.zeros(1)))
    assert solve_small(short, closed(), [-1000]).voltage_pu[1] == pytest.approx(1, abs=1e-6)
