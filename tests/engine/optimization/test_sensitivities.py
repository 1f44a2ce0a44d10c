"""Sensitivities against finite differences of the full power flow; prices against what is known."""

import numpy as np
import pandapower.networks as pn
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.optimization.explain import Elastic, explain
from gridops.engine.optimization.point import Points, Setting, branch_loading
from gridops.engine.optimization.sensitivities import (
    Offers,
    cheapest_relief,
    loading_rows,
    voltage_rows,
)
from gridops.engine.optimization.solver import Program
from tests.engine.networks import read

INJECTION, KW = 9, 20.0


@pytest.fixture(scope="module")
def here():
    grid = read(pn.create_cigre_network_mv(with_der="all"))
    topology = resolve(grid.network, grid.switch_closed)
    points = Points(Setting(grid.network, topology, grid.tap_position, grid.source_voltage_pu))
    return grid, points, points.at(grid.p_kw, grid.q_kvar)


def differences(here, what, kvar=False):
    grid, points, _ = here
    change = np.zeros(len(grid.p_kw))
    change[INJECTION] = KW
    both = [points.at(grid.p_kw + way * change * (not kvar), grid.q_kvar + way * change * kvar) for way in (1, -1)]
    return (what(both[0]) - what(both[1])) / (2 * KW)


def bus_of(here):
    grid, points, _ = here
    return int(points.compiled.live_bus_of_node[grid.network.injection_node[INJECTION]])


@pytest.mark.parametrize("kvar", [False, True])
def test_voltages_and_loadings_follow_their_rows(here, kvar):
    *_, point = here
    volts = voltage_rows(point, np.arange(point.compiled.n_buses))
    loads = loading_rows(point, np.arange(point.n_branches))
    bus = bus_of(here)
    of_volts, of_loads = (rows.by_kvar if kvar else rows.by_kw for rows in (volts, loads))
    assert of_volts[:, bus] == pytest.approx(differences(here, lambda p: np.abs(p.voltage), kvar), abs=1e-9)
    assert of_loads[:, bus] == pytest.approx(differences(here, branch_loading, kvar), abs=2e-6)


def test_relief_takes_the_cheaper_offer_first_and_is_worth_what_the_last_one_costs(here):
    *_, point = here
    bus = bus_of(here)
    rows = voltage_rows(point, np.array([bus], np.int32))
    offers = Offers(np.array([bus, bus], np.int32), np.zeros(2), np.array([10.0, 1000.0]), np.array([1.0, 5.0]))
    needed = 50.0 * rows.by_kw[0, bus]
    relief = cheapest_relief(rows, low=np.array([-np.inf]), high=np.array([-needed]), offers=offers)
    assert relief.change_kw == pytest.approx([-10.0, -40.0])
    assert relief.bus_worth[bus] == pytest.approx(-5.0)


def test_relief_that_no_offer_can_give_is_a_result(here):
    *_, point = here
    rows = voltage_rows(point, np.array([bus_of(here)], np.int32))
    none = Offers(np.array([bus_of(here)], np.int32), np.zeros(1), np.zeros(1), np.ones(1))
    relief = cheapest_relief(rows, low=np.array([-np.inf]), high=np.array([-0.01]), offers=none)
    assert not relief.solved.ok and relief.solved.reason


def shortage(supply, demand):
    return Program.of(
        cost=np.zeros(1),
        lower=np.zeros(1),
        upper=np.array([supply]),
        matrix=np.ones((1, 1)),
        row_lower=np.array([demand]),
        row_upper=np.array([np.inf]),
    )


def elastic(kind, price, most=np.inf):
    return Elastic(kind, "Market Square", "at 18:00", "kW", price, np.array([0]), np.ones(1), most)


def test_the_cheapest_way_out_uses_the_cheap_one_up_before_the_dear_one():
    found = explain(shortage(5.0, 12.0), [elastic("load", 10.0), elastic("battery", 1.0, most=3.0)])
    assert {given.elastic.kind: given.amount for given in found.cheapest} == pytest.approx(
        {"load": 4.0, "battery": 3.0}
    )
    assert found.alone["battery"] is None
    assert [given.amount for given in found.alone["load"]] == pytest.approx([7.0])
    told = " ".join(found.sentences())
    assert "load at Market Square at 18:00: 4 kW" in told and "Only by battery: not enough" in told


def test_nothing_has_to_give_where_all_limits_hold():
    found = explain(shortage(5.0, 4.0), [elastic("load", 10.0)])
    assert found.is_feasible and not found.sentences()


def test_it_is_said_when_no_relaxation_is_enough():
    found = explain(shortage(5.0, 12.0), [elastic("battery", 1.0, most=3.0)])
    assert found.sentences() == ("No relaxation of what may give way is enough.",)
