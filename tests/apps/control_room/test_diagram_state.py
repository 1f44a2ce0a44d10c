"""What a diagram shows of a frame, against an independent walk over the network, for random switchings."""

import json
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from playwright.sync_api import Page

from apps.assets.models import Feeder, NetworkModel, Substation
from apps.assets.selectors import assembled
from apps.assets.selectors.diagram import diagram
from apps.state.frames import Frame, encode, status
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db(transaction=True)
SWITCHINGS = 100
BLANK = """<!doctype html><script id="frame-config" type="application/json">
{"urls": {"element": "/elements/0/"}, "noMrid": "0", "timeZone": "Europe/Berlin", "scanPeriodS": 2}</script>"""
LOOKS = """async ({docs, frames}) => {
  const { DiagramState } = await import('/static/control_room/diagram_state.js');
  const { decode } = await import('/static/js/frame.js');
  return frames.map((octets) => docs.map((doc) => {
    const state = new DiagramState(doc);
    state.take(decode(new Uint8Array(octets).buffer));
    const switches = doc.symbols.filter(({role}) => role === 'switch');
    return [doc.wires.map((wire) => state.supply(wire)), switches.map((one) => state.position(one).position)];
  }));
}"""


@pytest.fixture
def network(db: None) -> NetworkModel:
    return imported(MEDIUM_VOLTAGE)


def supplies(network: NetworkModel, closed: np.ndarray) -> tuple[set[int], set[int]]:
    """Nodes and lines that a source reaches, by a graph library and not by the engine."""
    of = assembled(network)
    arrays = of.network
    graph = nx.Graph()
    graph.add_nodes_from(range(arrays.n_nodes))
    graph.add_edges_from(zip(arrays.lines.from_node.tolist(), arrays.lines.to_node.tolist(), strict=True))
    graph.add_edges_from(
        zip(arrays.transformers.high_node.tolist(), arrays.transformers.low_node.tolist(), strict=True)
    )
    ends = zip(arrays.switches.from_node[closed].tolist(), arrays.switches.to_node[closed].tolist(), strict=True)
    graph.add_edges_from(ends)
    live: set[int] = set()
    for source in arrays.source_node.tolist():
        live |= nx.node_connected_component(graph, source)
    lines = {n for n, node in enumerate(arrays.lines.from_node.tolist()) if node in live}
    return live, lines


def frame(network: NetworkModel, closed: np.ndarray) -> bytes:
    of = assembled(network)
    live, lines = supplies(network, closed)
    shown, n_lines, n_trafos = of.n_display_nodes, len(of.lines), len(of.transformers)
    high = of.network.transformers.high_node.tolist()

    def looks(alive: list[bool]) -> Any:
        return status(np.where(alive, 1, 2), np.where(alive, 2, 0), np.zeros(len(alive)))

    def nothing(count: int) -> np.ndarray:
        return np.full(count, np.nan)

    return encode(
        Frame(
            network.pk,
            1.79e12,
            1,
            nothing(shown),
            nothing(n_lines),
            nothing(n_lines),
            nothing(n_trafos),
            nothing(n_trafos),
            looks([node in live for node in range(shown)]),
            looks([line in lines for line in range(n_lines)]),
            looks([node in live for node in high]),
            closed.astype(np.uint8),
        )
    )


def test_dead_paths_and_switches_are_drawn_as_they_are_in_a_hundred_random_switchings(
    network: NetworkModel, open_page: Callable[..., Page], live_server: Any
) -> None:
    of = assembled(network)
    places = [*Substation.objects.filter(model=network), *Feeder.objects.filter(model=network)]
    docs = [json.loads(diagram(model=network, mrid=place.mrid).document) for place in places]
    rng = np.random.default_rng(3)
    cases = [of.normal_closed ^ (rng.random(len(of.normal_closed)) < rate) for rate in rng.uniform(0, 0.1, SWITCHINGS)]
    page = open_page()
    page.route("**/blank", lambda route: route.fulfill(body=BLANK, content_type="text/html"))
    page.goto(f"{live_server.url}/blank")
    seen = page.evaluate(LOOKS, {"docs": docs, "frames": [list(frame(network, closed)) for closed in cases]})
    died = 0
    for closed, pictures in zip(cases, seen, strict=True):
        live, lines = supplies(network, closed)
        for doc, (wires, positions) in zip(docs, pictures, strict=True):
            wanted = [expected(wire["ref"], live, lines, of.network.transformers.high_node) for wire in doc["wires"]]
            assert wires == wanted
            died += wanted.count("dead")
            switches = [symbol["ref"][1] for symbol in doc["symbols"] if symbol["role"] == "switch"]
            assert positions == ["closed" if closed[index] else "open" for index in switches]
    assert died > 1000


def expected(ref: list[Any], live: set[int], lines: set[int], high: np.ndarray) -> str:
    kind, index = ref
    alive = {"nodes": index in live, "lines": index in lines}.get(
        kind, kind == "transformers" and int(high[index]) in live
    )
    return "live" if alive else "dead"
