"""Strength where inverters stand, inertia of what is connected, and curves that hold a voltage."""

import numpy as np
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.security.short_circuit import Infeed
from gridops.engine.security.zones import OperatingPoint
from gridops.engine.stability.reactive import Inverters, volt_var_shares
from gridops.engine.stability.strength import Strength, Tie, inertia, short_circuit_ratios
from tests.engine.small import closed, ints, network

GRID = network(4, [(0, 1), (1, 2), (2, 3)])
TOPOLOGY = resolve(GRID, closed())


def test_only_what_turns_or_forms_brings_inertia() -> None:
    found = inertia(
        np.array([4.0, 3.0, 5.0]),
        np.array([1_000.0, 2_000.0, 100.0]),
        [Tie.SYNCHRONOUS, Tie.FOLLOWING, Tie.FORMING],
        np.array([[1.0, 1.0, 1.0], [0.0, 1.0, 1.0]]),
        np.array([100.0, 100.0]),
    )
    assert found.synchronous_kws.tolist() == [4_000.0, 0.0]
    assert found.forming_kws.tolist() == [500.0, 500.0]
    assert found.needed_kws.tolist() == pytest.approx([2_500.0] * 2)
    assert found.total_kws.tolist() == [4_500.0, 500.0]


def test_strength_falls_along_the_line_and_counts_all_inverters_of_a_node() -> None:
    infeed = Infeed(np.array([50.0]), np.array([0.1]))
    nodes = ints(1, 3, 3)
    found = short_circuit_ratios(GRID, TOPOLOGY, nodes, np.array([1_000.0, 10_000.0, 10_000.0]), infeed=infeed)
    assert found.power_mva[0] > found.power_mva[1] == found.power_mva[2]
    source = 10.0**2 / 50.0 * np.array([0.1, 1.0]) / np.hypot(0.1, 1.0)
    line = 1 + 0.004 * 60
    impedance = np.hypot(source[0] + 3 * 0.3 * line, source[1] + 3 * 0.2)
    assert found.power_mva[1] == pytest.approx(10.0**2 / impedance, rel=1e-3)
    assert found.ratio[1] == pytest.approx(found.power_mva[1] * 1e3 / 20_000)
    assert found.strength[0] is Strength.STRONG


def test_a_dead_node_has_no_strength() -> None:
    grid = network(3, [(0, 1)])
    found = short_circuit_ratios(
        grid, resolve(grid, closed()), ints(2), np.array([100.0]), infeed=Infeed(np.array([50.0]), np.array([0.1]))
    )
    assert found.strength == (Strength.DEAD,)


def before(load_kw: float) -> OperatingPoint:
    p = np.array([0.0, -load_kw, 2_000.0, -load_kw])
    return OperatingPoint(GRID, TOPOLOGY, p, 0.3 * np.minimum(p, 0.0), ints(), np.ones(1), np.zeros(1))


LOST = np.array([0.0, 0.0, 2_000.0, 0.0])


def test_curves_hold_the_drop_that_is_allowed_by_power_flow() -> None:
    inverters = Inverters(ints(3), np.array([2_000.0]), np.array([2_000.0]))
    found = volt_var_shares(before(1_500.0), LOST, np.zeros(4), inverters, allowed_drop_pu=0.012)
    assert found.worst_drop_pu > 0.012
    assert found.holds, found.reason
    assert 0 < found.share[0] <= 1
    assert found.worst_drop_with_pu <= 0.012


def test_a_small_inverter_helps_and_does_not_claim_to_hold() -> None:
    inverters = Inverters(ints(3), np.array([50.0]), np.array([50.0]))
    found = volt_var_shares(before(1_500.0), LOST, np.zeros(4), inverters, allowed_drop_pu=0.005)
    assert not found.holds
    assert found.worst_drop_with_pu < found.worst_drop_pu
    assert "cannot hold" in found.reason


def test_where_nothing_sinks_nothing_is_set() -> None:
    inverters = Inverters(ints(3), np.array([500.0]), np.array([500.0]))
    found = volt_var_shares(before(100.0), np.zeros(4), np.zeros(4), inverters, allowed_drop_pu=0.01)
    assert found.holds
    assert found.share.tolist() == [0.0]
