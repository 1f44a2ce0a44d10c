from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import Flows, Injections, Measurements, Sources, Voltages
from gridops.engine.estimation.observability import Basis
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.bare import bare_estimate
from tests.engine.meters import read_meters
from tests.engine.small import NO_TAPS, closed, ints, network
from tests.engine.tiling import tiled_measurements, tiled_network

STATE = [
    "voltage_pu",
    "line_p_from_kw",
    "line_q_to_kvar",
    "line_i_from_a",
    "transformer_p_high_kw",
    "transformer_loading",
    "source_p_kw",
    "source_q_kvar",
    "losses_kw",
]


def truth_of(grid):
    return PowerFlow(grid.network, resolve(grid.network, grid.switch_closed)).solve(**grid.solve_arguments())


def estimator_of(grid):
    return Estimator(grid.network, resolve(grid.network, grid.switch_closed))


def injections(node, p_kw, sigma=5.0, *, pseudo=False):
    p = np.array(p_kw, float)
    return Injections(ints(*node), p, p * 0, p * 0 + sigma, p * 0 + sigma, np.full(len(p), pseudo))


def volts(*node, value=1.0):
    return Voltages(ints(*node), np.full(len(node), value), np.full(len(node), 0.005))


def estimate(grid, positions, measurements):
    return Estimator(grid, resolve(grid, positions)).estimate(measurements, NO_TAPS)


@pytest.mark.parametrize("line_sides", [(), (0,), (0, 1)])
def test_exact_meters_give_the_power_flow_back(published, line_sides):
    truth = truth_of(published)
    meters = read_meters(published.network, truth, published, line_sides=line_sides)
    found = estimator_of(published).estimate(meters, published.tap_position)
    assert found.converged
    for name in STATE:
        np.testing.assert_allclose(getattr(found, name), getattr(truth, name), rtol=1e-6, atol=1e-4, err_msg=name)
    assert found.objective < 1e-6
    assert not found.bad


def test_a_bus_without_equipment_carries_exactly_nothing(mv_urban):
    truth, rng = truth_of(mv_urban), np.random.default_rng(5)
    meters = read_meters(mv_urban.network, truth, mv_urban, line_sides=(0,), rng=rng)
    found = estimator_of(mv_urban).estimate(meters, mv_urban.tap_position)
    lines, topology = mv_urban.network.lines, resolve(mv_urban.network, mv_urban.switch_closed)
    ends = np.bincount(topology.bus_of_node[lines.to_node], minlength=topology.n_buses)
    starts = np.bincount(topology.bus_of_node[lines.from_node], minlength=topology.n_buses)
    open_end = (ends == 1) & (starts == 0)
    open_end[topology.bus_of_node[mv_urban.network.injection_node]] = False
    at = open_end[topology.bus_of_node[lines.to_node]]
    assert at.any()
    np.testing.assert_allclose(found.line_p_to_kw[at], 0, atol=1e-3)


def test_noise_is_averaged_out_and_the_objective_follows_chi_square(mv_urban):
    truth, estimator, rng = truth_of(mv_urban), estimator_of(mv_urban), np.random.default_rng(11)
    scores, errors = [], []
    for _ in range(40):
        meters = read_meters(mv_urban.network, truth, mv_urban, line_sides=(0,), rng=rng)
        found = estimator.estimate(meters, mv_urban.tap_position)
        scores.append((found.objective - found.degrees_of_freedom) / np.sqrt(2 * found.degrees_of_freedom))
        errors.append(np.sqrt(np.mean((found.voltage_pu - truth.voltage_pu) ** 2)))
    assert abs(np.mean(scores)) < 0.6  # 40 draws of a standard normal: 0.16 is one standard error
    assert 0.7 < np.std(scores) < 1.4
    assert np.mean(errors) < 0.005 / 4  # a meter alone: 0.005


def test_residuals_are_measured_less_estimated(mv_urban):
    truth, rng = truth_of(mv_urban), np.random.default_rng(2)
    meters = read_meters(mv_urban.network, truth, mv_urban, line_sides=(1,), rng=rng)
    found = estimator_of(mv_urban).estimate(meters, mv_urban.tap_position)
    expected = meters.line_flows.p_kw - found.line_p_to_kw[meters.line_flows.branch]
    np.testing.assert_allclose(found.residuals.line_p_kw, expected)
    node = meters.voltages.node
    np.testing.assert_allclose(found.residuals.voltage_pu, meters.voltages.value_pu - found.voltage_pu[node])


def test_splitting_a_bus_by_a_closed_switch_changes_nothing():
    whole = network(3, [(0, 1), (1, 2)], injections=[1, 2])
    split = network(4, [(0, 1), (3, 2)], switches=[(1, 3)], injections=[3, 2])
    first = estimate(whole, closed(), Measurements(volts(0), injections([1, 2], [-500, -800])))
    second = estimate(split, closed(True), Measurements(volts(0), injections([3, 2], [-500, -800])))
    np.testing.assert_allclose(second.voltage_pu[:3], first.voltage_pu, rtol=1e-9)
    assert second.degrees_of_freedom == first.degrees_of_freedom


def test_two_nodes_of_one_bus_share_its_total_by_the_quality_of_their_meters():
    grid = network(3, [(0, 1)], switches=[(1, 2)], injections=[1, 2])
    meters = Measurements(
        volts(0),
        replace(injections([1, 2], [-100, -200]), sigma_p_kw=np.array([10.0, 30.0])),
        line_flows=Flows(ints(0), ints(1), np.array([-400.0]), np.zeros(1), np.full(1, 0.01), np.full(1, 0.01)),
    )
    found = estimate(grid, closed(True), meters)
    assert found.node_p_kw[1:].sum() == pytest.approx(-400, abs=0.01)
    np.testing.assert_allclose(found.residuals.injection_p_kw, [10, 90], atol=0.1)  # 1 to 9, as the variances


def test_a_real_meter_stands_before_a_pseudo_measurement_and_this_before_nothing():
    grid = network(3, [(0, 1), (1, 2)], injections=[1, 2])
    real, pseudo = injections([1], [-500]), injections([1, 2], [-900, -300], sigma=50, pseudo=True)
    both = Injections(*(np.concatenate([getattr(real, n), getattr(pseudo, n)]) for n in Injections.__slots__))
    found = estimate(grid, closed(), Measurements(volts(0), both))
    np.testing.assert_allclose(found.node_p_kw, [0, -500, -300], atol=1)


def test_a_node_that_nobody_says_anything_about_is_solved_from_the_meters_around_it():
    grid = network(3, [(0, 1), (1, 2)], injections=[1, 2])
    flows = Flows(ints(0), ints(0), np.array([900.0]), np.zeros(1), np.ones(1), np.ones(1))
    found = estimate(grid, closed(), Measurements(volts(0), injections([1], [-500]), line_flows=flows))
    assert found.converged
    assert found.node_p_kw[2] == pytest.approx(-400, abs=10)


def test_a_source_meter_is_heard():
    grid = network(2, [(0, 1)], injections=[0, 1])
    sources = Sources(ints(0), np.array([1000.0]), np.zeros(1), np.ones(1), np.ones(1))
    found = estimate(grid, closed(), Measurements(volts(0), injections([0, 1], [-300, -695], 20.0), sources=sources))
    assert found.source_p_kw[0] == pytest.approx(1000, abs=1)
    assert found.node_p_kw.sum() + found.source_p_kw[0] == pytest.approx(found.losses_kw, abs=0.01)


def test_a_dead_island_has_no_voltage_and_its_meters_no_residual():
    grid = network(4, [(0, 1), (2, 3)], switches=[(1, 2)], injections=[1, 3])
    found = estimate(grid, closed(False), Measurements(volts(0, 3), injections([1, 3], [-100, -50])))
    np.testing.assert_array_equal(np.isnan(found.voltage_pu), [False, False, True, True])
    np.testing.assert_array_equal(np.isnan(found.residuals.voltage_pu), [False, True])


def test_an_island_without_a_voltage_meter_is_left_out_and_the_other_solved():
    grid = network(4, [(0, 1), (2, 3)], sources=(0, 2), injections=[1, 3])
    found = estimate(grid, closed(), Measurements(volts(0), injections([1, 3], [-100, -50])))
    assert found.converged
    np.testing.assert_array_equal(np.isnan(found.voltage_pu), [False, False, True, True])


def test_no_voltage_meter_at_all_is_said_in_words():
    grid = network(2, [(0, 1)], injections=[1])
    found = estimate(grid, closed(), Measurements(injections=injections([1], [-100])))
    assert not found.converged
    assert "No usable voltage measurement" in found.reason
    assert np.isnan(found.voltage_pu).all()


def test_the_same_estimator_takes_fewer_meters_and_new_switch_positions():
    grid = network(3, [(0, 1)], switches=[(1, 2)], injections=[1, 2])
    estimator = Estimator(grid, resolve(grid, closed(True)))
    full = Measurements(volts(0, 1), injections([1, 2], [-100, -50]))
    assert estimator.estimate(full, NO_TAPS).converged
    fewer = Measurements(volts(0), injections([1, 2], [-100, -50]))
    assert estimator.estimate(fewer, NO_TAPS).converged
    estimator.set_topology(resolve(grid, closed(False)))
    after = estimator.estimate(full, NO_TAPS)
    assert np.isnan(after.voltage_pu[2])
    assert after.line_p_from_kw[0] == pytest.approx(100, abs=5)


def test_a_warm_estimate_equals_a_fresh_one(mv_urban):
    truth, rng = truth_of(mv_urban), np.random.default_rng(9)
    first, second = (read_meters(mv_urban.network, truth, mv_urban, line_sides=(0,), rng=rng) for _ in range(2))
    warm = estimator_of(mv_urban)
    warm.estimate(first, mv_urban.tap_position + 1)
    found = warm.estimate(second, mv_urban.tap_position)
    fresh = estimator_of(mv_urban).estimate(second, mv_urban.tap_position)
    np.testing.assert_allclose(found.voltage_pu, fresh.voltage_pu, rtol=1e-9)


def test_a_shunt_is_part_of_the_network_and_not_of_the_injection():
    grid = network(2, [(0, 1)], injections=[1], shunt=(1, 0.0, 400.0))
    flow = PowerFlow(grid, resolve(grid, closed()))
    truth = flow.solve(
        p_kw=np.array([-500.0]), q_kvar=np.array([-300.0]), tap_position=NO_TAPS, source_voltage_pu=np.ones(1)
    )
    meters = Measurements(
        volts(0), replace(injections([1], [-500]), q_kvar=np.array([-300.0]), sigma_q_kvar=np.array([5.0]))
    )
    np.testing.assert_allclose(estimate(grid, closed(), meters).voltage_pu, truth.voltage_pu, atol=1e-7)


def test_flows_are_trusted_less_where_the_model_is_not_exact():
    one = np.ones(1)
    flows = Flows(ints(0), ints(0), one * 3000.0, one * 4000.0, one * 10.0, one * 50.0)
    wider = Measurements(volts(0), line_flows=flows).with_model_error(0.01)
    assert wider.line_flows.sigma_p_kw[0] == pytest.approx(np.hypot(10, 50))
    assert wider.line_flows.sigma_q_kvar[0] == pytest.approx(np.hypot(50, 50))
    np.testing.assert_array_equal(wider.voltages.sigma_pu, volts(0).sigma_pu)


def test_impedances_a_few_per_cent_off_move_the_estimate_less_than_the_meters_are_good_for(mv_urban):
    rng, lines = np.random.default_rng(21), mv_urban.network.lines
    spread = np.exp(0.03 * rng.standard_normal((2, len(lines.r_ohm))))
    real = replace(mv_urban.network, lines=replace(lines, r_ohm=lines.r_ohm * spread[0], x_ohm=lines.x_ohm * spread[1]))
    truth = PowerFlow(real, resolve(real, mv_urban.switch_closed)).solve(**mv_urban.solve_arguments())
    meters = read_meters(real, truth, mv_urban, line_sides=(0,), sigma_v=0.002, rng=rng)
    found = estimator_of(mv_urban).estimate(meters.with_model_error(0.01), mv_urban.tap_position)
    assert np.sqrt(np.mean((found.voltage_pu - truth.voltage_pu) ** 2)) < 0.002
    assert np.sqrt(np.mean((found.line_loading - truth.line_loading) ** 2)) < 0.02


def test_the_bare_solver_runs_on_the_same_data(mv_urban):
    truth, topology = truth_of(mv_urban), resolve(mv_urban.network, mv_urban.switch_closed)
    bare_estimate(mv_urban.network, topology, read_meters(mv_urban.network, truth, mv_urban), mv_urban.tap_position)()


def test_a_stub_of_micro_ohms_beside_precise_meters_moves_the_estimate_less_than_any_meter_can_see(mv_urban):
    lines = mv_urban.network.lines
    tiny = np.where(np.arange(len(lines.r_ohm)) % 3 == 0, 2e-5, 1.0)
    stubs = replace(mv_urban.network, lines=replace(lines, r_ohm=lines.r_ohm * tiny, x_ohm=lines.x_ohm * tiny))
    topology = resolve(stubs, mv_urban.switch_closed)
    truth = PowerFlow(stubs, topology).solve(**mv_urban.solve_arguments())
    meters = read_meters(stubs, truth, mv_urban, line_sides=(0,), sigma_kw=0.05)
    found = Estimator(stubs, topology).estimate(meters, mv_urban.tap_position)
    assert found.converged
    assert not found.is_approximate
    np.testing.assert_allclose(found.voltage_pu, truth.voltage_pu, atol=5e-4)


def test_islands_side_by_side_are_estimated_as_each_alone(mv_urban):
    truth, topology = truth_of(mv_urban), resolve(mv_urban.network, mv_urban.switch_closed)
    meters = read_meters(mv_urban.network, truth, mv_urban, line_sides=(0,), rng=np.random.default_rng(4))
    alone = Estimator(mv_urban.network, topology).estimate(meters, mv_urban.tap_position)
    three = tiled_network(mv_urban.network, 3)
    whole = Estimator(three, resolve(three, np.tile(mv_urban.switch_closed, 3))).estimate(
        tiled_measurements(meters, mv_urban.network, 3), np.tile(mv_urban.tap_position, 3)
    )
    np.testing.assert_allclose(whole.voltage_pu, np.tile(alone.voltage_pu, 3), atol=1e-9)
    np.testing.assert_allclose(whole.line_p_from_kw, np.tile(alone.line_p_from_kw, 3), atol=1e-4)
    assert whole.degrees_of_freedom == 3 * alone.degrees_of_freedom


def test_each_island_is_solved_dead_or_unobservable_by_itself():
    grid = network(6, [(0, 1), (2, 3), (4, 5)], sources=(0, 2), injections=[1, 3, 5])
    found = estimate(grid, closed(), Measurements(volts(0), injections([1, 3, 5], [-100, -50, -30])))
    assert found.converged
    node = found.observability.node.tolist()
    assert Basis.DEAD not in node[:4]
    assert node[2:4] == [Basis.UNOBSERVABLE] * 2
    assert node[4:] == [Basis.DEAD] * 2
