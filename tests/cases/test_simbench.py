from collections import Counter

import numpy as np
import pytest
import simbench

from gridops.cases import CaseError, read
from gridops.cases.case import GeneratorKind, SwitchKind
from gridops.cases.simbench_source import drop_stand_ins
from tests.cases.source import source_net
from tests.factories.grids import LOW_VOLTAGE, MEDIUM_VOLTAGE, cache_dir, grid


def test_every_element_is_there() -> None:
    net, case = source_net("1-MV-urban--1-sw"), grid(MEDIUM_VOLTAGE)
    ends = int((net.switch.et != "b").sum())
    assert len(case.nodes) == len(net.bus) + ends
    assert sum(node.is_terminal for node in case.nodes) == ends
    assert len(case.switches) == len(net.switch)
    assert sum(not switch.closed for switch in case.switches) == int((~net.switch.closed).sum())
    assert [len(case.lines), len(case.transformers)] == [len(net.line), len(net.trafo)]
    assert [len(case.loads), len(case.generators)] == [len(net.load), len(net.sgen)]
    assert len(case.storages) == len(net.storage)


def test_a_terminal_node_joins_one_branch_and_one_switch() -> None:
    case = grid(MEDIUM_VOLTAGE)
    terminals = {node.mrid for node in case.nodes if node.is_terminal}
    ends = [end for line in case.lines for end in (line.from_node, line.to_node)]
    ends += [end for t in case.transformers for end in (t.high_node, t.low_node)]
    joined = [switch.to_node for switch in case.switches if switch.to_node in terminals]
    assert sorted(joined) == sorted(terminals) == sorted(end for end in ends if end in terminals)


def test_kinds_come_from_the_texts_of_the_source() -> None:
    case = grid(MEDIUM_VOLTAGE)
    net = source_net("1-MV-urban--1-sw")
    expected = net.switch.type.value_counts()
    counts = Counter(switch.kind for switch in case.switches)
    assert counts[SwitchKind.BREAKER] == expected["CB"]
    assert counts[SwitchKind.LOAD_BREAK_SWITCH] == expected["LBS"]
    assert counts[SwitchKind.DISCONNECTOR] == len(case.switches) - expected["CB"] - expected["LBS"] > 0
    kinds = [unit.kind for unit in case.generators]
    assert kinds.count(GeneratorKind.HYDRO) == 1
    assert kinds.count(GeneratorKind.PHOTOVOLTAIC) == len(kinds) - 1


def test_power_is_the_elements_power_times_its_profile() -> None:
    net, case = source_net("1-LV-rural1--1-sw"), grid(LOW_VOLTAGE)
    absolute = simbench.get_absolute_values(net, profiles_instead_of_study_cases=True)
    profiles = {profile.name: profile for profile in case.profiles}
    for elements, table, sign in (
        (case.loads, "load", 1),
        (case.generators, "sgen", 1),
        (case.storages, "storage", -1),
    ):
        expected = absolute[table, "p_mw"].to_numpy() * 1e3
        found = np.stack([element.p_kw * profiles[element.profile].p for element in elements], axis=1)
        assert found == pytest.approx(sign * expected, abs=1e-5)
    reactive = np.stack([load.q_kvar * profiles[load.profile].q for load in case.loads], axis=1)
    assert reactive == pytest.approx(absolute["load", "q_mvar"].to_numpy() * 1e3, abs=1e-5)


def test_only_profiles_in_use_are_kept() -> None:
    case = grid(LOW_VOLTAGE)
    used = {element.profile for element in (*case.loads, *case.generators, *case.storages)}
    assert {profile.name for profile in case.profiles} == used
    assert {len(profile.p) for profile in case.profiles} == {366 * 96}


def test_a_household_is_one_customer_and_a_heat_pump_none() -> None:
    by_class = {load.profile: load.customers for load in grid(LOW_VOLTAGE).loads}
    assert by_class["load/H0-A"] == 1
    assert by_class["load/Soil_Alternative_2"] == 0


def test_a_whole_street_in_one_load_is_many_customers_and_marked_as_derived() -> None:
    load = next(load for load in grid(MEDIUM_VOLTAGE).loads if load.profile == "load/lv_urban6")
    assert 50 < load.customers < 500
    assert load.customers_derived


def test_coordinates_limits_and_licence_are_the_sources() -> None:
    case = grid(MEDIUM_VOLTAGE)
    assert not case.schematic
    assert all(11.34 < node.longitude < 11.40 and 53.61 < node.latitude < 53.67 for node in case.nodes)
    assert {(node.low_pu, node.high_pu) for node in case.nodes if node.nominal_kv == 10} == {(0.965, 1.055)}
    assert "ODbL" in case.licence


def test_transformers_into_medium_voltage_regulate() -> None:
    assert all(t.is_regulating and t.target_pu > 1 and t.tap_max > t.tap_min for t in grid(MEDIUM_VOLTAGE).transformers)
    assert not any(t.is_regulating for t in grid(LOW_VOLTAGE).transformers)


def test_an_unknown_code_is_a_plain_fact() -> None:
    with pytest.raises(CaseError, match="is not a SimBench code"):
        read("simbench:1-MV-atlantis--1-sw", cache_dir())


def test_grids_that_are_there_in_full_are_not_counted_again_by_their_stand_ins() -> None:
    net = simbench.get_simbench_net("1-HVMV-urban-all-1-sw")
    before = {name: len(net[name]) for name in ("load", "sgen", "storage")}

    dropped = drop_stand_ins(net)

    assert {name: before[name] - len(net[name]) for name in before} == {"load": 13, "sgen": 13, "storage": 13}
    assert len(dropped) == 39
    assert net.load.name.str.startswith("MV3.201 ").any()


def test_stand_ins_for_grids_that_are_not_there_stay() -> None:
    net = simbench.get_simbench_net("1-MV-urban--1-sw")
    assert drop_stand_ins(net) == []
