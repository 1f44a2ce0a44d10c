"""A CGMES source as a network: identities, signs, ratings, and the voltages of another program."""

from pathlib import Path

import pandapower as pp
import pytest

from gridops.cases.case import GeneratorKind, NetworkCase
from gridops.cases.cgmes.source import read
from gridops.cases.checks import examined
from tests.cases.cgmes.writer import Things, document, equipment, folder, machine, named, states, uid
from tests.cases.flow import voltages


def case_of(path: Path, eq: Things | None = None, ssh: Things | None = None, **others: str) -> NetworkCase:
    return examined(read(folder(path / "grid", eq, ssh, **others)))


def codes(case: NetworkCase) -> set[str]:
    return {problem.code for problem in case.problems}


def other_programs(generator_q_mvar: float | None = None) -> dict[str, float]:
    net = pp.create_empty_network()
    hv, mv, end = (pp.create_bus(net, kv, name=name) for kv, name in ((110, "HV"), (20, "MV bar"), (20, "END")))
    pp.create_ext_grid(net, hv)
    ohm = 110**2 / 40
    pp.create_transformer_from_parameters(
        net, hv, mv, sn_mva=40, vn_hv_kv=110, vn_lv_kv=20.5, vkr_percent=150 / ohm,
        vk_percent=abs(complex(1.5, 36)) / ohm * 100, pfe_kw=0, i0_percent=0, tap_side="hv", tap_neutral=0, tap_pos=-2,
        tap_min=-9, tap_max=9, tap_step_percent=1.5, tap_changer_type="Ratio",
    )  # fmt: skip
    c_nf = 0.00003 / (2 * 3.141592653589793 * 50) * 1e9
    pp.create_line_from_parameters(net, mv, end, 1.0, 1.2, 1.5, c_nf, max_i_ka=0.3)
    pp.create_load(net, end, 6, 2)
    if generator_q_mvar is not None:
        pp.create_sgen(net, end, 2, generator_q_mvar)
    pp.runpp(net, trafo_model="pi", tolerance_mva=1e-9, numba=False)
    return dict(zip(net.bus.name, net.res_bus.vm_pu, strict=True))


def test_the_voltages_are_those_of_another_program(tmp_path: Path) -> None:
    found = voltages(case_of(tmp_path))
    assert found == pytest.approx(other_programs(), abs=1e-6)


def test_identities_that_are_uuids_are_kept(tmp_path: Path) -> None:
    case = case_of(tmp_path)
    for rows, name in ((case.lines, "ln"), (case.transformers, "tr"), (case.switches, "brk"), (case.loads, "ld"),
                       (case.sources, "grid"), (case.substations, "north")):  # fmt: skip
        assert [row.mrid for row in rows] == [uid(name)]
    assert {node.mrid for node in case.nodes} == {uid(name) for name in ("hv", "mv", "out", "end")}
    assert "identity" not in codes(case)


def test_the_node_between_breaker_and_line_is_drawn_at_its_busbar(tmp_path: Path) -> None:
    nodes = {node.name: node for node in case_of(tmp_path).nodes}
    assert [node.is_terminal for node in nodes.values()] == [name == "OUT" for name in nodes]
    assert nodes["MV bar"].is_busbar
    assert (nodes["MV bar"].low_pu, nodes["MV bar"].high_pu) == (0.95, 1.05)


def test_only_the_permanent_limit_is_the_rating(tmp_path: Path) -> None:
    assert case_of(tmp_path).lines[0].rated_a == 300


def test_an_open_switch_in_the_state_is_open_and_named(tmp_path: Path) -> None:
    case = case_of(tmp_path, ssh=states() | {"brk": ("Breaker", {"Switch.open": "true"})})
    assert not case.switches[0].closed
    assert {"off-normal", "island"} <= codes(case)


def test_a_line_end_that_is_not_connected_hangs_on_an_open_switch(tmp_path: Path) -> None:
    off = {"t.ln.2": ("Terminal", {"ACDCTerminal.connected": "false"})}
    case = case_of(tmp_path, ssh=states() | off)
    added = next(switch for switch in case.switches if switch.mrid != uid("brk"))
    assert not added.closed
    assert case.lines[0].to_node == added.to_node
    assert "open-end" in codes(case)


def test_a_load_that_is_not_connected_is_left_out(tmp_path: Path) -> None:
    off = {"t.ld.1": ("Terminal", {"ACDCTerminal.connected": "false"})}
    case = case_of(tmp_path, ssh=states() | off)
    assert not case.loads
    assert "out-of-service" in codes(case)


def test_a_machine_that_holds_a_voltage_gets_the_reactive_power_that_does_so(tmp_path: Path) -> None:
    things, state = machine()
    case = case_of(tmp_path, equipment() | things, states() | state)
    generator = case.generators[0]
    assert (generator.kind, generator.p_kw, generator.rated_s_kva) == (GeneratorKind.HYDRO, 2000, 6000)
    found = voltages(case)
    assert found["END"] == pytest.approx(20.6 / 20, abs=1e-7)
    assert found == pytest.approx(other_programs(generator.q_kvar / 1e3), abs=1e-6)
    assert "voltage-control" in codes(case)


def test_a_machine_at_the_end_of_its_range_stays_there(tmp_path: Path) -> None:
    things, state = machine()
    kind, attributes = things["gen"]
    things["gen"] = (kind, attributes | {"SynchronousMachine.maxQ": "1.5"})
    state["rc"][1]["RegulatingControl.targetValue"] = "21.6"
    case = case_of(tmp_path, equipment() | things, states() | state)
    assert case.generators[0].q_kvar == pytest.approx(1500)
    assert voltages(case)["END"] < 21.6 / 20
    assert any("end of its range" in problem.text for problem in case.problems)


def test_without_a_reference_priority_the_choice_of_the_source_is_named(tmp_path: Path) -> None:
    kind, attributes = states()["grid"]
    attributes.pop("ExternalNetworkInjection.referencePriority")
    case = case_of(tmp_path, ssh=states() | {"grid": (kind, attributes)})
    assert [source.name for source in case.sources] == ["Grid"]
    assert "no-slack" in codes(case)


def test_three_windings_become_three_around_a_star_point(tmp_path: Path) -> None:
    eq = equipment()
    eq["tv"] = ("ConnectivityNode", named("TV", ConnectivityNode__ConnectivityNodeContainer="#vl10"))
    eq["vl10"] = ("VoltageLevel", named("N10", VoltageLevel__BaseVoltage="#bv10", VoltageLevel__Substation="#north"))
    eq["bv10"] = ("BaseVoltage", named("10", BaseVoltage__nominalVoltage="10"))
    eq["t.tr.3"] = ("Terminal", {"Terminal.ConductingEquipment": "#tr", "Terminal.ConnectivityNode": "#tv"})
    eq["w3"] = (
        "PowerTransformerEnd",
        named("T1 3", PowerTransformerEnd__ratedU="10.5", PowerTransformerEnd__r="0.02", PowerTransformerEnd__x="0.3")
        | {"TransformerEnd.endNumber": "3", "TransformerEnd.Terminal": "#t.tr.3"}
        | {"PowerTransformerEnd.ratedS": "10", "PowerTransformerEnd.PowerTransformer": "#tr"},
    )
    eq["w2"] = (eq["w2"][0], eq["w2"][1] | {"PowerTransformerEnd.x": "-0.05"})
    case = case_of(tmp_path, eq)
    assert [each.name for each in case.transformers] == [f"T1 winding {i}" for i in (1, 2, 3)]
    assert {"three-windings", "negative-impedance"} <= codes(case)
    found = voltages(case)
    assert found["MV bar"] == pytest.approx(_behind(complex(1.5, 36), -0.05j), abs=2e-4)
    assert found["TV"] == pytest.approx(found["T1 star point"] * 110 / 10.5 * 10.5 / 110 * 10.5 / 10, abs=1e-6)


def _behind(first: complex, second: complex) -> float:
    """The busbar's voltage behind winding 1 (at 110 kV, tap -2) and winding 2 (at 20.5 kV), with line and load."""
    ratio = 110 * (1 - 2 * 0.015) / 20.5
    series, line, half = first / (110 / 20.5) ** 2 + second, complex(1.2, 1.5), 0.000015j
    bar = end = complex(20.0)
    for _ in range(200):
        to_end = (complex(6, 2) / end).conjugate() + half * end
        bar = 110 / ratio - series * (to_end + half * bar)
        end = bar - line * to_end
    return abs(bar) / 20


def test_states_of_strangers_are_ignored_and_named(tmp_path: Path) -> None:
    case = case_of(tmp_path, ssh=states() | {"ghost": ("EnergyConsumer", {"EnergyConsumer.p": "99"})})
    assert sum(load.p_kw for load in case.loads) == 6000
    assert "stray-state" in codes(case)


def test_a_class_that_is_not_read_is_named(tmp_path: Path) -> None:
    odd = {
        "odd": ("FrequencyConverter", named("Rail")),
        "t.odd.1": ("Terminal", {"Terminal.ConductingEquipment": "#odd", "Terminal.ConnectivityNode": "#end"}),
    }
    problem = next(each for each in case_of(tmp_path, equipment() | odd).problems if each.code == "not-read")
    assert problem.element == "FrequencyConverter"


GEOGRAPHY: Things = {
    "crs": ("CoordinateSystem", {"CoordinateSystem.crsUrn": "urn:ogc:def:crs:EPSG::4326"}),
    "at.north": ("Location", {"Location.PowerSystemResources": "#north", "Location.CoordinateSystem": "#crs"}),
    "at.ln": ("Location", {"Location.PowerSystemResources": "#ln", "Location.CoordinateSystem": "#crs"}),
}


def positions(kind: str, of: str, rows: list[tuple[float, float]]) -> Things:
    word = kind.removesuffix("Point").removesuffix("Position") or "Location"
    owner = {"PositionPoint": "PositionPoint.Location", "DiagramObjectPoint": "DiagramObjectPoint.DiagramObject"}[kind]
    return {
        f"{word}.{of}.{i}": (
            kind,
            {
                owner: f"#{of}",
                f"{kind}.sequenceNumber": str(i),
                f"{kind}.xPosition": str(x),
                f"{kind}.yPosition": str(y),
            },
        )
        for i, (x, y) in enumerate(rows, 1)
    }


def test_geographic_locations_place_stations_and_draw_lines(tmp_path: Path) -> None:
    course = [(13.40, 52.50), (13.45, 52.52), (13.50, 52.51)]
    places = positions("PositionPoint", "at.north", course[:1]) | positions("PositionPoint", "at.ln", course)
    case = case_of(tmp_path, GL=document("GL", GEOGRAPHY | places))
    at = {node.name: (node.longitude, node.latitude) for node in case.nodes}
    assert not case.schematic
    assert at["MV bar"] == at["HV"] == at["OUT"] == course[0]
    assert at["END"] == course[-1]
    assert case.lines[0].path == tuple(course)


def test_another_coordinate_system_is_refused(tmp_path: Path) -> None:
    crs: Things = {"crs": ("CoordinateSystem", {"CoordinateSystem.crsUrn": "urn:ogc:def:crs:EPSG::31468"})}
    places = positions("PositionPoint", "at.north", [(4468503.0, 5333317.0)])
    with pytest.raises(Exception, match="WGS84"):
        case_of(tmp_path, GL=document("GL", GEOGRAPHY | crs | places))


def test_a_diagram_is_a_scheme(tmp_path: Path) -> None:
    things: Things = {}
    for name, x, y in (("bar", 10.0, 5.0), ("grid", 10.0, 0.0), ("ld", 30.0, 5.0)):
        things[f"do.{name}"] = (
            "DiagramObject",
            {"DiagramObject.IdentifiedObject": f"#{name}", "DiagramObject.Diagram": "#dia"},
        )
        things |= positions("DiagramObjectPoint", f"do.{name}", [(x, y)])
    case = case_of(tmp_path, DL=document("DL", things))
    at = {node.name: (node.longitude, node.latitude) for node in case.nodes}
    assert case.schematic
    assert at["HV"][1] > at["MV bar"][1]  # a diagram counts downward
    assert at["END"][0] > at["MV bar"][0]
