from collections import Counter

import numpy as np
import pytest

from gridops.engine.network.diagram import Element, Graph
from gridops.engine.network.diagram_feeder import FeederPlan, draw_feeder
from gridops.engine.network.diagram_station import StationPlan, draw_station
from tests.engine.network.drawings import crossings, drawn, feeder, graph, loose_ends, overlaps, station

NAMES = {Element.SWITCH: "switch", Element.LINE: "line", Element.TRANSFORMER: "transformer"}


def touching(of: Graph, nodes: np.ndarray) -> Counter[tuple[str, int]]:
    """Every element with an end at one of the nodes, once."""
    at = nodes[of.one] | nodes[of.other]
    return Counter((NAMES[Element(of.kind[e])], int(of.index[e])) for e in np.flatnonzero(at))


@pytest.mark.parametrize("seed", range(100))
def test_a_feeder_is_drawn_whole_once_without_crossings_or_overlaps(seed: int) -> None:
    plan = feeder(seed)
    drawing = draw_feeder(plan)
    assert drawn(drawing) == touching(plan.graph, plan.is_member)
    assert overlaps(drawing) == []
    assert crossings(drawing) == 0
    assert loose_ends(drawing) == []


@pytest.mark.parametrize("seed", range(100))
def test_a_substation_is_drawn_whole_once_without_overlaps(seed: int) -> None:
    plan = station(seed)
    drawing = draw_station(plan)
    assert drawn(drawing) == touching(plan.graph, plan.is_member)
    assert overlaps(drawing) == []
    assert loose_ends(drawing) == []


def test_a_drawing_is_the_same_each_time() -> None:
    assert draw_feeder(feeder(7)) == draw_feeder(feeder(7))
    assert draw_station(station(7)) == draw_station(station(7))


def test_the_higher_voltage_stands_above() -> None:
    plan = station(3)
    drawing = draw_station(plan)
    level = {float(plan.nominal_kv[wire.node]): [] for wire in drawing.wires if wire.is_bar}
    for wire in drawing.wires:
        if wire.is_bar:
            level[float(plan.nominal_kv[wire.node])].append(wire.points[0][1])
    assert max(level[110.0]) < min(level[20.0])


def test_a_network_of_lower_voltage_has_a_sheet_that_begins_with_the_node_that_feeds_it() -> None:
    parts = [(0, 1, Element.LINE, True), (1, 2, Element.TRANSFORMER, True), (2, 3, Element.LINE, True)]
    ones = np.ones(4, np.bool_)
    plan = FeederPlan(
        graph(4, parts), ones, ~np.eye(4, dtype=bool)[0], np.eye(4, dtype=bool)[0], np.array([20, 20, 0.4, 0.4]), 20.0
    )
    symbols = draw_feeder(plan).symbols
    assert [(s.kind, s.index, s.scale < 1) for s in symbols if s.kind == "reference"] == [("reference", 1, True)]
    assert {s.index for s in symbols if s.kind == "node"} == {0, 1, 2, 3}


def test_a_place_without_nodes_is_an_empty_drawing() -> None:
    nothing = np.zeros(2, np.bool_)
    lines = graph(2, [(0, 1, Element.LINE, True)])
    assert draw_station(StationPlan(lines, nothing, nothing, np.ones(2), np.arange(2, dtype=np.int32))).symbols == []
    assert draw_feeder(FeederPlan(lines, ~nothing, nothing, nothing, np.ones(2), 20.0)).symbols == []
