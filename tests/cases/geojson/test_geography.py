"""Places from a GeoJSON file for a network from another source."""

import json
from pathlib import Path

import pytest

from gridops.cases import CaseError, read
from gridops.cases.geojson.geography import applied
from gridops.cases.mrid import mrid
from tests.cases.geojson.test_network import Feature, feature
from tests.factories.grids import CASE33, cache_dir, grid


def written(path: Path, features: list[Feature]) -> Path:
    file = path / "places.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def places() -> list[Feature]:
    """Half of the nodes, by mrid or by name."""
    found = []
    for i, node in enumerate(grid(CASE33).nodes[:33:2]):
        each = feature(node.mrid if i % 2 else "", "", (13.4 + i / 100, 52.5))
        found.append(each if i % 2 else {**each, "properties": {"name": node.name}})
    return found


def test_nodes_get_the_places_of_the_file_and_the_others_lie_between(tmp_path: Path) -> None:
    case = applied(grid(CASE33), written(tmp_path, places()))
    at = {node.name: node for node in case.nodes}
    assert not case.schematic
    assert (at["Bus 1"].longitude, at["Bus 3"].longitude) == (13.4, 13.41)
    assert 13.4 < at["Bus 2"].longitude < 13.5
    assert all(node.latitude == pytest.approx(52.5) for node in case.nodes)
    assert any("no place for 16" in problem.text for problem in case.problems)


def test_a_line_gets_its_course_from_its_own_first_end(tmp_path: Path) -> None:
    line = grid(CASE33).lines[0]
    course = [(13.41, 52.5), (13.405, 52.51), (13.4, 52.5)]  # drawn from Bus 2 to Bus 1
    named = [feature("", "", (13.4, 52.5)), feature(line.mrid, "", *course)]
    named[0]["properties"]["name"] = "Bus 1"
    case = applied(grid(CASE33), written(tmp_path, named))
    assert case.lines[0].path == tuple(course[::-1])
    assert next(n for n in case.nodes if n.name == "Bus 2").longitude == 13.41


def test_a_file_about_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="speaks of nothing in this network"):
        applied(grid(CASE33), written(tmp_path, [feature("x", "", (13.4, 52.5))]))


def test_features_about_something_else_are_named(tmp_path: Path) -> None:
    case = applied(grid(CASE33), written(tmp_path, [*places(), feature("park", "", (13.4, 52.5))]))
    assert any("park" in problem.text for problem in case.problems)


def test_a_source_with_a_geography_keeps_its_identities(tmp_path: Path) -> None:
    source = f"{CASE33}?geography={written(tmp_path, places())}"
    case = read(source, cache_dir())
    assert case.source == source
    assert [node.mrid for node in case.nodes] == [node.mrid for node in grid(CASE33).nodes]
    assert mrid(source, "Feeder", "x") == mrid(CASE33, "Feeder", "x")


def test_a_geography_that_is_not_there_is_refused() -> None:
    with pytest.raises(CaseError, match=r"nowhere\.geojson"):
        read(f"{CASE33}?geography=nowhere.geojson", cache_dir())
