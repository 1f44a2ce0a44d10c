"""Draws of meters around a solved unbalanced feeder, estimated again."""

from dataclasses import replace

import numpy as np
import pytest

from gridops.engine.estimation.three_phase import PhaseMeasurements, estimate_three_phase
from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.three_phase import ZeroSequence, solve_three_phase

DRAWS = 40
METERS = np.array([1, 4], np.int32)
SIGMA_PU, SIGMA_KW = 0.004, 0.8
TAPS, SOURCE = np.array([0]), np.array([1.02])


def ints(*values):
    return np.array(values, np.int32)


def feeder():
    """20 kV, a Dyn5 transformer, three cables with a branch; one, two and three-phase loads."""
    nothing = np.zeros(0)
    unit = {"rated_s_kva": 400.0, "high_kv": 20.0, "low_kv": 0.4, "short_circuit_voltage_percent": 4.0,
            "copper_loss_kw": 5.0, "iron_loss_kw": 0.0, "no_load_current_percent": 0.0, "phase_shift_deg": 150.0,
            "tap_step_percent": 2.5}  # fmt: skip
    ohm = np.array([0.06, 0.04, 0.08])
    return Network(
        nominal_kv=np.array([20.0, 0.4, 0.4, 0.4, 0.4]),
        lines=Lines(ints(1, 2, 2), ints(2, 3, 4), ohm, 0.4 * ohm, np.full(3, 20.0), np.full(3, 270.0)),
        transformers=Transformers(
            high_node=ints(0), low_node=ints(1), tap_on_high_side=np.array([True]), tap_neutral=ints(0),
            tap_min=ints(-2), tap_max=ints(2), **{name: np.array([value]) for name, value in unit.items()},
        ),
        switches=Switches(ints(), ints()), shunts=Shunts(ints(), nothing, nothing),
        source_node=ints(0), injection_node=ints(2, 3, 4),
    )  # fmt: skip


@pytest.fixture(scope="module")
def truth():
    network = feeder()
    ohm = network.lines.r_ohm
    zero = ZeroSequence(4 * ohm, 1.5 * ohm, np.full(3, 8.0))
    p = -np.array([[20.0, 0.0, 0.0], [10.0, 15.0, 0.0], [5.0, 5.0, 12.0]])
    q = 0.2 * p
    topology = resolve(network, np.zeros(0, bool))
    state = solve_three_phase(network, topology, zero, p_kw=p, q_kvar=q, tap_position=TAPS, source_voltage_pu=SOURCE)
    assert state.converged
    assert np.ptp(state.voltage_pu[4]) > 0.01
    return network, topology, zero, p, q, state


def meters(truth, draw=None):
    """Exact readings, or noisy ones."""
    *_, p, q, state = truth
    voltage = state.voltage_pu[METERS]
    error = draw.standard_normal if draw else np.zeros
    sigma = np.full(p.shape, SIGMA_KW)
    return PhaseMeasurements(
        METERS, voltage + SIGMA_PU * error(voltage.shape), np.full(voltage.shape, SIGMA_PU),
        ints(0, 1, 2), p + SIGMA_KW * error(p.shape), q + SIGMA_KW * error(q.shape), sigma, sigma,
    )  # fmt: skip


def estimated(truth, given):
    network, topology, zero = truth[:3]
    return estimate_three_phase(network, topology, zero, given, tap_position=TAPS, source_voltage_pu=np.ones(1))


def test_exact_meters_give_back_the_state(truth):
    found = estimated(truth, meters(truth))
    assert found.state.converged
    np.testing.assert_allclose(found.state.voltage_pu, truth[-1].voltage_pu, atol=1e-6)
    assert found.objective == pytest.approx(0, abs=1e-4)
    assert found.degrees_of_freedom == 2 * 3 - 1


@pytest.fixture(scope="module")
def drawn(truth):
    draw = np.random.default_rng(7)
    return [estimated(truth, meters(truth, draw)) for _ in range(DRAWS)]


def test_errors_of_the_phase_voltages_are_as_large_as_predicted(truth, drawn):
    off = np.array([(one.state.voltage_pu - truth[-1].voltage_pu) / one.sigma_pu for one in drawn])
    assert 0.8 < np.sqrt((off**2).mean()) < 1.2
    assert (np.abs(off) < 3).mean() > 0.98
    assert np.all(np.abs(off.mean(axis=0)) < 4 / np.sqrt(DRAWS))


def test_the_estimate_is_surer_than_one_meter(drawn):
    assert all((one.sigma_pu[METERS] < SIGMA_PU).all() for one in drawn)


def test_the_objective_is_as_large_as_its_degrees_of_freedom(drawn):
    mean = np.mean([one.objective for one in drawn])
    free = drawn[0].degrees_of_freedom
    assert abs(mean - free) < 4 * np.sqrt(2 * free / DRAWS)


def test_without_a_voltage_it_says_what_is_missing(truth):
    none = np.zeros((0, 3))
    found = estimated(truth, replace(meters(truth), voltage_node=ints(), voltage_pu=none, voltage_sigma_pu=none))
    assert "voltage measurement" in found.state.reason
    assert np.isnan(found.sigma_pu).all()
    assert np.isnan(found.state.voltage_pu).all()


def test_a_load_without_powers_is_told_by_its_node(truth):
    given = meters(truth)
    names = ("injection", "p_kw", "q_kvar", "sigma_p_kw", "sigma_q_kvar")
    found = estimated(truth, replace(given, **{name: getattr(given, name)[:2] for name in names}))
    assert "1 energised injections" in found.state.reason
    assert "node 4" in found.state.reason


def test_a_sigma_of_zero_is_refused_by_name(truth):
    given = meters(truth)
    with pytest.raises(ValueError, match="voltage_sigma_pu"):
        estimated(truth, replace(given, voltage_sigma_pu=0 * given.voltage_sigma_pu))
