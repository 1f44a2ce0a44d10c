"""The search for the faulted section against Bayes' rule by enumeration on a network small enough to walk by hand."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest

from gridops.engine.network.model import Lines, Network, Shunts, Switches, Transformers
from gridops.engine.network.topology import resolve
from gridops.engine.reliability import inference
from gridops.engine.reliability.inference import Evidence, Indicators, Prior, Rates
from gridops.engine.reliability.inference_duration import StatedPrior, of_prior, of_sample
from gridops.engine.reliability.inference_location import Located
from gridops.engine.reliability.inference_tree import FedNetwork, Kind, sections, supply_tree
from gridops.engine.security.short_circuit import Infeed, short_circuit

# Source 0, breaker, a trunk with a load-break switch, then a recloser with a branch behind it and a stub.
LINES = [(1, 2), (3, 4), (5, 6), (7, 8), (6, 9)]
SWITCHES = [(0, 1), (2, 3), (4, 5), (4, 7), (9, 10)]  # breaker, switch, recloser, switch, open tie
BREAKER, MIDDLE, RECLOSER, STUB, TIE = range(5)
CLOSED = np.array([True, True, True, True, False])
NODES = 11
KM = np.array([1.0, 2.0, 1.5, 3.0, 0.5])
INTERRUPTING = np.array([True, False, True, False, False])


def network() -> Network:
    a, b = (np.array(end, np.int32) for end in zip(*LINES, strict=True))
    c, d = (np.array(end, np.int32) for end in zip(*SWITCHES, strict=True))
    none, number = np.zeros(0, np.int32), np.zeros(0)
    flat = np.zeros(len(LINES))
    return Network(
        np.full(NODES, 20.0),
        Lines(a, b, 0.2 * KM, 0.12 * KM, flat, flat + 300.0),
        Transformers(none, none, *[number] * 8, np.zeros(0, bool), none, none, none, number),
        Switches(c, d),
        Shunts(none, number, number),
        np.array([0], np.int32),
        none,
    )


def fed(closed: np.ndarray = CLOSED) -> FedNetwork:
    grid = network()
    return FedNetwork(grid, supply_tree(grid, closed), sections(grid, np.ones(len(SWITCHES), bool)))


PRIOR = Prior(0.05 * KM, np.zeros(0), np.full(NODES, 0.002))


def evidence(**more: object) -> Evidence:
    given = {"candidate": np.arange(NODES) > 0, "live": np.zeros(NODES, bool), "may_trip": INTERRUPTING}
    return Evidence(**(given | more))  # type: ignore[arg-type]


def ints(*values: int) -> np.ndarray:
    return np.array(values, np.int32)


# --- enumeration, on a graph and by its words alone -------------------------------------------------------------


def _graph() -> nx.Graph:
    graph = nx.Graph()
    for n, (a, b) in enumerate(LINES):
        graph.add_edge(a, b, name=("line", n))
    for n, (a, b) in enumerate(SWITCHES):
        if CLOSED[n]:
            graph.add_edge(a, b, name=("switch", n))
    return graph


def _way(graph: nx.Graph, place: tuple[str, int]) -> list[tuple[str, int]]:
    """What the current of a fault at the place flows through, from the source on; a faulted line itself last."""
    if place[0] == "node":
        nodes = nx.shortest_path(graph, 0, place[1])
    else:
        ends = sorted(LINES[place[1]], key=lambda end: nx.shortest_path_length(graph, 0, end))
        nodes = nx.shortest_path(graph, 0, ends[0])
    names = [graph.edges[a, b]["name"] for a, b in itertools.pairwise(nodes)]
    return names + ([place] if place[0] == "line" else [])


def _dead(graph: nx.Graph, switch: int | None) -> set[int]:
    cut = graph.copy()
    if switch is not None:
        cut.remove_edge(*SWITCHES[switch])
    return set(graph.nodes) - set(nx.node_connected_component(cut, 0))


def enumerated(seen: dict[str, list[int]], shows: dict[int, bool], rates: Rates) -> dict[tuple[str, int], float]:
    """By place; fault indicators sit at the switches."""
    graph, weights = _graph(), {}
    places = [("line", n) for n in range(len(LINES))]
    places += [("node", n) for n in range(1, NODES) if n in graph and nx.has_path(graph, 0, n)]
    for place in places:
        way = [name for name in _way(graph, place) if name[0] == "switch"]
        on_way = [n for _, n in way if INTERRUPTING[n]]
        weight = PRIOR.line[place[1]] if place[0] == "line" else PRIOR.node[place[1]]
        tripped = seen.get("tripped", [])
        cleared = [n for n in on_way if n in tripped]
        if tripped:
            weight *= math.prod(rates.trips_elsewhere for n in tripped if n not in on_way)
        if cleared:
            failed = len(on_way) - 1 - on_way.index(cleared[-1])
            weight *= (1 - rates.protection_fails) * rates.protection_fails**failed
        opens = (cleared[-1] if cleared else None) if tripped else (on_way[-1] if on_way else None)
        dead = _dead(graph, opens)
        for node in seen.get("dead", []):
            weight *= rates.gasp_heard if node in dead else rates.gasp_false
        for node in seen.get("calls", []):
            weight *= rates.call_dead if node in dead else rates.call_live
        for switch, is_shown in shows.items():
            passes = ("switch", switch) in way
            hit = 1 - rates.indicator_misses if passes else rates.indicator_false
            weight *= hit if is_shown else 1 - hit
        weights[place] = weight
    total = sum(weights.values())
    return {place: weight / total for place, weight in weights.items()}


@pytest.mark.parametrize(
    ("seen", "shows"),
    [
        ({}, {}),
        ({"tripped": [BREAKER]}, {}),
        ({"tripped": [RECLOSER]}, {}),
        ({"tripped": [BREAKER, RECLOSER]}, {}),
        ({"tripped": [BREAKER]}, {MIDDLE: True, STUB: False}),
        ({"tripped": [BREAKER]}, {MIDDLE: True, STUB: True, RECLOSER: False}),
        ({"tripped": [BREAKER]}, {MIDDLE: False, STUB: True}),
        ({"dead": [6, 9, 9]}, {}),
        ({"dead": [6, 8]}, {}),
        ({"dead": [8], "calls": [6, 6, 2]}, {MIDDLE: True}),
        ({"tripped": [RECLOSER], "dead": [6, 4]}, {STUB: False}),
    ],
)  # fmt: skip
def test_the_posterior_is_that_of_enumeration(seen: dict[str, list[int]], shows: dict[int, bool]) -> None:
    count = len(shows)
    told = evidence(
        tripped=ints(*seen.get("tripped", [])),
        meters_dead=ints(*seen.get("dead", [])),
        callers=ints(*seen.get("calls", [])),
        indicators=Indicators(
            np.full(count, Kind.SWITCH, np.int32),
            ints(*shows),
            np.ones(count, bool),
            np.array(list(shows.values()), bool),
        ),
    )
    found = inference.posterior(fed(), PRIOR, told)
    expected = enumerated(seen, shows, Rates())
    for (kind, index), probability in expected.items():
        got = (found.line if kind == "line" else found.node)[index]
        assert got == pytest.approx(probability, rel=1e-9, abs=1e-12), (kind, index)
    assert found.section.sum() == pytest.approx(1.0)


def test_sections_end_at_switches_and_know_their_border() -> None:
    grid = fed()
    assert grid.parts.count == 6  # the source's busbar, four parts of the feeder, and what lies behind the open tie
    assert grid.parts.of_node[5] == grid.parts.of_node[6] == grid.parts.of_node[9] == grid.parts.of_line[4]
    border = grid.parts.border(grid.network, int(grid.parts.of_line[2]), np.ones(len(SWITCHES), bool))
    assert border.tolist() == [RECLOSER, TIE]
    without = sections(grid.network, np.arange(len(SWITCHES)) != MIDDLE)
    assert without.of_line[0] == without.of_line[1]


def test_indicators_on_both_sides_of_a_line_tell_that_it_holds_the_fault() -> None:
    at_near = Indicators(ints(Kind.LINE, Kind.LINE), ints(1, 1), np.array([True, False]), np.array([True, False]))
    found = inference.posterior(fed(), PRIOR, evidence(tripped=ints(BREAKER), indicators=at_near))
    assert found.line[1] > 0.9
    assert found.passed[:, fed().parts.of_line[1]].tolist() == [True, False]


def test_what_stands_live_again_holds_no_fault() -> None:
    live = np.isin(np.arange(NODES), [1, 2])
    found = inference.posterior(fed(), PRIOR, evidence(tripped=ints(BREAKER), live=live))
    assert found.section[fed().parts.of_line[0]] < 0.01


def test_a_line_that_people_looked_at_is_less_likely() -> None:
    looked = np.arange(len(LINES)) == 3
    usual = inference.posterior(fed(), PRIOR, evidence(tripped=ints(BREAKER))).line[3]
    after = inference.posterior(fed(), PRIOR, evidence(tripped=ints(BREAKER), looked_at=looked)).line[3]
    assert after < 0.3 * usual


def test_the_measured_reactance_finds_the_place_along_the_feeder() -> None:
    # 0.12 ohm/km: line 0 ends at 0.12, line 1 at 0.36 ohm; line 3 lies between 0.36 and 0.72 ohm.
    grid, nothing = fed(), np.full(NODES, np.nan)
    at = Located(BREAKER, np.nan, 0.12 * (3.0 + 1.5), nothing)
    found = inference.posterior(grid, PRIOR, evidence(tripped=ints(BREAKER), located=at))
    assert found.line.argmax() == 3
    assert found.line_along[3] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("share", [1.0, math.sqrt(3) / 2])
def test_the_measured_current_finds_the_line_for_faults_of_three_and_two_phases(share: float) -> None:
    long = network()
    km = np.array([8.0, 8.0, 8.0, 1.0, 1.0])
    lines = Lines(long.lines.from_node, long.lines.to_node, 0.2 * km, 0.12 * km, np.zeros(5), np.full(5, 300.0))
    grid = Network(
        long.nominal_kv, lines, long.transformers, long.switches, long.shunts, long.source_node, long.injection_node
    )
    levels = short_circuit(
        grid, resolve(grid, CLOSED), np.arange(NODES), infeed=Infeed(np.array([500.0]), np.array([0.1]))
    ).initial_ka
    whole = FedNetwork(grid, supply_tree(grid, CLOSED), sections(grid, np.ones(5, bool)))
    near, far = levels[1], levels[2]
    measured = share / (0.5 / near + 0.5 / far)
    at = Located(BREAKER, measured, np.nan, levels)
    found = inference.posterior(
        whole, Prior(0.05 * km, np.zeros(0), np.zeros(NODES)), evidence(tripped=ints(BREAKER), located=at)
    )
    assert found.line.argmax() == 0
    assert found.line[2] < 0.05


def test_what_is_not_fed_and_what_is_no_candidate_has_no_probability() -> None:
    found = inference.posterior(fed(), PRIOR, evidence(candidate=np.isin(np.arange(NODES), [5, 6, 9])))
    assert found.line[[0, 1, 3]].sum() == 0
    assert found.node[10] == 0
    nothing = inference.posterior(fed(), PRIOR, evidence(candidate=np.zeros(NODES, bool)))
    assert nothing.section.sum() == 0


def test_arrays_of_another_size_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="may_trip"):
        inference.posterior(fed(), PRIOR, evidence(may_trip=np.zeros(2, bool)))


def test_parallel_lines_and_a_closed_ring_do_not_disturb_the_walk() -> None:
    closed = CLOSED.copy()
    tree = supply_tree(network(), closed)
    assert tree.depth[10] == -1  # behind the open tie
    assert tree.feeds(int(tree.switch_child[RECLOSER]), ints(5, 6, 9, 7)).tolist() == [True, True, True, False]
    assert tree.summed_down(np.ones(NODES))[9] == tree.depth[9] + 1


def test_durations_are_those_of_outages_that_lasted_as_long_already() -> None:
    rng = np.random.default_rng(1)
    sample = rng.lognormal(math.log(90), 0.8, 4000)
    low, middle, high = of_sample(sample, 0.0)  # type: ignore[misc]
    assert (low, middle, high) == pytest.approx(np.quantile(sample, [0.1, 0.5, 0.9]))
    after = of_sample(sample, 120.0)
    assert after is not None
    assert after == pytest.approx(np.quantile(sample[sample > 120], [0.1, 0.5, 0.9]))
    assert of_sample(sample[:30], 400.0) is None


def test_a_stated_prior_gives_back_its_quantiles_and_is_conditional_on_what_has_passed() -> None:
    prior = StatedPrior(30, 90, 270)
    assert of_prior(prior, 0.0) == pytest.approx((30, 90, 270), rel=1e-6)
    sample = np.random.default_rng(2).lognormal(math.log(90), math.log(9) / (2 * 1.2815515655446004), 200_000)
    assert of_prior(prior, 60.0) == pytest.approx(of_sample(sample, 60.0), rel=0.03)
    late = of_prior(prior, 1e7)
    assert late[0] >= 1e7
    with pytest.raises(ValueError, match="rise"):
        of_prior(StatedPrior(10, 5, 20), 0.0)
