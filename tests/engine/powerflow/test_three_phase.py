import numpy as np
import pandapower as pp
import pandapower.networks as pn
import pytest

from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.three_phase import ZeroSequence, solve_three_phase
from tests.engine.networks import read
from tests.factories.villages import NO_MAGNETISING_PERCENT, PHASES, STIFF_MVA, per_phase, village

SAME_PU = 3e-6  # pandapower iterates between the sequences and stops a little sooner


def european_low_voltage():
    """IEEE's European low-voltage test feeder, 907 nodes, one load on one phase at each of 55."""
    net = pn.ieee_european_lv_asymmetric()
    net.ext_grid["s_sc_max_mva"] = STIFF_MVA
    net.trafo["mag0_percent"] = NO_MAGNETISING_PERCENT
    return net


@pytest.fixture(scope="module", params=[european_low_voltage, village], ids=lambda made: made.__name__)
def solved(request):
    net = request.param()
    grid = read(net)
    pp.runpp_3ph(net, numba=False, tolerance_mva=1e-10)
    loads = net.asymmetric_load
    network = grid.network
    network = type(network)(
        network.nominal_kv, network.lines, network.transformers, network.switches, network.shunts,
        network.source_node, loads.bus.to_numpy(np.int32),
    )  # fmt: skip
    powers = [-1e3 * np.stack([loads[f"{name}_{phase}_{unit}"] for phase in PHASES], axis=1)
              for name, unit in (("p", "mw"), ("q", "mvar"))]  # fmt: skip
    length = net.line.length_km
    zero = ZeroSequence(
        (net.line.r0_ohm_per_km * length).to_numpy(float),
        (net.line.x0_ohm_per_km * length).to_numpy(float),
        (2 * np.pi * 50 * net.line.c0_nf_per_km * 1e-3 * length).to_numpy(float),
    )
    state = solve_three_phase(
        network, resolve(network, grid.switch_closed), zero, p_kw=powers[0], q_kvar=powers[1],
        tap_position=grid.tap_position, source_voltage_pu=grid.source_voltage_pu,
    )  # fmt: skip
    return net, network, powers, zero, grid, state


def test_phase_voltages_equal_pandapower(solved):
    net, _, _, _, _, state = solved
    assert state.converged
    np.testing.assert_allclose(state.voltage_pu, per_phase(net.res_bus_3ph, "vm_{}_pu"), atol=SAME_PU)
    off = state.angle_deg - per_phase(net.res_bus_3ph, "va_{}_degree")
    np.testing.assert_allclose((off + 180) % 360 - 180, 0, atol=1e-3)


def test_phase_flows_equal_pandapower(solved):
    net, _, _, _, _, state = solved
    np.testing.assert_allclose(state.line_p_from_kw, 1e3 * per_phase(net.res_line_3ph, "p_{}_from_mw"), atol=5e-3)
    np.testing.assert_allclose(state.line_i_to_a, 1e3 * per_phase(net.res_line_3ph, "i_{}_to_ka"), atol=1e-2)


def test_unbalance_is_that_of_pandapower(solved):
    net, _, _, _, _, state = solved
    np.testing.assert_allclose(100 * state.voltage_unbalance, net.res_bus_3ph.unbalance_percent, atol=1e-3)


def test_what_goes_in_is_consumed_or_lost_in_every_phase_together(solved):
    _, _, powers, _, _, state = solved
    parts = (state.line_p_from_kw, state.line_p_to_kw, state.transformer_p_high_kw, state.transformer_p_low_kw)
    assert state.source_p_kw.sum() + powers[0].sum() == pytest.approx(sum(part.sum() for part in parts), abs=1e-3)


def test_too_much_load_is_said_in_words(solved):
    _, network, powers, zero, grid, _ = solved
    failed = solve_three_phase(
        network, resolve(network, grid.switch_closed), zero, p_kw=1e5 * powers[0], q_kvar=powers[1],
        tap_position=grid.tap_position, source_voltage_pu=grid.source_voltage_pu,
    )  # fmt: skip
    assert not failed.converged
    assert failed.reason
    assert np.isnan(failed.voltage_pu).all()


def test_powers_of_one_phase_are_refused(solved):
    _, network, powers, zero, grid, _ = solved
    with pytest.raises(ValueError, match="are needed"):
        solve_three_phase(
            network, resolve(network, grid.switch_closed), zero, p_kw=powers[0][:, 0], q_kvar=powers[1],
            tap_position=grid.tap_position, source_voltage_pu=grid.source_voltage_pu,
        )  # fmt: skip
