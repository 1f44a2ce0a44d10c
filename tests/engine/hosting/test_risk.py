"""Risk against penetration: exact where chance has nothing to say, and against a full power flow where it has."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.hosting.risk import Growth, Sites, hosting_risk, penetration_at
from gridops.engine.security.hosting import Addition, HostingBase, hosting_capacity
from gridops.engine.security.screening import Limits
from gridops.engine.security.volt_var import CATEGORY_B
from tests.engine.hosting.test_nodes import limits, two_buses, until_voltage
from tests.engine.plain_outages import operating_point

SURE = until_voltage(1.05, 10.0)


def one_place():
    return Sites(
        np.array([1], np.int32), np.array([0], np.int32), np.ones(1), np.array([-1, 0], np.int32), np.array([SURE])
    )


def risk(growth, points, bounds, sites, seed=1):
    return hosting_risk(points, bounds, sites, growth, generator=np.random.default_rng(seed))


def test_with_one_place_every_deployment_breaks_where_the_equation_says():
    levels = np.array([0.5, 0.99, 1.01, 1.5])
    found = risk(Growth(30, levels, SURE / 10, 0.7), [two_buses(10.0, 0.0)], limits(2, high=1.05), one_place())
    assert found.network.tolist() == found.feeder[0].tolist() == found.by_voltage.tolist() == [0, 0, 1, 1]
    assert found.by_loading.tolist() == [0, 0, 0, 0]
    assert found.added_kw == pytest.approx(levels * SURE)


def test_the_worst_of_several_hours_counts():
    empty = two_buses(10.0, 0.0)
    loaded = replace(empty, node_p_kw=np.array([0.0, -0.4 * SURE]))
    growth = Growth(20, np.array([0.9, 1.1, 1.6]), SURE / 10, 0.7)
    bounds = limits(2, high=1.05)
    assert risk(growth, [loaded], bounds, one_place()).network.tolist() == [0, 0, 1]
    assert risk(growth, [loaded, empty], bounds, one_place()).network.tolist() == [0, 1, 1]


def test_inverters_that_follow_the_voltage_break_nothing_up_to_more():
    growth = Growth(10, np.linspace(0.8, 1.6, 17), SURE / 10, 0.7)
    plain = risk(growth, [two_buses(10.0, 0.0)], limits(2, high=1.05), one_place())
    following = risk(replace(growth, volt_var=CATEGORY_B), [two_buses(10.0, 0.0)], limits(2, high=1.05), one_place())
    expected = until_voltage(1.05, 10.0, -0.22) / SURE
    assert penetration_at(0.5, plain.penetration, plain.network) == pytest.approx(1.0, abs=0.06)
    assert penetration_at(0.5, following.penetration, following.network) == pytest.approx(expected, abs=0.06)


@pytest.fixture(scope="module")
def feeder(case33bw):
    base = operating_point(case33bw)
    point = replace(base, node_p_kw=0.3 * base.node_p_kw, node_q_kvar=0.3 * base.node_q_kvar)
    n = point.network.n_nodes
    node = np.arange(1, n, dtype=np.int32)
    of_node = np.where(np.arange(n) == 0, -1, 0).astype(np.int32)
    drawn = np.maximum(-base.node_p_kw[1:], 1.0)
    sites = Sites(node, np.zeros(n - 1, np.int32), drawn, of_node, np.array([3715.0]))
    return point, sites, Limits(np.full(n, 0.8), np.full(n, 1.05), np.zeros(n))


GROWTH = Growth(60, np.linspace(0.1, 2.0, 10), 150.0, 0.7)


def test_risk_rises_with_penetration_and_the_same_seed_says_the_same(feeder):
    point, sites, bounds = feeder
    found = risk(GROWTH, [point], bounds, sites)
    assert found.network[0] == 0
    assert found.network[-1] > 0.9
    assert np.all(np.diff(found.network) >= 0)
    assert np.array_equal(found.network, risk(GROWTH, [point], bounds, sites).network)
    assert not np.array_equal(found.network, risk(GROWTH, [point], bounds, sites, seed=2).network)
    assert np.all(found.network <= found.by_voltage + found.by_loading)


def test_a_deployment_of_one_plant_breaks_exactly_beyond_what_its_node_hosts(feeder):
    """The plants are so large that each deployment is one plant at one node: the share is a count of nodes."""
    point, sites, bounds = feeder
    addition = Addition(1.0, 0.0, 50_000.0, 0.1)
    alone = [one.capacity_kw for one in hosting_capacity(HostingBase(point, bounds), sites.node, addition)]
    weight = np.zeros(len(sites.node))
    weight[17] = 1.0
    growth = replace(GROWTH, deployments=5, usual_kw=1e6, spread=0.0)
    level = alone[17] / 3715.0
    found = risk(
        replace(growth, penetration=np.array([0.995 * level, 1.005 * level])),
        [point],
        bounds,
        replace(sites, weight=weight),
    )
    assert found.network.tolist() == [0, 1]


def test_tighter_limits_never_lower_the_risk(feeder):
    point, sites, bounds = feeder
    wide = risk(GROWTH, [point], bounds, sites).network
    assert np.all(risk(GROWTH, [point], replace(bounds, rise_pu=0.01), sites).network >= wide)
    assert np.all(risk(GROWTH, [point], replace(bounds, high_pu=bounds.high_pu - 0.02), sites).network >= wide)


def test_what_is_reached_is_read_between_levels():
    levels = np.array([0.5, 1.0, 2.0])
    assert penetration_at(0.5, levels, np.array([0.0, 0.25, 0.75])) == pytest.approx(1.5)
    assert penetration_at(0.05, levels, np.array([0.2, 0.25, 0.75])) == pytest.approx(0.125)
    assert np.isnan(penetration_at(0.8, levels, np.array([0.0, 0.25, 0.75])))


def test_an_hour_without_a_solution_is_named():
    heavy = replace(two_buses(), node_p_kw=np.array([0.0, -1e7]))
    with pytest.raises(ValueError, match="Hour 1 of 1"):
        risk(GROWTH, [heavy], limits(2), one_place())
