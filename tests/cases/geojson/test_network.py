"""A whole network in the documented GeoJSON layout."""

import json
from pathlib import Path
from typing import Any

import pytest

from gridops.cases import CaseError
from gridops.cases.case import NetworkCase, SwitchKind
from gridops.cases.checks import examined
from gridops.cases.geojson.measure import length_km
from gridops.cases.geojson.source import read
from tests.cases.flow import voltages

Feature = dict[str, Any]


def feature(identity: str, kind: str, *points: tuple[float, float], **properties: Any) -> Feature:
    geometry: dict[str, Any] | None = None
    if points:
        one = len(points) == 1
        geometry = {"type": "Point" if one else "LineString", "coordinates": points[0] if one else points}
    return {"type": "Feature", "id": identity, "geometry": geometry, "properties": {"kind": kind, **properties}}


def city() -> list[Feature]:
    return [
        feature("hv", "node", (13.40, 52.50), nominal_kv=110.0, substation="North", is_busbar=True),
        feature("mv", "node", (13.4002, 52.50), nominal_kv=20, substation="North", is_busbar=True),
        feature("a", "node", (13.42, 52.51), nominal_kv=20),
        feature("b", "node", (13.44, 52.51), nominal_kv=20),
        feature(
            "t1", "transformer", high="hv", low="mv", rated_s_kva=40_000, high_kv=110, low_kv=20,
            short_circuit_voltage_percent=12, copper_loss_kw=150, iron_loss_kw=20, no_load_current_percent=0.1,
        ),
        feature("l1", "line", (13.4002, 52.50), (13.41, 52.505), (13.42, 52.51), r_ohm_per_km=0.2, x_ohm_per_km=0.12,
                rated_a=300),
        feature("s1", "switch", **{"from": "a", "to": "b"}, type="LoadBreakSwitch", closed=True),
        feature("grid", "source", node="hv", voltage_pu=1.02),
        feature("town", "load", (13.44, 52.51), name="Town", p_kw=3000, q_kvar=900),
    ]  # fmt: skip


def written(path: Path, features: list[Feature], **more: Any) -> str:
    file = path / "city.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}))
    return f"geojson:{file}"


def case_of(path: Path, features: list[Feature]) -> NetworkCase:
    return examined(read(written(path, features)))


def test_a_city_is_read_and_solved(tmp_path: Path) -> None:
    case = case_of(tmp_path, city())
    assert not case.schematic
    assert case.switches[0].kind is SwitchKind.LOAD_BREAK_SWITCH
    assert case.loads[0].customers_derived
    found = voltages(case)
    assert found["hv"] == pytest.approx(1.02)
    assert 0.98 < found["b"] == found["a"] < 1.02


def test_a_line_that_names_no_ends_joins_the_nodes_where_it_is_drawn(tmp_path: Path) -> None:
    case = case_of(tmp_path, city())
    name = {node.mrid: node.name for node in case.nodes}
    line = case.lines[0]
    assert (name[line.from_node], name[line.to_node]) == ("mv", "a")
    assert line.path == ((13.4002, 52.50), (13.41, 52.505), (13.42, 52.51))
    assert line.length_km == pytest.approx(length_km(line.path), abs=1e-6)
    assert line.r_ohm == pytest.approx(0.2 * line.length_km)


def test_an_element_without_geometry_needs_none(tmp_path: Path) -> None:
    features = city()
    features[3]["geometry"] = None
    features[8]["properties"]["node"] = "b"
    node = next(node for node in case_of(tmp_path, features).nodes if node.name == "b")
    assert (node.longitude, node.latitude) == (13.42, 52.51)


def test_identities_that_are_uuids_are_kept(tmp_path: Path) -> None:
    features = city()
    features[8]["properties"]["mrid"] = "0F2C1B3A-0000-4000-8000-000000000001"
    assert case_of(tmp_path, features).loads[0].mrid == "0f2c1b3a-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("number", "properties", "words"),
    [
        (2, {"nominal_kv": "20"}, "'nominal_kv' = '20'; wanted is a number"),
        (4, {"high": "nowhere"}, "names the node 'nowhere' in 'high'"),
        (4, {"rated_s_kva": None}, "lacks the property 'rated_s_kva'"),
        (6, {"type": "Lever"}, "wanted is one of Breaker"),
        (6, {"closed": 1}, "wanted is true or false"),
        (7, {"node": None}, "lacks the property 'node'"),
    ],
)
def test_a_property_that_cannot_be_used_is_named(
    tmp_path: Path, number: int, properties: dict[str, Any], words: str
) -> None:
    features = city()
    features[number]["properties"] |= properties
    with pytest.raises(CaseError, match=words) as refused:
        case_of(tmp_path, features)
    assert refused.value.element.startswith("feature ")


def test_a_kind_that_is_not_read_is_named(tmp_path: Path) -> None:
    case = case_of(tmp_path, [*city(), feature("x", "windmill", (13.4, 52.5))])
    assert "kind windmill" in {problem.element for problem in case.problems}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not whole JSON"),
        ("[]", "not a FeatureCollection"),
        ('{"type": "Feature"}', "is a Feature, not"),
        ('{"type": "FeatureCollection", "features": []}', "kind = 'node'"),
        ('{"type": "FeatureCollection", "features": [1]}', "feature 1"),
        ('{"type": "FeatureCollection", "features": [], "crs": {"properties": {"name": "EPSG:31468"}}}', "WGS84"),
    ],
)
def test_a_file_that_is_no_network_is_refused(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "x.geojson").write_text(text)
    with pytest.raises(CaseError, match=words):
        read(str(tmp_path / "x.geojson"))


def swapped(features: list[Feature], *, by: float = 0.0) -> list[Feature]:
    for each in features:
        if each["geometry"]:
            points = each["geometry"]["coordinates"]
            one = each["geometry"]["type"] == "Point"
            turned = [(y + 0.0, x + by) for x, y in ([points] if one else points)]
            each["geometry"]["coordinates"] = turned[0] if one else turned
    return features


def test_latitude_before_longitude_is_named_where_the_degrees_show_it(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="latitude stands before longitude"):
        case_of(tmp_path, swapped(city(), by=100.0))


def test_latitude_before_longitude_is_named_where_the_lengths_show_it(tmp_path: Path) -> None:
    features = city()
    features[5]["properties"] |= {"length_km": case_of(tmp_path, city()).lines[0].length_km}
    case = case_of(tmp_path, swapped(features))
    assert "swapped-coordinates" in {problem.code for problem in case.problems}


def test_metres_are_refused(tmp_path: Path) -> None:
    features = city()
    features[0]["geometry"]["coordinates"] = (4468503.0, 5333317.0)
    with pytest.raises(CaseError, match="WGS84"):
        case_of(tmp_path, features)


def test_a_network_is_one_file() -> None:
    with pytest.raises(CaseError, match="names 2 files"):
        read("geojson:a.geojson,b.geojson")
