"""The least held back, against the full power flow and against holding back alone."""

from dataclasses import replace

import numpy as np
import pandapower.networks as pn
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.optimization.envelopes import Bounds
from gridops.engine.optimization.least_held import Limits, Units, least_held
from gridops.engine.optimization.point import Points, Setting
from gridops.engine.optimization.set_points import Expected, Offset, set_points
from tests.engine.networks import read

HIGH = 1.03
PLANTS = np.array([12, 16, 23, 30], np.int32)
GIVES = 1500.0


@pytest.fixture(scope="module")
def feeder():
    grid = read(pn.case33bw())
    topology = resolve(grid.network, grid.switch_closed)
    points = Points(Setting(grid.network, topology, grid.tap_position, grid.source_voltage_pu))
    p = grid.p_kw.copy()
    p[PLANTS] = GIVES
    count = grid.network.n_nodes
    return points, Bounds(np.full(count, 0.9), np.full(count, HIGH)), p, grid.q_kvar.copy()


def plants(share=0.44):
    every = np.ones(len(PLANTS))
    return Units(
        injection=PLANTS,
        low_kw=0 * every,
        high_kw=GIVES * every,
        wanted_kw=GIVES * every,
        price=every,
        rated_s_kva=1.1 * GIVES * every,
        most_kvar=share * GIVES * every,
        is_led=every < 0,
    )


def searched(feeder, units):
    points, bounds, p, q = feeder
    q = q.copy()
    q[PLANTS] = 0.0
    return least_held(points, units, Limits.of(points.at(p, q), bounds), p_kw=p, q_kvar=q)


def test_limits_are_kept_by_the_full_power_flow_and_something_has_to_be_held_back(feeder):
    points, _, p, q = feeder
    assert np.nanmax(points.result(p, q).voltage_pu) > HIGH + 0.01
    found = searched(feeder, plants(share=0.0))
    assert found.beyond == 0 and found.away > 100
    assert np.nanmax(found.point.result.voltage_pu) <= HIGH + 2e-4


def test_reactive_power_goes_before_holding_back(feeder):
    alone, both = searched(feeder, plants(share=0.0)), searched(feeder, plants())
    assert both.beyond == 0
    assert both.away < 0.7 * alone.away
    assert (np.hypot(both.p_kw, both.q_kvar) <= 1.1 * GIVES * (1 + 1e-9)).all()


def test_no_random_set_points_are_cheaper_and_safe(feeder):
    points, _, p, q = feeder
    found, rng = searched(feeder, plants()), np.random.default_rng(1)
    for _ in range(200):
        tried, react = p.copy(), q.copy()
        tried[PLANTS] = GIVES * rng.uniform(0.5, 1.0, len(PLANTS))
        react[PLANTS] = 0.44 * GIVES * rng.uniform(-1.0, 0.0, len(PLANTS))
        less = float((GIVES - tried[PLANTS]).sum())
        if less < 0.97 * found.away:
            assert np.nanmax(points.result(tried, react).voltage_pu) > HIGH


def test_nothing_is_touched_where_everything_fits(feeder):
    points, bounds, p, q = feeder
    wide = replace(bounds, high_pu=bounds.high_pu + 0.2)
    found = least_held(points, plants(), Limits.of(points.at(p, q), wide), p_kw=p, q_kvar=q)
    assert found.lost == 0 and np.array_equal(found.q_kvar, q[PLANTS])


def test_what_cannot_be_kept_is_told(feeder):
    points, bounds, p, q = feeder
    narrow = replace(bounds, low_pu=bounds.high_pu - 0.01)  # the loads alone draw the ends lower
    units = replace(plants(share=0.0), low_kw=np.full(4, GIVES))
    found = least_held(points, units, Limits.of(points.at(p, q), narrow), p_kw=p, q_kvar=q)
    assert found.beyond > 0


def expected(feeder, surprise_kw):
    _, _, p, q = feeder
    q = q.copy()
    q[PLANTS] = 0.0
    return Expected(p, q, surprise_kw, 0.95)


def test_surprises_keep_a_distance_that_a_plant_with_an_order_does_not_need(feeder):
    points, bounds, p, _ = feeder
    none = np.zeros((0, len(p)))
    rng = np.random.default_rng(2)
    loads = np.zeros((60, len(p)))
    loads[:, :10] = 60 * rng.standard_normal((60, 10))
    plain = set_points({0: points}, plants(), bounds, expected(feeder, none))
    wary = set_points({0: points}, plants(), bounds, expected(feeder, loads))
    assert wary.held.away > plain.held.away
    held = {at for at, unit in enumerate(PLANTS) if wary.held.p_kw[at] < GIVES - 1}
    assert held
    own = np.zeros((60, len(p)))
    for at in held:
        own[:, PLANTS[at]] = 100 * np.abs(rng.standard_normal(60))
    ordered = set_points({0: points}, plants(), bounds, expected(feeder, own))
    assert ordered.held.away < wary.held.away


def test_what_was_measured_above_the_model_is_kept_off_the_limit(feeder):
    points, bounds, p, _ = feeder
    none, nodes = np.zeros((0, len(p))), np.full(len(bounds.high_pu), 0.004)
    branches = np.zeros(len(points.setting.network.lines.from_node) + len(points.setting.network.transformers.low_node))
    plain = set_points({0: points}, plants(), bounds, expected(feeder, none))
    found = set_points({0: points}, plants(), bounds, expected(feeder, none), Offset(nodes, branches))
    assert found.held.away > plain.held.away
    assert np.nanmax(found.held.point.result.voltage_pu) <= HIGH - 0.004 + 2e-4
