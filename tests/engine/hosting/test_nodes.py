"""What nodes host: against a feeder that has an answer on paper, and against trying every step."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.hosting.estimate import estimated_kw
from gridops.engine.hosting.nodes import NoState, host_nodes
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.security.hosting import Addition
from gridops.engine.security.hosting_limits import HostingLimit
from gridops.engine.security.screening import Limits
from gridops.engine.security.volt_var import CATEGORY_B
from gridops.engine.security.zones import OperatingPoint
from tests.engine.plain_outages import operating_point
from tests.engine.small import NO_TAPS, closed, network

KV, R_OHM, X_OHM, RATED_A = 10.0, 0.3, 0.2, 300.0
ADDITION = Addition(1.0, 0.0, 50_000.0, 0.05, relative=1e-3)


def limits(count, *, high=1.1, **more):
    return Limits(np.full(count, 0.85), np.full(count, high), np.zeros(count), **more)


def two_buses(length=1.0, rated_a=RATED_A):
    """A source, a line without capacitance, an empty node."""
    grid = network(2, [(0, 1)], kv=KV)
    lines = replace(
        grid.lines,
        r_ohm=length * grid.lines.r_ohm,
        x_ohm=length * grid.lines.x_ohm,
        b_us=np.zeros(1),
        rated_a=np.array([rated_a]),
    )
    grid = replace(grid, lines=lines)
    nothing = np.zeros(2)
    return OperatingPoint(grid, resolve(grid, closed()), nothing, nothing, NO_TAPS, np.ones(1), np.zeros(1))


def until_voltage(high, length, ratio=0.0):
    """kW at which the far end reaches `high` pu: V^4 - (V0^2 + 2 (P R + Q X)) V^2 + (P^2 + Q^2) Z^2 = 0."""
    v0, v = (1000 * KV) ** 2, (1000 * KV * high) ** 2
    r, x = length * R_OHM, length * X_OHM
    a, b, c = (1 + ratio**2) * (r**2 + x**2), -2 * v * (r + ratio * x), v * (v - v0)
    return (-b - np.sqrt(b**2 - 4 * a * c)) / (2 * a) / 1000


@pytest.mark.parametrize(
    ("length", "ratio", "high"), [(10.0, 0.0, 1.05), (10.0, -0.33, 1.05), (4.0, 0.2, 1.03), (20.0, 0.0, 1.08)]
)
def test_the_voltage_at_the_end_of_a_line_allows_what_the_equation_says(length, ratio, high):
    point = two_buses(length, rated_a=0.0)
    (told,) = host_nodes([point], limits(2, high=high), np.array([1]), replace(ADDITION, q_per_kw=ratio))
    assert told.found.capacity_kw == pytest.approx(until_voltage(high, length, ratio), rel=2e-3)
    assert (told.found.limit, told.found.element) == (HostingLimit.VOLTAGE_HIGH, 1)


def test_a_short_line_allows_what_its_rating_carries():
    (told,) = host_nodes([two_buses(0.01)], limits(2), np.array([1]), ADDITION)
    assert told.found.capacity_kw == pytest.approx(np.sqrt(3) * KV * RATED_A, rel=2e-3)
    assert (told.found.limit, told.found.element) == (HostingLimit.OVERLOAD, 0)


def test_a_limit_of_the_rise_binds_before_the_voltage_does():
    (told,) = host_nodes([two_buses(10.0, 0.0)], limits(2, rise_pu=0.02), np.array([1]), ADDITION)
    assert told.found.limit == HostingLimit.RISE
    assert told.found.capacity_kw == pytest.approx(until_voltage(1.02, 10.0), rel=2e-3)
    assert told.found.allowed == pytest.approx(0.02)
    assert told.found.value == pytest.approx(0.02, rel=5e-3)


def test_an_inverter_that_follows_its_voltage_is_allowed_what_its_curve_gives_there():
    (told,) = host_nodes(
        [two_buses(10.0, 0.0)], limits(2, high=1.05), np.array([1]), replace(ADDITION, volt_var=CATEGORY_B)
    )
    assert told.found.capacity_kw == pytest.approx(until_voltage(1.05, 10.0, -0.22), rel=5e-3)


class Plain33:
    """The feeder of Baran and Wu at noon and at night, one power flow at a time."""

    def __init__(self, grid):
        base = operating_point(grid)
        rated = np.full(len(base.network.lines.rated_a), 400.0)
        network = replace(base.network, lines=replace(base.network.lines, rated_a=rated))
        self.hours = [
            replace(base, network=network, node_p_kw=f * base.node_p_kw, node_q_kvar=f * base.node_q_kvar)
            for f in (0.6, 0.25)
        ]
        nodes = np.arange(network.n_nodes, dtype=np.int32)
        self.flow = PowerFlow(replace(network, injection_node=nodes), base.topology)
        self.limits = limits(network.n_nodes, high=1.03)
        self.nodes = np.flatnonzero(base.topology.node_energised)[:33].astype(np.int32)

    def breaks(self, node, kw, ratio):
        return any(self._breaks(hour, node, kw, ratio) for hour in self.hours)

    def _breaks(self, hour, node, kw, ratio):
        p, q = hour.node_p_kw.copy(), hour.node_q_kvar.copy()
        p[node] += kw
        q[node] += ratio * kw
        found = self.flow.solve(
            p_kw=p, q_kvar=q, tap_position=hour.tap_position, source_voltage_pu=hour.source_voltage_pu
        )
        volts = (found.voltage_pu > self.limits.high_pu) | (found.voltage_pu < self.limits.low_pu)
        return not found.converged or bool(np.any(volts)) or bool(np.nanmax(found.line_loading) > 1)


@pytest.mark.parametrize("ratio", [0.0, -0.33])
def test_on_33_buses_nothing_breaks_at_the_capacity_and_something_at_two_percent_more(case33bw, ratio):
    plain = Plain33(case33bw)
    addition = replace(ADDITION, q_per_kw=ratio, relative=0.01)
    for told in host_nodes(plain.hours, plain.limits, plain.nodes, addition):
        found = told.found
        if found.limit == HostingLimit.NONE:
            assert found.node == 0  # the source's own node
            continue
        assert not plain.breaks(found.node, found.capacity_kw, ratio)
        assert plain.breaks(found.node, 1.02 * found.capacity_kw, ratio)


def test_on_33_buses_every_fifth_node_equals_stepping_through_all_powers(case33bw):
    plain, step = Plain33(case33bw), 200.0
    nodes = plain.nodes[3::5]
    for told in host_nodes(plain.hours, plain.limits, nodes, ADDITION):
        kw = 0.0
        while kw < 50_000 and not plain.breaks(told.found.node, kw + step, 0.0):
            kw += step
        assert kw - 1 <= told.found.capacity_kw <= kw + step


def test_the_hour_that_binds_is_named_and_another_one_can_only_take_away(case33bw):
    plain = Plain33(case33bw)
    both = host_nodes(plain.hours, plain.limits, plain.nodes, ADDITION)
    first = host_nodes(plain.hours[:1], plain.limits, plain.nodes, ADDITION)
    bound = {told.found.limit: told.hour for told in both}
    assert bound[HostingLimit.VOLTAGE_HIGH] == 1  # with the least load
    for more, less in zip(first, both, strict=True):
        assert less.found.capacity_kw <= more.found.capacity_kw + 1e-9


def test_the_course_reaches_the_limit_at_the_capacity(case33bw):
    plain = Plain33(case33bw)
    for told in host_nodes(plain.hours, plain.limits, plain.nodes[1:6], ADDITION):
        at = told.course_kw.tolist().index(told.found.capacity_kw)
        assert told.limit_value[at] == pytest.approx(told.found.allowed, rel=2e-3)
        assert np.all(np.diff(told.own_pu) > 0)
        assert np.all(np.diff(told.limit_value[1:]) > 0)


def test_the_guess_is_near_what_is_found(case33bw):
    plain = Plain33(case33bw)
    hour = plain.hours[1]
    guess = estimated_kw(hour, plain.limits, plain.nodes[1:], ADDITION)
    found = [told.found.capacity_kw for told in host_nodes([hour], plain.limits, plain.nodes[1:], ADDITION)]
    assert np.abs(guess / found - 1).max() < 0.15


def test_an_hour_without_a_solution_is_named():
    point = two_buses()
    heavy = replace(point, node_p_kw=np.array([0.0, -1e7]))
    with pytest.raises(NoState, match="Hour 2 of 2"):
        host_nodes([point, heavy], limits(2), np.array([1]), ADDITION)
