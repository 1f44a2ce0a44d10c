import numpy as np

from gridops.engine.estimation.estimator import Estimator
from gridops.engine.estimation.measurements import Flows, Injections, MeasurementKind, Measurements, Voltages
from gridops.engine.estimation.observability import Basis
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.engine.gross_errors import spoil
from tests.engine.meters import read_meters
from tests.engine.small import NO_TAPS, closed, ints, network

M, E, P, U, D = Basis.MEASURED, Basis.ESTIMATED, Basis.PSEUDO, Basis.UNOBSERVABLE, Basis.DEAD


def voltages(*node):
    return Voltages(ints(*node), np.ones(len(node)), np.full(len(node), 0.005))


def injections(real=(), pseudo=()):
    node = ints(*real, *pseudo)
    p, sigma = np.full(len(node), -100.0), np.full(len(node), 5.0)
    return Injections(node, p, p * 0, sigma, sigma, np.arange(len(node)) >= len(real))


def flows(*branch):
    n = len(branch)
    return Flows(ints(*branch), np.zeros(n, np.int32), np.full(n, 100.0), np.zeros(n), np.full(n, 5.0), np.full(n, 5.0))


def observed(grid, measurements, positions=()):
    estimator = Estimator(grid, resolve(grid, closed(*positions)))
    return estimator.estimate(measurements, NO_TAPS).observability


FEEDER = network(4, [(0, 1), (1, 2), (2, 3)], injections=[1, 2, 3])


def test_a_feeder_metered_at_every_station_is_estimated_throughout():
    found = observed(FEEDER, Measurements(voltages(0), injections(real=[1, 2, 3])))
    np.testing.assert_array_equal(found.node, [M, E, E, E])
    np.testing.assert_array_equal(found.line, [E, E, E])


def test_one_station_without_a_meter_is_known_from_the_head_of_its_feeder():
    meters = Measurements(voltages(0), injections(real=[1, 3], pseudo=[2]), line_flows=flows(0))
    found = observed(FEEDER, meters)
    np.testing.assert_array_equal(found.node, [M, E, E, E])
    np.testing.assert_array_equal(found.line, [M, E, E])


def test_what_lies_between_two_stations_without_meters_rests_on_pseudo_measurements():
    meters = Measurements(voltages(0), injections(real=[3], pseudo=[1, 2]), line_flows=flows(0))
    found = observed(FEEDER, meters)
    np.testing.assert_array_equal(found.line, [M, P, E])
    np.testing.assert_array_equal(found.node, [M, E, P, P])


def test_a_voltage_meter_beyond_the_gap_makes_its_side_estimated():
    meters = Measurements(voltages(0, 3), injections(real=[3], pseudo=[1, 2]), line_flows=flows(0))
    np.testing.assert_array_equal(observed(FEEDER, meters).node, [M, E, E, M])


def test_a_ring_with_all_injections_metered_is_estimated():
    ring = network(4, [(0, 1), (1, 2), (2, 3), (3, 0)], injections=[1, 2, 3])
    found = observed(ring, Measurements(voltages(0), injections(real=[1, 2, 3])))
    np.testing.assert_array_equal(found.line, [E, E, E, E])
    found = observed(ring, Measurements(voltages(0), injections(real=[1, 2], pseudo=[3])))
    np.testing.assert_array_equal(found.line, [P, P, P, P])


def test_an_energised_island_without_a_voltage_meter_is_unobservable_and_one_without_a_source_dead():
    grid = network(6, [(0, 1), (2, 3), (4, 5)], sources=(0, 2), injections=[1, 3, 5])
    found = observed(grid, Measurements(voltages(0), injections(real=[1, 3, 5])))
    np.testing.assert_array_equal(found.node, [M, E, U, U, D, D])
    np.testing.assert_array_equal(found.line, [E, U, D])


def test_without_any_voltage_everything_energised_is_unobservable():
    found = observed(FEEDER, Measurements(injections=injections(real=[1, 2, 3])))
    np.testing.assert_array_equal(found.node, [U, U, U, U])


def test_a_meter_left_out_as_bad_no_longer_counts(mv_urban):
    topology = resolve(mv_urban.network, mv_urban.switch_closed)
    truth = PowerFlow(mv_urban.network, topology).solve(**mv_urban.solve_arguments())
    meters = read_meters(mv_urban.network, truth, mv_urban, line_sides=(0,), rng=np.random.default_rng(1))
    wrong = spoil(meters, MeasurementKind.VOLTAGE, 30, 0, 40)
    found = Estimator(mv_urban.network, topology).estimate(wrong, mv_urban.tap_position)
    assert [(b.kind, b.index) for b in found.bad] == [(MeasurementKind.VOLTAGE, 30)]
    assert found.observability.node[meters.voltages.node[30]] == Basis.ESTIMATED
