import math

from tests.cases.nets import bus, case, codes, line, two_buses
from tests.factories.grids import CASE33, grid


def test_every_bus_of_a_network_without_places_has_a_place_of_its_own() -> None:
    found = grid(CASE33)
    assert found.schematic
    places = {(node.longitude, node.latitude) for node in found.nodes if not node.is_terminal}
    assert len(places) == 33
    assert all(math.hypot(*place) <= 0.051 for place in places)


def test_a_terminal_node_lies_on_its_bus() -> None:
    found = grid(CASE33)
    at = {node.mrid: (node.longitude, node.latitude) for node in found.nodes}
    assert all(at[switch.from_node] == at[switch.to_node] for switch in found.switches)


def test_the_source_is_in_the_middle() -> None:
    found = grid(CASE33)
    source = next(node for node in found.nodes if node.mrid == found.sources[0].node)
    assert (source.longitude, source.latitude) == (0, 0)


def test_a_single_bus_without_a_place_has_the_whole_network_drawn_and_that_is_said() -> None:
    lost = {**bus("C"), "geo": None}
    found = case(two_buses(bus=[bus("A"), bus("B"), lost], line=[line(), line(name="M", from_bus=1, to_bus=2)]))
    assert found.schematic
    assert "layout" in codes(found)
    assert all(math.isfinite(node.longitude) for node in found.nodes)


def test_an_island_is_drawn_too() -> None:
    found = case(two_buses(bus=[{**bus(name), "geo": None} for name in "ABCD"], line=[line()]))
    assert len({(node.longitude, node.latitude) for node in found.nodes}) == 4
