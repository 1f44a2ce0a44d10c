import gzip
import json

import numpy as np
import pytest

from apps.assets import selectors
from apps.assets.models import ACLineSegment, ConnectivityNode, EnergyConsumer, NetworkModel, Switch
from apps.assets.selectors.lookup import SEARCH_LIMIT
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> NetworkModel:
    return imported(MEDIUM_VOLTAGE)


def drawing(model: NetworkModel) -> dict:
    return json.loads(selectors.geometry(model).document)


def test_the_drawing_has_the_agreed_columns_all_of_one_length(town: NetworkModel) -> None:
    columns = {
        "nodes": ["mrid", "name", "kv", "lon", "lat", "substation", "feeder", "is_busbar", "limit"],
        "lines": ["mrid", "name", "kv", "rated_a", "from", "to", "feeder"],
        "transformers": ["mrid", "name", "high", "low", "rated_kva", "substation"],
        "switches": ["mrid", "name", "kind", "at", "normal_closed", "line"],
        "substations": ["name", "lon", "lat", "kv"],
    }
    found = drawing(town)
    plain = ["model_version", "source", "licence", "schematic", "bounds", "limits", "paths"]
    assert set(found) == {*plain, *columns}
    for part, names in columns.items():
        assert set(found[part]) == set(names)
        assert len({len(column) for column in found[part].values()}) == 1
    assert found["model_version"] == town.pk
    west, south, east, north = found["bounds"]
    assert 11.3 < west < east < 11.4 and 53.6 < south < north < 53.7


def test_the_drawing_has_the_order_of_the_engines_arrays(town: NetworkModel) -> None:
    found, arrays = drawing(town), selectors.assembled(town)
    assert found["nodes"]["mrid"] == list(arrays.nodes.mrid[: arrays.n_display_nodes])
    assert found["lines"]["mrid"] == list(arrays.lines.mrid)
    assert found["transformers"]["mrid"] == list(arrays.transformers.mrid)
    assert found["switches"]["mrid"] == list(arrays.switches.mrid)
    limits = np.array(found["limits"])[found["nodes"]["limit"]]
    shown = slice(arrays.n_display_nodes)
    np.testing.assert_array_equal(limits, np.stack([arrays.node.low_pu[shown], arrays.node.high_pu[shown]], axis=1))
    assert found["lines"]["from"] == arrays.node.bus[arrays.network.lines.from_node].tolist()
    assert found["transformers"]["low"] == arrays.node.bus[arrays.network.transformers.low_node].tolist()


def test_a_switch_is_drawn_at_its_bus_and_knows_its_line(town: NetworkModel) -> None:
    found = drawing(town)
    switches, lines = found["switches"], found["lines"]
    guarding = [(at, line) for at, line in zip(switches["at"], switches["line"], strict=True) if line >= 0]
    assert len(guarding) == 2 * len(lines["mrid"])
    assert all(at in (lines["from"][line], lines["to"][line]) for at, line in guarding)


def test_the_compressed_drawing_is_the_same(town: NetworkModel) -> None:
    found = selectors.geometry(town)
    assert gzip.decompress(found.compressed) == found.document


def test_the_drawing_and_the_arrays_are_made_once_a_version(town: NetworkModel, django_assert_num_queries) -> None:
    first = selectors.geometry(town), selectors.assembled(town)
    with django_assert_num_queries(0):
        assert (selectors.geometry(town), selectors.assembled(town)) == first


def test_an_element_is_found_by_its_mrid_with_its_path(town: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=town, feeder__isnull=False).first()
    found = selectors.element(model=town, mrid=str(line.mrid))
    assert (found.class_name, found.name) == ("ACLineSegment", line.name)
    assert found.path == f"{line.feeder.substation.name} / {line.feeder.name} / {line.name}"


def test_a_switch_is_called_by_its_kind(town: NetworkModel) -> None:
    switch = Switch.objects.filter(model=town, kind="Breaker").first()
    assert selectors.element(model=town, mrid=str(switch.mrid)).class_name == "Breaker"


def test_many_elements_are_found_in_one_query(town: NetworkModel, django_assert_num_queries) -> None:
    mrids = [str(mrid) for mrid in EnergyConsumer.objects.filter(model=town).values_list("mrid", flat=True)[:20]]
    mrids += [str(mrid) for mrid in ConnectivityNode.objects.filter(model=town).values_list("mrid", flat=True)[:20]]
    with django_assert_num_queries(1):
        found = selectors.elements(model=town, mrids=mrids)
    assert set(found) == set(mrids)


@pytest.mark.parametrize("mrid", ["", "no uuid", "00000000-0000-0000-0000-000000000000", "\x00"])
def test_an_unknown_element_is_none(town: NetworkModel, mrid: str) -> None:
    assert selectors.element(model=town, mrid=mrid) is None


def test_search_finds_parts_of_names_in_any_case_the_beginning_first(town: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=town).order_by("index").first()
    assert selectors.search(model=town, text=line.name.upper())[0].mrid == str(line.mrid)
    inside = selectors.search(model=town, text="line 1")
    assert len(inside) == SEARCH_LIMIT
    assert all("line 1" in found.name.lower() for found in inside)


def test_search_takes_wildcards_as_they_are(town: NetworkModel) -> None:
    assert selectors.search(model=town, text="%") == []
    assert selectors.search(model=town, text="  ") == []
    assert selectors.search(model=town, text="a\x00b") == []


def test_search_shows_no_terminal_nodes(town: NetworkModel) -> None:
    terminal = ConnectivityNode.objects.filter(model=town, is_terminal=True).first()
    assert selectors.search(model=town, text=terminal.name) == []


def test_there_is_no_current_network_before_the_first_import() -> None:
    assert selectors.current_model() is None
