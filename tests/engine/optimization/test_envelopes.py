"""Envelopes against random use inside them, by the full power flow."""

import numpy as np
import pandapower.networks as pn
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.optimization.envelopes import SMALL, UNSAFE_NOW, Bounds, Connections, envelopes, filled
from gridops.engine.optimization.point import Points, Setting
from tests.engine.networks import read

LOW, HIGH = 0.9, 1.05


@pytest.fixture(scope="module")
def feeder():
    grid = read(pn.case33bw())
    topology = resolve(grid.network, grid.switch_closed)
    return grid, Setting(grid.network, topology, grid.tap_position, grid.source_voltage_pu)


def bounds(grid, low=LOW, high=HIGH):
    count = grid.network.n_nodes
    return Bounds(np.full(count, low), np.full(count, high))


def connections(points=(5, 12, 16, 23, 30)):
    count = len(points)
    return Connections(np.array(points, np.int32), np.full(count, 800.0), np.full(count, 3000.0))


def test_any_use_inside_an_envelope_keeps_all_limits(feeder):
    grid, setting = feeder
    asked = connections()
    found = envelopes(setting, asked, bounds(grid), p_kw=grid.p_kw[None], q_kvar=grid.q_kvar[None])[0]
    assert found.confirmed and 0 < found.share < 1
    points, rng = Points(setting), np.random.default_rng(1)
    for _ in range(60):
        p = grid.p_kw.copy()
        edge = rng.random(5) < 0.5
        p[asked.injection] = (
            np.where(edge, rng.choice([0, 1], 5), rng.random(5)) * (found.import_kw + found.export_kw) - found.import_kw
        )
        state = points.result(p, grid.q_kvar)
        assert np.nanmin(state.voltage_pu) > LOW - 2e-4 and np.nanmax(state.voltage_pu) < HIGH + 2e-4


def test_an_envelope_is_not_much_smaller_than_what_is_safe(feeder):
    grid, setting = feeder
    asked = connections()
    found = envelopes(setting, asked, bounds(grid), p_kw=grid.p_kw[None], q_kvar=grid.q_kvar[None])[0]
    p = grid.p_kw.copy()
    p[asked.injection] = 1.15 * found.export_kw
    high = np.nanmax(Points(setting).result(p, grid.q_kvar).voltage_pu)
    p[asked.injection] = -1.3 * found.import_kw
    low = np.nanmin(Points(setting).result(p, grid.q_kvar).voltage_pu)
    assert high > HIGH or low < LOW


def test_everybody_has_at_least_the_common_share(feeder):
    grid, setting = feeder
    asked = connections()
    found = envelopes(setting, asked, bounds(grid), p_kw=grid.p_kw[None], q_kvar=grid.q_kvar[None])[0]
    assert (found.export_kw >= 0.99 * found.share * asked.most_export_kw).all()
    assert (found.import_kw >= 0.99 * found.share * asked.most_import_kw).all()


def test_a_step_that_is_beyond_a_limit_already_gets_nothing_and_says_why(feeder):
    grid, setting = feeder
    found = envelopes(setting, connections(), bounds(grid, low=0.97), p_kw=grid.p_kw[None], q_kvar=grid.q_kvar[None])[0]
    assert not found.confirmed and found.reason == UNSAFE_NOW and not found.export_kw.any()


def test_who_stays_for_a_full_row_does_not_hold_the_others():
    use = np.array([[10.0, 10.0, 0.0], [0.0, 0.0, 8.0]])
    assert filled(use, np.array([8.0, 6.0]), 0.0) == pytest.approx([0.4, 0.4, 0.75])


def test_what_is_filled_up_never_goes_beyond_a_room_and_leaves_none_for_those_who_want_it():
    rng = np.random.default_rng(5)
    for _ in range(50):
        use = rng.random((12, 30)) * (rng.random((12, 30)) < 0.4) * rng.choice([1.0, 0.01], (12, 30))
        room = rng.random(12) * use.sum(axis=1) * 1.2
        share = float(np.min(room / use.sum(axis=1), initial=1.0))
        found = filled(use, room, share)
        assert (use @ found <= room * (1 + 1e-6) + 1e-9).all()
        assert ((found >= share - 1e-9) & (found <= 1)).all()
        held = np.flatnonzero(found < 1 - 1e-5)
        large = use >= SMALL * use.max(axis=1)[:, None]
        aside = np.where(large, 0.0, use).sum(axis=1)
        full = use @ found + aside >= room - 1e-6
        assert all((full & (use[:, one] > 0)).any() for one in held)
