"""A network with phases from the file to the rows, and to the engine's three-phase power flow."""

from pathlib import Path

import numpy as np
import pandapower as pp
import pytest

from apps.assets.adapters import AssembledNetwork, network_arrays, stored_case
from apps.assets.models import ACLineSegment, EnergyConsumer, NetworkModel, PowerTransformer
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.three_phase import ZeroSequence, solve_three_phase
from tests.factories.networks import imported
from tests.factories.villages import per_phase, village, village_file

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return village_file(tmp_path_factory.mktemp("village"))


@pytest.fixture
def model(source: Path) -> NetworkModel:
    return imported(source)


@pytest.fixture
def arrays(model: NetworkModel) -> AssembledNetwork:
    return network_arrays(model)


def test_rows_keep_each_phase_and_the_zero_sequence(model: NetworkModel) -> None:
    load = EnergyConsumer.objects.filter(model=model).order_by("index")[1]
    assert (load.p_a_kw, load.p_b_kw, load.p_c_kw) == pytest.approx((10, 15, 0))
    assert (load.q_a_kvar, load.q_b_kvar, load.q_c_kvar) == pytest.approx((0, 3, 0))
    line = ACLineSegment.objects.filter(model=model).order_by("index")[0]
    assert (line.r0_ohm, line.x0_ohm) == pytest.approx((0.24, 0.09))
    unit = PowerTransformer.objects.get(model=model)
    assert (unit.vector_group, unit.zero_short_circuit_voltage_percent) == ("Dyn", 4.0)


def test_a_stored_version_is_examined_with_its_phases(model: NetworkModel) -> None:
    case = stored_case(model)
    assert [load.p_b_kw for load in case.loads] == pytest.approx([0, 15, 5])
    assert [line.r0_ohm for line in case.lines] == pytest.approx([0.24, 0.16])
    assert case.transformers[0].vector_group == "Dyn"


def test_the_arrays_solve_to_the_phase_voltages_of_pandapower(arrays: AssembledNetwork) -> None:
    net = village()
    assert arrays.phases.are_known
    pp.runpp_3ph(net, numba=False, tolerance_mva=1e-10)
    phases = arrays.phases
    state = solve_three_phase(
        arrays.network,
        resolve(arrays.network, arrays.normal_closed),
        ZeroSequence(phases.line_r0_ohm, phases.line_x0_ohm, phases.line_b0_us),
        p_kw=phases.p_kw,
        q_kvar=phases.q_kvar,
        tap_position=arrays.normal_tap,
        source_voltage_pu=arrays.source_voltage_pu,
    )
    np.testing.assert_allclose(state.voltage_pu, per_phase(net.res_bus_3ph, "vm_{}_pu"), atol=3e-6)


def test_a_network_without_phases_says_so(network: NetworkModel) -> None:
    assert not network_arrays(network).phases.are_known
