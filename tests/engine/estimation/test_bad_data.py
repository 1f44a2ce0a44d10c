import logging
from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.estimation.admittance import branch_ends
from gridops.engine.estimation.bad_data import identify, limit_for
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import Flows, Injections, MeasurementKind, Measurements, Voltages
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.compile import compile_network
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.gross_errors import draw, spoil
from tests.engine.meters import read_meters
from tests.engine.small import NO_TAPS, closed, ints, network


@pytest.fixture(scope="module")
def metered(mv_urban):
    topology = resolve(mv_urban.network, mv_urban.switch_closed)
    truth = PowerFlow(mv_urban.network, topology).solve(**mv_urban.solve_arguments())
    return mv_urban, truth, Estimator(mv_urban.network, topology)


def test_a_single_gross_error_is_named_19_times_of_20(metered):
    grid, truth, estimator = metered
    rng, draws, named, wronged = np.random.default_rng(7), 100, 0, 0
    for _ in range(draws):
        meters = read_meters(grid.network, truth, grid, line_sides=(0,), rng=rng)
        kind, index, quantity = draw(meters, rng)
        wrong = spoil(meters, kind, index, quantity, rng.choice([-1, 1]) * rng.uniform(10, 30))
        found = estimator.estimate(wrong, grid.tap_position).bad
        hit = any(b.kind is kind and b.index == index for b in found)
        named += hit
        wronged += len(found) - hit
    share = f"gross errors above 10 sigma named: {named / draws:.0%}; meters wrongly accused: {wronged}"
    logging.getLogger(__name__).info(share)
    assert named >= 0.95 * draws, share
    assert wronged <= 0.02 * draws, share


def test_clean_measurements_accuse_nobody(metered):
    grid, truth, estimator = metered
    rng = np.random.default_rng(8)
    accused = [
        estimator.estimate(read_meters(grid.network, truth, grid, line_sides=(0,), rng=rng), grid.tap_position).bad
        for _ in range(60)
    ]
    assert sum(map(bool, accused)) <= 1


def test_several_errors_at_once_are_all_named_and_the_estimate_is_as_if_they_had_not_been(metered):
    grid, truth, estimator = metered
    clean = read_meters(grid.network, truth, grid, line_sides=(0, 1), rng=np.random.default_rng(3))
    wrong = spoil(clean, MeasurementKind.VOLTAGE, 20, 0, 25)
    wrong = spoil(wrong, MeasurementKind.INJECTION, 40, 0, -30)
    wrong = spoil(wrong, MeasurementKind.LINE_FLOW, 60, 1, 20)
    found = estimator.estimate(wrong, grid.tap_position)
    named = {(b.kind, b.index, b.quantity) for b in found.bad}
    assert named == {
        (MeasurementKind.VOLTAGE, 20, "v"),
        (MeasurementKind.INJECTION, 40, "p"),
        (MeasurementKind.LINE_FLOW, 60, "q"),
    }
    assert found.objective < found.threshold
    unspoilt = estimator.estimate(clean, grid.tap_position)
    np.testing.assert_allclose(found.line_p_from_kw, unspoilt.line_p_from_kw, atol=8)


def test_a_named_meter_comes_with_what_it_said_and_what_the_others_say(metered):
    grid, truth, estimator = metered
    clean = read_meters(grid.network, truth, grid, line_sides=(0, 1), rng=np.random.default_rng(4))
    wrong = spoil(clean, MeasurementKind.INJECTION, 40, 0, 50)
    (bad,) = estimator.estimate(wrong, grid.tap_position).bad
    node = wrong.injections.node[40]
    true_kw = grid.p_kw[grid.network.injection_node == node].sum()
    assert bad.measured == wrong.injections.p_kw[40]
    assert bad.estimated == pytest.approx(true_kw, abs=30)
    assert bad.normalised_residual > 10


def test_a_voltage_far_off_does_not_draw_the_solution_away(metered):
    grid, truth, estimator = metered
    clean = read_meters(grid.network, truth, grid, rng=np.random.default_rng(6))
    for sigmas in (-100, -40, 40, 100):
        found = estimator.estimate(spoil(clean, MeasurementKind.VOLTAGE, 67, 0, sigmas), grid.tap_position)
        assert [(b.kind, b.index) for b in found.bad] == [(MeasurementKind.VOLTAGE, 67)]
        np.testing.assert_allclose(found.voltage_pu, truth.voltage_pu, atol=0.005)


def test_meters_that_cannot_be_told_apart_are_doubted_together_and_none_is_accused():
    grid = network(3, [(0, 1), (1, 2)], injections=[1, 2])
    one = np.ones(1)
    meters = Measurements(
        Voltages(ints(0), one, one * 0.005),
        Injections(ints(1, 2), np.array([-500.0, -600.0]), np.zeros(2), np.ones(2), np.ones(2), np.zeros(2, bool)),
        line_flows=Flows(ints(0), ints(0), one * 1300.0, one * 0.0, one * 1.0, one * 1.0),
    )
    found = Estimator(grid, resolve(grid, closed())).estimate(meters, NO_TAPS)
    assert found.bad == []
    assert {b.kind for b in found.doubtful} >= {MeasurementKind.INJECTION, MeasurementKind.LINE_FLOW}


def test_a_pseudo_measurement_is_never_accused_and_gives_way(metered):
    grid, truth, estimator = metered
    clean = read_meters(grid.network, truth, grid, line_sides=(0, 1), rng=np.random.default_rng(5))
    wrong = spoil(clean, MeasurementKind.INJECTION, 40, 0, 60)
    pseudo = np.zeros(len(wrong.injections.node), bool)
    pseudo[40] = True
    found = estimator.estimate(
        replace(wrong, injections=replace(wrong.injections, is_pseudo=pseudo)), grid.tap_position
    )
    assert found.bad == []
    node = wrong.injections.node[40]
    true_kw = grid.p_kw[grid.network.injection_node == node].sum()
    assert found.node_p_kw[node] == pytest.approx(true_kw, abs=40)


def test_branch_models_equal_those_of_the_solver(mv_urban):
    tap = mv_urban.tap_position + 3
    topology = resolve(mv_urban.network, mv_urban.switch_closed)
    truth = PowerFlow(mv_urban.network, topology).solve(**(mv_urban.solve_arguments() | {"tap_position": tap}))
    compiled = compile_network(mv_urban.network, topology)
    ends = branch_ends(mv_urban.network, compiled, tap)
    voltage = np.zeros(compiled.n_buses, complex)
    phasor = truth.voltage_pu * np.exp(1j * np.radians(truth.angle_deg))
    voltage[compiled.live_bus_of_node[compiled.nodes]] = phasor[compiled.nodes]
    current = ends.y_self * voltage[ends.bus] + ends.y_mutual * voltage[ends.other]
    power_kw = (voltage[ends.bus] * np.conj(current)).real * 1e3
    expected = [
        truth.line_p_from_kw[compiled.lines],
        truth.transformer_p_high_kw[compiled.transformers],
        truth.line_p_to_kw[compiled.lines],
        truth.transformer_p_low_kw[compiled.transformers],
    ]
    np.testing.assert_allclose(power_kw, np.concatenate(expected), atol=1e-5)


def test_taking_rows_away_in_the_covariance_equals_solving_without_them():
    rng = np.random.default_rng(0)
    h, noise = rng.standard_normal((12, 3)), rng.standard_normal(12)
    noise[[2, 9]] += 40, -60
    left_over = np.eye(12) - h @ np.linalg.solve(h.T @ h, h.T)
    found = identify(left_over @ noise, left_over, np.arange(12, dtype=np.int32), limit_for(12))
    assert {s.row for s in found} == {2, 9}
    last = found[-1]
    others = np.array([i for i in range(12) if i not in {2, 9}])
    predicted = h[last.row] @ np.linalg.lstsq(h[others], noise[others], rcond=None)[0]
    assert last.error_sigmas == pytest.approx(noise[last.row] - predicted)
