import math

import numpy as np
import pytest

from gridops.cases import CaseError
from gridops.cases.case import GeneratorKind, Profile, SwitchKind
from tests.cases.nets import bus, case, codes, line, trafo, two_buses


def test_a_line_in_ohms_microsiemens_and_amperes() -> None:
    found = case(two_buses()).lines[0]
    assert (found.r_ohm, found.x_ohm, found.rated_a) == pytest.approx((0.2, 0.4, 300.0))
    assert found.b_us == pytest.approx(2 * math.pi * 50 * 100e-9 * 2 * 1e6)


def test_parallel_lines_are_one_of_half_the_impedance_and_twice_the_rating() -> None:
    found = case(two_buses(line=[line(parallel=2)])).lines[0]
    assert (found.r_ohm, found.x_ohm, found.rated_a) == pytest.approx((0.1, 0.2, 600.0))
    assert found.b_us == pytest.approx(2 * case(two_buses()).lines[0].b_us)


def test_parallel_transformers_share_their_losses() -> None:
    net = two_buses(bus=[bus("A", kv=110.0), bus("B")], trafo=[trafo(parallel=2)], line=[])
    found = case(net).transformers[0]
    assert found.rated_s_kva == 20_000
    assert found.copper_loss_kw == pytest.approx(2 * 0.005 * 10_000)
    assert found.iron_loss_kw == 16
    assert (found.phase_shift_deg, found.tap_position, found.tap_step_percent) == (150, 2, 1.5)


def test_a_tap_changer_without_a_type_is_taken() -> None:
    net = two_buses(bus=[bus("A", kv=110.0), bus("B")], trafo=[trafo(tap_changer_type=None)], line=[])
    assert case(net).transformers[0].tap_position == 2


def test_a_transformer_without_a_tap_changer_has_none() -> None:
    net = two_buses(bus=[bus("A", kv=110.0), bus("B")], trafo=[trafo(tap_side=None)], line=[])
    found = case(net).transformers[0]
    assert (found.tap_step_percent, found.tap_min, found.tap_max, found.is_regulating) == (0, 0, 0, False)


def test_a_switch_at_the_end_of_a_line_gets_a_terminal_node() -> None:
    switches = [{"bus": 1, "element": 0, "et": "l", "type": "LS", "closed": False, "name": "S"}]
    found = case(two_buses(switch=switches))
    terminal = found.nodes[-1]
    assert terminal.is_terminal
    assert not any(node.is_terminal for node in found.nodes[:-1])
    assert found.lines[0].to_node == found.switches[0].to_node == terminal.mrid
    assert found.switches[0].from_node == found.nodes[1].mrid
    assert found.switches[0].kind is SwitchKind.DISCONNECTOR


def test_two_switches_at_one_end_stand_in_series() -> None:
    switches = [
        {"bus": 1, "element": 0, "et": "l", "type": kind, "closed": closed, "name": kind}
        for kind, closed in (("CB", True), ("DS", False))
    ]
    found = case(two_buses(switch=switches))
    assert found.switches[0].to_node == found.switches[1].from_node
    assert found.lines[0].to_node == found.switches[1].to_node
    assert "island" in codes(found)


def test_a_line_out_of_service_hangs_on_an_open_switch() -> None:
    found = case(two_buses(line=[line(), line(name="Tie", in_service=False)]))
    assert [switch.closed for switch in found.switches] == [False]
    assert found.lines[1].from_node == found.switches[0].to_node
    assert "out-of-service" in codes(found)


def test_a_storage_that_charges_in_pandapower_takes_power_here() -> None:
    storages = [{"bus": 1, "name": "Battery", "p_mw": 0.4, "q_mvar": 0.1, "max_e_mwh": 1.0, "sn_mva": 0.5}]
    found = case(two_buses(storage=storages)).storages[0]
    assert (found.p_kw, found.q_kvar, found.capacity_kwh) == pytest.approx((-400, -100, 1000))


def test_a_generator_that_holds_a_voltage_is_imported_with_a_fixed_power_and_that_is_said() -> None:
    found = case(two_buses(gen=[{"bus": 1, "name": "G", "p_mw": 2.0, "vm_pu": 1.01, "slack": False}]))
    assert (found.generators[0].p_kw, found.generators[0].q_kvar) == (2000, 0)
    assert "voltage-control" in codes(found)


def test_a_generator_with_the_reference_feeds_a_network_without_an_external_grid() -> None:
    found = case(two_buses(ext_grid=[], gen=[{"bus": 0, "name": "G", "p_mw": 0.0, "vm_pu": 1.03, "slack": True}]))
    assert [source.voltage_pu for source in found.sources] == [1.03]
    assert found.generators == ()


def test_a_solar_plant_that_feeds_at_night_is_none_and_that_is_said() -> None:
    noon = np.where(np.arange(24) % 24 == 12, 1.0, 0.0).astype(np.float32)
    profiles = [
        Profile("generation/sun", 3600, "2016-01-01T00:00:00+00:00", noon, noon),
        Profile("generation/mix", 3600, "2016-01-01T00:00:00+00:00", noon + 1, noon + 1),
    ]
    plants = [
        {"bus": 1, "name": kind + name, "p_mw": 1.0, "type": kind, "profile": name}
        for kind, name in (("PV", "sun"), ("PV", "mix"), ("Wind", "mix"))
    ]
    found = case(two_buses(sgen=plants), profiles=profiles)
    assert [plant.kind for plant in found.generators] == [
        GeneratorKind.PHOTOVOLTAIC,
        GeneratorKind.THERMAL,
        GeneratorKind.WIND,
    ]
    assert [one.element for one in found.problems if one.code == "mixed-plants"] == ["generation/mix"]


def test_a_shunt_is_referred_to_the_voltage_of_its_bus() -> None:
    found = case(two_buses(shunt=[{"bus": 1, "name": "C", "p_mw": 0.0, "q_mvar": -1.0, "step": 2, "vn_kv": 10.0}]))
    assert found.shunts[0].q_kvar == pytest.approx(-2 * 1000 * 4)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("PV_MV", GeneratorKind.PHOTOVOLTAIC),
        ("lv_RES", GeneratorKind.PHOTOVOLTAIC),
        ("Wind", GeneratorKind.WIND),
        ("Hydro_MV", GeneratorKind.HYDRO),
        ("Biomass_MV", GeneratorKind.THERMAL),
    ],
)
def test_the_kind_of_a_generator_comes_from_its_type(text: str, kind: GeneratorKind) -> None:
    found = case(two_buses(sgen=[{"bus": 1, "name": "G", "p_mw": 1.0, "type": text}]))
    assert found.generators[0].kind is kind


def test_what_is_out_of_service_is_left_out() -> None:
    loads = [{"bus": 1, "name": name, "p_mw": 1.0, "in_service": on} for name, on in (("on", True), ("off", False))]
    assert [load.name for load in case(two_buses(load=loads)).loads] == ["on"]


def test_a_network_with_a_three_winding_transformer_is_refused() -> None:
    net = two_buses()
    with pytest.raises(CaseError, match="three-winding"):
        case({**net, "trafo3w": net["line"]})


def test_elements_are_the_same_in_every_reading_and_different_among_themselves() -> None:
    first, second = case(two_buses()), case(two_buses())
    mrids = [node.mrid for node in first.nodes] + [first.lines[0].mrid, first.sources[0].mrid]
    assert mrids == [node.mrid for node in second.nodes] + [second.lines[0].mrid, second.sources[0].mrid]
    assert len(set(mrids)) == len(mrids)
