"""Hosting capacity against trying every step by a plain power flow."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.security.hosting import Addition, HostingBase, hosting_capacity
from gridops.engine.security.hosting_limits import HostingLimit
from gridops.engine.security.screening import Limits
from gridops.engine.security.zones import OperatingPoint
from tests.engine.plain_outages import operating_point
from tests.engine.small import NO_TAPS, closed, network

FEED_IN = Addition(direction=1.0, q_per_kw=0.0, most_kw=40_000.0, tolerance_kw=1.0)


def limits_of(point, low=0.9, high=1.1):
    count = point.network.n_nodes
    return Limits(np.full(count, low), np.full(count, high), np.zeros(count))


class Plain:
    """One power flow a step; the rule of what counts as broken written out anew."""

    def __init__(self, point, limits):
        nodes = np.arange(point.network.n_nodes, dtype=np.int32)
        self.point, self.limits = point, limits
        self.flow = PowerFlow(replace(point.network, injection_node=nodes), point.topology)
        self.base = self.solve(0, 0.0, 0.0)

    def solve(self, node, p_kw, q_kvar):
        p, q = np.nan_to_num(self.point.node_p_kw).copy(), np.nan_to_num(self.point.node_q_kvar).copy()
        p[node] += p_kw
        q[node] += q_kvar
        return self.flow.solve(
            p_kw=p,
            q_kvar=q,
            tap_position=self.point.tap_position,
            source_voltage_pu=self.point.source_voltage_pu,
            source_angle_deg=self.point.source_angle_deg,
        )

    def is_broken(self, node, p_kw, q_kvar):
        state = self.solve(node, p_kw, q_kvar)
        if not state.converged:
            return True
        low, high, base = self.limits.low_pu, self.limits.high_pu, self.base.voltage_pu
        low, high = np.where(base < low, base - 0.002, low), np.where(base > high, base + 0.002, high)
        if np.any(state.voltage_pu < low) or np.any(state.voltage_pu > high):
            return True
        for before, now in (
            (self.base.line_loading, state.line_loading),
            (self.base.transformer_loading, state.transformer_loading),
        ):
            if np.any(now > np.where(before > 1, before + 0.01, 1.0)):
                return True
        return False

    def capacity(self, node, addition, step_kw):
        kw = 0.0
        while kw + step_kw <= addition.most_kw:
            p = addition.direction * (kw + step_kw)
            if self.is_broken(node, p, addition.q_per_kw * p):
                return kw
            kw += step_kw
        return kw


@pytest.mark.parametrize("addition", [
    FEED_IN,
    Addition(direction=-1.0, q_per_kw=0.3, most_kw=40_000.0, tolerance_kw=1.0),
    Addition(direction=1.0, q_per_kw=-0.33, most_kw=40_000.0, tolerance_kw=1.0),
])  # fmt: skip
@pytest.mark.parametrize("band", [(0.9, 1.1), (0.98, 1.04)])
def test_capacity_equals_that_of_trying_every_step(mv_urban, addition, band):
    point = operating_point(mv_urban)
    limits = limits_of(point, *band)
    plain = Plain(point, limits)
    chosen = np.random.default_rng(4).choice(np.flatnonzero(np.isfinite(plain.base.voltage_pu)), 6, replace=False)
    step = 250.0
    for hosting in hosting_capacity(HostingBase(point, limits), chosen, addition):
        expected = plain.capacity(hosting.node, addition, step)
        assert expected - addition.tolerance_kw <= hosting.capacity_kw <= expected + step
        p = addition.direction * hosting.capacity_kw
        assert not plain.is_broken(hosting.node, p, addition.q_per_kw * p)
        if hosting.limit != HostingLimit.NONE:
            p = addition.direction * (hosting.capacity_kw + addition.tolerance_kw)
            assert plain.is_broken(hosting.node, p, addition.q_per_kw * p)


def test_the_element_that_breaks_is_named_with_its_value(mv_urban):
    point = operating_point(mv_urban)
    limits = limits_of(point)
    plain = Plain(point, limits)
    nodes = np.flatnonzero(np.isfinite(plain.base.voltage_pu))[:40]
    found = hosting_capacity(HostingBase(point, limits), nodes, FEED_IN)
    seen = set()
    n_lines = len(point.network.lines.from_node)
    for hosting in found:
        seen.add(hosting.limit)
        state = plain.solve(hosting.node, hosting.capacity_kw + 1.0, 0.0)
        if hosting.limit == HostingLimit.OVERLOAD:
            loading = np.concatenate([state.line_loading, state.transformer_loading])
            assert loading[hosting.element] == pytest.approx(hosting.value, abs=1e-3)
            assert hosting.value > hosting.allowed == 1.0
            assert loading[hosting.element] == pytest.approx(np.nanmax(loading))
            assert 0 <= hosting.element < n_lines + len(state.transformer_loading)
        elif hosting.limit == HostingLimit.VOLTAGE_HIGH:
            assert state.voltage_pu[hosting.element] == pytest.approx(hosting.value, abs=1e-4)
    assert HostingLimit.OVERLOAD in seen


def small_point(*, source_pu=1.0, load_kw=1000.0):
    """A station, two lines in a row, and a node that an open switch leaves without supply."""
    grid = network(4, [(0, 1), (1, 2)], switches=[(2, 3)])
    topology = resolve(grid, closed(False))
    p = np.array([0.0, 0.0, -load_kw, 0.0])
    return OperatingPoint(grid, topology, p, 0.2 * p, NO_TAPS, np.array([source_pu]), np.zeros(1))


def test_a_dead_node_hosts_nothing_and_says_so():
    point = small_point()
    (hosting,) = hosting_capacity(HostingBase(point, limits_of(point)), [3], FEED_IN)
    assert (hosting.limit, hosting.capacity_kw) == (HostingLimit.DEAD, 0.0)


def test_nothing_breaks_up_to_the_most_that_is_asked_for():
    point = small_point()
    (hosting,) = hosting_capacity(HostingBase(point, limits_of(point)), [2], replace(FEED_IN, most_kw=100.0))
    assert (hosting.limit, hosting.capacity_kw) == (HostingLimit.NONE, 100.0)


def test_beyond_what_the_network_can_carry_there_is_no_solution():
    point = small_point()
    generous = replace(limits_of(point, 0.0001, 9.0), loading=1e6)
    draw = Addition(direction=-1.0, q_per_kw=0.3, most_kw=500_000.0, tolerance_kw=1.0)
    (hosting,) = hosting_capacity(HostingBase(point, generous), [2], draw)
    assert hosting.limit == HostingLimit.NO_SOLUTION
    assert 1000 < hosting.capacity_kw < 500_000


def test_what_is_beyond_a_limit_already_counts_only_where_it_gets_worse():
    point = small_point(source_pu=0.89)
    limits = limits_of(point)
    (relief,) = hosting_capacity(HostingBase(point, limits), [2], FEED_IN)
    assert relief.capacity_kw > 500
    draw = Addition(direction=-1.0, q_per_kw=0.3, most_kw=40_000.0, tolerance_kw=1.0)
    (worse,) = hosting_capacity(HostingBase(point, limits), [2], draw)
    assert worse.limit == HostingLimit.VOLTAGE_LOW
    assert 0 < worse.capacity_kw < relief.capacity_kw


def test_a_base_without_a_solution_and_senseless_steps_are_refused():
    point = small_point(load_kw=1e7)
    base = HostingBase(point, limits_of(point))
    assert base.reason
    with pytest.raises(ValueError, match=r"settle|solution"):
        hosting_capacity(base, [2], FEED_IN)
    good = HostingBase(small_point(), limits_of(point))
    with pytest.raises(ValueError, match="above 0 kW"):
        hosting_capacity(good, [2], replace(FEED_IN, most_kw=0.0))


def test_progress_ends_at_one(mv_urban):
    point = operating_point(mv_urban)
    shares = []
    hosting_capacity(HostingBase(point, limits_of(point)), np.arange(150), FEED_IN, progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
