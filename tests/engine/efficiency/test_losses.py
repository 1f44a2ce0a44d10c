"""Losses against the power flow's own balance, and balances against figures made by hand."""

import numpy as np
import pytest

from gridops.engine.efficiency.losses import (
    Accuracy,
    energy_balance,
    flow_course,
    losses_of_loadings,
    losses_of_state,
)
from gridops.engine.efficiency.losses_parts import balance_parts, fed_into, technical_of
from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.powerflow.solver import PowerFlow

NONE = np.zeros(0, np.int32)
LOAD_KW, LOAD_KVAR = np.array([[60.0, 25.0]]), np.array([[20.0, 8.0]])


def one(value: float) -> np.ndarray:
    return np.array([value])


def feeder() -> Network:
    """Source, transformer 10/0.4 kV, a line, two loads: nodes 0 high, 1 low, 2 end."""
    return Network(
        nominal_kv=np.array([10.0, 0.4, 0.4]),
        lines=Lines(np.array([1], np.int32), np.array([2], np.int32), one(0.05), one(0.02), one(0.0), one(200.0)),
        transformers=Transformers(
            np.array([0], np.int32), np.array([1], np.int32), one(160.0), one(10.0), one(0.4), one(4.0), one(2.35),
            one(0.46), one(0.3), one(150.0), np.array([True]), *(np.zeros(1, np.int32) for _ in range(3)), one(0.0),
        ),
        switches=Switches(NONE, NONE),
        shunts=Shunts(NONE, np.zeros(0), np.zeros(0)),
        source_node=np.array([0], np.int32),
        injection_node=np.array([2, 1], np.int32),
    )  # fmt: skip


@pytest.fixture
def topology() -> Topology:
    return resolve(feeder(), np.zeros(0, np.bool_))


def state(topology: Topology):  # type: ignore[no-untyped-def]
    flow = PowerFlow(feeder(), topology)
    return flow.solve(
        p_kw=-LOAD_KW[0], q_kvar=-LOAD_KVAR[0], tap_position=np.zeros(1, np.int32), source_voltage_pu=np.ones(1)
    )


def test_parts_of_losses_add_up_to_what_the_power_flow_does_not_deliver(topology: Topology) -> None:
    solved = state(topology)
    found = losses_of_state(feeder(), solved)
    assert float(found.total_kw) == pytest.approx(solved.source_p_kw.sum() - LOAD_KW.sum(), rel=1e-6)
    assert found.transformer_no_load_kw == pytest.approx([0.46], rel=1e-9)


def test_losses_from_loadings_agree_with_the_power_flow(topology: Topology) -> None:
    solved = state(topology)
    found = losses_of_loadings(
        feeder(),
        line_loading=solved.line_loading,
        transformer_loading=solved.transformer_loading,
        voltage_pu=solved.voltage_pu[[0]],
    )
    assert float(found.total_kw) == pytest.approx(solved.losses_kw, rel=0.02)
    assert found.line_kw == pytest.approx(losses_of_state(feeder(), solved).line_kw, rel=1e-3)


def test_a_line_without_a_rating_has_no_known_loss(topology: Topology) -> None:
    network = feeder()
    network.lines.rated_a[0] = 0.0
    found = losses_of_loadings(network, line_loading=one(np.nan), transformer_loading=one(0.5), voltage_pu=one(1.0))
    assert np.isnan(found.line_kw[0])
    assert float(found.total_kw) == pytest.approx(0.46 + 2.35 / 4)


def test_an_hour_that_does_not_converge_is_unknown_and_named(topology: Topology) -> None:
    p = np.concatenate([-LOAD_KW, -1e5 * LOAD_KW])
    course = flow_course(
        feeder(), topology, p_kw=p, q_kvar=0 * p, tap_position=np.zeros(1, np.int32), source_voltage_pu=np.ones(1)
    )
    assert course.failed.tolist() == [1]
    assert course.reason
    assert np.isnan(course.losses.line_kw[1]).all()
    assert np.isfinite(course.losses.line_kw[0]).all()


def test_a_metered_transformer_parts_the_network(topology: Topology) -> None:
    parts = balance_parts(feeder(), topology, transformer_metered=np.array([True]), source_metered=np.array([True]))
    low, high = parts.of_node[1], parts.of_node[0]
    fed = fed_into(parts, transformer_kwh=np.array([[90.0]]), source_kwh=np.array([[93.0]]))
    assert (fed[0, low], fed[0, high]) == (90.0, 3.0)
    technical = technical_of(parts, line_kwh=np.array([[2.0]]), transformer_kwh=np.array([[1.0]]))
    assert (technical[0, low], technical[0, high]) == (2.0, 1.0)


def test_a_part_whose_way_in_is_not_metered_has_no_balance(topology: Topology) -> None:
    parts = balance_parts(feeder(), topology, transformer_metered=np.array([True]), source_metered=np.array([False]))
    fed = fed_into(parts, transformer_kwh=np.array([[90.0]]), source_kwh=np.array([[np.nan]]))
    assert np.isnan(fed[0, parts.of_node[0]])


def test_what_is_unexplained_lies_in_its_band_as_often_as_promised() -> None:
    generator, exact, inside = np.random.default_rng(5), Accuracy(), 0
    truth = generator.uniform(0.2, 2.0, (500, 30))
    for _ in range(400):
        meters = truth * (1 + exact.meter_constant * generator.standard_normal(30))
        meters *= 1 + exact.meter_hourly * generator.standard_normal(truth.shape)
        fed = (truth.sum(axis=1) + 1.0) * (1 + exact.fed_constant * generator.standard_normal())
        fed *= 1 + exact.fed_hourly * generator.standard_normal(500)
        told = np.full(500, 1.0) * (1 + exact.technical * generator.standard_normal())
        found = energy_balance(fed_kwh=fed, metered_kwh=meters, technical_kwh=told)
        inside += found.low_kwh <= 0.0 <= found.high_kwh
    assert 0.85 <= inside / 400 <= 0.95


def test_hours_without_a_feed_are_left_out() -> None:
    found = energy_balance(
        fed_kwh=np.array([10.0, np.nan]), metered_kwh=np.array([[8.0], [9.0]]), technical_kwh=np.array([1.0, 1.0])
    )
    assert (found.hours, found.metered_kwh, found.unexplained_kwh) == (1, 8.0, 1.0)
