"""Signs, units and order between the stored rows and the engine, a test for each class."""

import numpy as np
import pytest

from apps.assets.adapters import BATTERY, CONSUMER, GENERATOR, AssembledNetwork, network_arrays, profile_values
from apps.assets.models import BatteryUnit, EnergyConsumer, GeneratingUnit, NetworkModel
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.factories.grids import LOW_VOLTAGE, MEDIUM_VOLTAGE, grid
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def arrays(network: NetworkModel) -> AssembledNetwork:
    return network_arrays(network)


def node_of(arrays: AssembledNetwork, name: str) -> int:
    return arrays.nodes.name.index(name)


def test_a_consumer_takes_power_out_of_the_network(arrays: AssembledNetwork) -> None:
    at = arrays.injections.name.index("Load at Bus 2")
    assert arrays.injection.kind[at] == CONSUMER
    assert (arrays.injection.p_kw[at], arrays.injection.q_kvar[at]) == (-2000, -1000)
    assert arrays.network.injection_node[at] == node_of(arrays, "Bus 2")


def test_a_generator_puts_power_into_the_network(arrays: AssembledNetwork) -> None:
    at = arrays.injections.name.index("Generator 2 at Bus 3")
    assert arrays.injection.kind[at] == GENERATOR
    assert (arrays.injection.p_kw[at], arrays.injection.q_kvar[at]) == (800, 200)
    assert arrays.injection.rated_s_kva[at] == 1000


def test_a_discharging_battery_puts_power_into_the_network() -> None:
    arrays = network_arrays(imported(LOW_VOLTAGE))
    storages = grid(LOW_VOLTAGE).storages
    batteries = arrays.injection.kind == BATTERY
    assert batteries.sum() == len(storages) > 0
    assert list(arrays.injection.p_kw[batteries]) == [storage.p_kw for storage in storages]
    assert (arrays.injection.p_kw[batteries] > 0).all()


def test_a_capacitor_injects_reactive_power_and_a_conductance_takes_active_power(arrays: AssembledNetwork) -> None:
    shunts = arrays.network.shunts
    found = {
        arrays.nodes.name[node]: (p, q) for node, p, q in zip(shunts.node, shunts.p_kw, shunts.q_kvar, strict=True)
    }
    assert found == {"Bus 2": (0, 4000), "Bus 3": (-100, 0)}


def test_a_line_keeps_its_ohms_and_amperes(arrays: AssembledNetwork) -> None:
    lines = arrays.network.lines
    assert (lines.r_ohm[0], lines.x_ohm[0]) == pytest.approx((0.02 * 40, 0.04 * 40))
    assert lines.rated_a[0] == pytest.approx(7000 / (3**0.5 * 20))
    assert lines.rated_a[1] == 0
    assert [arrays.nodes.name[node] for node in (lines.from_node[0], lines.to_node[0])] == ["Bus 2", "Bus 3"]


def test_a_transformer_keeps_its_plate(arrays: AssembledNetwork) -> None:
    transformers = arrays.network.transformers
    assert arrays.nodes.name[transformers.high_node[0]] == "Bus 1"
    assert (transformers.high_kv[0], transformers.low_kv[0]) == pytest.approx((115.5, 20))
    assert transformers.rated_s_kva[0] == 20_000


def test_a_source_has_its_voltage(arrays: AssembledNetwork) -> None:
    assert arrays.network.source_node.tolist() == [node_of(arrays, "Bus 1")]
    assert arrays.source_voltage_pu.tolist() == [1.02]


def test_a_tie_is_an_open_switch_at_a_terminal_node_of_its_bus(arrays: AssembledNetwork) -> None:
    switches = arrays.network.switches
    assert arrays.normal_closed.tolist() == [False]
    terminal = switches.to_node[0]
    assert arrays.node.is_terminal[terminal]
    assert terminal == arrays.network.lines.from_node[2] == arrays.n_display_nodes
    assert arrays.node.bus[terminal] == switches.from_node[0] == node_of(arrays, "Bus 2")


def test_limits_and_customers_stand_at_their_nodes(arrays: AssembledNetwork) -> None:
    four = node_of(arrays, "Bus 4")
    assert (arrays.node.low_pu[four], arrays.node.high_pu[four]) == (0.95, 1.05)
    assert arrays.node.low_pu[node_of(arrays, "Bus 2")] == 0.9
    customers = dict(EnergyConsumer.objects.values_list("node__name", "customers"))
    assert arrays.node.customers[node_of(arrays, "Bus 3")] == customers["Bus 3"] > 0
    assert arrays.node.customers.sum() == sum(customers.values())


def test_the_arrays_solve_to_the_voltages_of_the_source(arrays: AssembledNetwork) -> None:
    result = PowerFlow(arrays.network, resolve(arrays.network, arrays.normal_closed)).solve(
        p_kw=arrays.injection.p_kw,
        q_kvar=arrays.injection.q_kvar,
        tap_position=arrays.normal_tap,
        source_voltage_pu=arrays.source_voltage_pu,
    )
    assert result.converged
    assert not np.isnan(result.voltage_pu[: arrays.n_display_nodes]).any()


def test_every_injection_knows_the_statistics_of_its_profile() -> None:
    arrays, profiles = network_arrays(imported(LOW_VOLTAGE)), {p.name: p for p in grid(LOW_VOLTAGE).profiles}
    for at, (kind, mrid) in enumerate(zip(arrays.injection.kind, arrays.injections.mrid, strict=True)):
        table = {CONSUMER: EnergyConsumer, GENERATOR: GeneratingUnit, BATTERY: BatteryUnit}[int(kind)]
        name = table.objects.get(mrid=mrid).profile.name
        position = arrays.injection.profile[at]
        assert arrays.profiles.name[position] == name
        assert arrays.profiles.mean_p[position] == pytest.approx(profiles[name].p.mean(), rel=1e-4)
        assert arrays.profiles.std_q[position] == pytest.approx(profiles[name].q.std(), rel=1e-3, abs=1e-6)


def test_an_injection_without_a_profile_says_so(arrays: AssembledNetwork) -> None:
    assert set(arrays.injection.profile.tolist()) == {-1}


def test_profile_values_stand_in_the_order_of_their_statistics() -> None:
    model = imported(LOW_VOLTAGE)
    values, profiles = profile_values(model), {p.name: p for p in grid(LOW_VOLTAGE).profiles}
    assert values is not None
    assert values.name == network_arrays(model).profiles.name
    assert (values.step_s, values.start_at.isoformat()) == (900, "2015-12-31T23:00:00+00:00")
    for i, name in enumerate(values.name):
        assert np.array_equal(values.p[i], profiles[name].p)
        assert np.array_equal(values.q[i], profiles[name].q)


def test_a_network_without_profiles_has_no_values(network: NetworkModel) -> None:
    assert profile_values(network) is None


def test_the_arrays_are_read_in_few_queries(django_assert_max_num_queries) -> None:
    model = imported(MEDIUM_VOLTAGE)
    with django_assert_max_num_queries(13):  # one a table, and one for the phases of loads and plants
        arrays = network_arrays(model)
    assert arrays.nodes.position[arrays.nodes.mrid[5]] == 5
