"""Where the fault is: the probability of every line, transformer and node, and of every section between switches.

Bayes' rule over the places where one fault may be. Given the place, the observations are independent of each other:
which protection opened (the nearest one on the way to the fault, or with a small chance the one before it), which
fault indicators showed (those that the current passed), which meters and callers lost supply (those that the opened
device feeds), what current and reactance the protection measured, and which parts stand live again. Source: the
general method of outage analysis from several uncertain reports, e.g. Y. Jiang et al., IEEE Trans. Power Systems 31
(2016), "Outage management of distribution systems incorporating information from smart meters".
"""

from dataclasses import dataclass, field

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.reliability.inference_location import Located, place_likelihoods
from gridops.engine.reliability.inference_tree import FedNetwork, Kind, Places, SupplyTree

NO_INTS: IntArray = np.zeros(0, np.int32)
NO_BOOLS: BoolArray = np.zeros(0, np.bool_)


@dataclass(frozen=True, slots=True)
class Rates:
    """How trustworthy each observation is, as probabilities."""

    protection_fails: float = 0.03  # the nearest device stays closed, and the one before it opens
    trips_elsewhere: float = 0.002  # a device opens that no fault current passed
    indicator_misses: float = 0.05  # it was passed and does not show
    indicator_false: float = 0.01  # it shows and was not passed
    gasp_heard: float = 0.75  # a meter without supply is heard
    gasp_false: float = 0.002  # a meter with supply says that it has none
    call_dead: float = 0.3  # relative to `call_live` only
    call_live: float = 0.02
    live_is_wrong: float = 0.002  # a part that holds the fault looks live
    looked_missed: float = 0.1  # people who stood there did not see it


@dataclass(frozen=True, slots=True)
class Prior:
    """How often each fails compared with the others, before anything is observed; any unit, not below 0."""

    line: FloatArray
    transformer: FloatArray
    node: FloatArray


@dataclass(frozen=True, slots=True)
class Indicators:
    """Of a line or transformer at one end (`at_from`: the from or high end), or of a switch."""

    kind: IntArray = field(default_factory=lambda: NO_INTS)
    index: IntArray = field(default_factory=lambda: NO_INTS)
    at_from: BoolArray = field(default_factory=lambda: NO_BOOLS)
    shows: BoolArray = field(default_factory=lambda: NO_BOOLS)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was observed of one fault. What is empty was not observed and counts for nothing."""

    candidate: BoolArray  # per node: where the fault may be at all
    live: BoolArray  # per node: has supply now, by what is known
    may_trip: BoolArray  # per switch: opens by itself on a fault, and is not known to be closed
    tripped: IntArray = field(default_factory=lambda: NO_INTS)  # switches
    indicators: Indicators = field(default_factory=Indicators)
    meters_dead: IntArray = field(default_factory=lambda: NO_INTS)  # nodes, one entry a meter
    meters_live: IntArray = field(default_factory=lambda: NO_INTS)
    callers: IntArray = field(default_factory=lambda: NO_INTS)
    looked_at: BoolArray = field(default_factory=lambda: NO_BOOLS)  # per line: people found nothing there
    located: Located | None = None


@dataclass(frozen=True, slots=True)
class Posterior:
    """Probabilities that sum to 1 over lines, transformers and nodes, and over sections; all 0 without a candidate."""

    line: FloatArray
    transformer: FloatArray
    node: FloatArray
    section: FloatArray
    line_along: FloatArray  # expected place as a fraction from the from end, nan where nothing measured tells
    weight: dict[str, FloatArray]  # by kind of observation: log of how likely it is if the fault is in the section
    passed: BoolArray  # indicators x sections: a fault at the section's most likely place is fed past the indicator


def posterior(fed: FedNetwork, prior: Prior, evidence: Evidence, rates: Rates | None = None) -> Posterior:
    """Raises ValueError where arrays are not of the network's size."""
    _check(fed.network, prior, evidence)
    rates = rates or Rates()
    places = _places(fed, prior, evidence)
    logs = _logs(fed, places, evidence, rates)
    located = place_likelihoods(fed, places, evidence.located) if evidence.located else None
    if located is not None:
        logs["location"] = located.log
    total = np.log(places.prior) + sum(logs.values(), np.zeros(len(places.prior)))
    share = _normalised(total)
    passed = _passed(fed, places, evidence.indicators)
    n_lines, n_transformers = len(fed.network.lines.from_node), len(fed.network.transformers.high_node)
    return Posterior(
        line=_spread(share, places, Kind.LINE, n_lines),
        transformer=_spread(share, places, Kind.TRANSFORMER, n_transformers),
        node=_spread(share, places, -1, fed.network.n_nodes),
        section=np.asarray(np.bincount(places.section, share, fed.parts.count), np.float64),
        line_along=_line_along(places, n_lines, None if located is None else located.along),
        weight={name: _of_sections(log, places, fed.parts.count) for name, log in logs.items()},
        passed=_passed_sections(passed, places, share, fed.parts.count),
    )


def _check(network: Network, prior: Prior, evidence: Evidence) -> None:
    n_lines, n_switches = len(network.lines.from_node), len(network.switches.from_node)
    wanted = (
        ("prior.line", prior.line, n_lines),
        ("prior.transformer", prior.transformer, len(network.transformers.high_node)),
        ("prior.node", prior.node, network.n_nodes),
        ("candidate", evidence.candidate, network.n_nodes),
        ("live", evidence.live, network.n_nodes),
        ("may_trip", evidence.may_trip, n_switches),
    )
    for name, array, count in wanted:
        if len(array) != count:
            raise ValueError(f"{name} has {len(array)} entries where the network has {count}.")
    if len(evidence.looked_at) not in (0, n_lines):
        raise ValueError(f"looked_at has {len(evidence.looked_at)} entries where the network has {n_lines} lines.")


def _places(fed: FedNetwork, prior: Prior, evidence: Evidence) -> Places:
    network, tree, parts = fed.network, fed.tree, fed.parts
    lines, t = network.lines, network.transformers
    n = np.arange(network.n_nodes, dtype=np.int32)
    ends = (np.concatenate([lines.from_node, t.high_node, n]), np.concatenate([lines.to_node, t.low_node, n]))
    kind = np.repeat([Kind.LINE, Kind.TRANSFORMER, -1], [len(lines.from_node), len(t.high_node), len(n)])
    index = np.concatenate([np.arange(len(lines.from_node)), np.arange(len(t.high_node)), n])
    section = np.concatenate([parts.of_line, parts.of_transformer, parts.of_node])
    weight = np.concatenate([prior.line, prior.transformer, prior.node])
    child = np.concatenate([tree.line_child, tree.transformer_child, n])
    deep = np.where(tree.depth[ends[0]] <= tree.depth[ends[1]], ends[0], ends[1])
    up = np.where(kind < 0, ends[0], np.where(child == ends[1], ends[0], np.where(child == ends[0], ends[1], deep)))
    is_fed = tree.depth[up] >= 0
    keep = (weight > 0) & is_fed & (evidence.candidate[ends[0]] | evidence.candidate[ends[1]])
    taken = np.flatnonzero(keep)
    return Places(
        kind[taken].astype(np.int32),
        index[taken].astype(np.int32),
        up[taken].astype(np.int32),
        (ends[0][taken], ends[1][taken]),
        section[taken].astype(np.int32),
        weight[taken],
    )


def _logs(fed: FedNetwork, places: Places, evidence: Evidence, rates: Rates) -> dict[str, FloatArray]:
    tree = fed.tree
    cleared = _cleared(tree, places, evidence)
    logs = {
        "protection": _protection(fed, places, evidence, rates),
        "indicators": _indicators(fed, places, evidence, rates),
        "meters": _reports(tree, cleared, evidence.meters_dead, rates.gasp_heard, rates.gasp_false)
        + _reports(tree, cleared, evidence.meters_live, rates.gasp_false, rates.gasp_heard),
        "calls": _reports(tree, cleared, evidence.callers, rates.call_dead, rates.call_live),
        "live": _live(places, evidence, rates),
    }
    if len(evidence.looked_at):
        seen = (places.kind == Kind.LINE) & evidence.looked_at[np.where(places.kind == Kind.LINE, places.index, 0)]
        logs["patrol"] = np.where(seen, np.log(rates.looked_missed), 0.0)
    return logs


def _protection(fed: FedNetwork, places: Places, evidence: Evidence, rates: Rates) -> FloatArray:
    """The deepest device on the way that opened is the one that cleared; each nearer one that did not has failed."""
    tree = fed.tree
    found = np.zeros(len(places.up))
    if not len(evidence.tripped):
        return found
    able = np.zeros(fed.network.n_nodes)
    children = tree.switch_child[evidence.may_trip | np.isin(np.arange(len(evidence.may_trip)), evidence.tripped)]
    np.add.at(able, children[children >= 0], 1.0)
    before = tree.summed_down(able)
    cleared = np.full(len(places.up), -np.inf)
    for switch in evidence.tripped.tolist():
        child = int(tree.switch_child[switch])
        on_way = tree.feeds(child, places.up)
        failed = before[places.up] - (before[child] if child >= 0 else 0.0)
        log = np.log1p(-rates.protection_fails) + failed * np.log(rates.protection_fails)
        cleared = np.where(on_way, np.maximum(cleared, log), cleared)
        found += np.where(on_way, 0.0, np.log(rates.trips_elsewhere))
    return found + np.where(np.isfinite(cleared), cleared, 0.0)


def _cleared(tree: SupplyTree, places: Places, evidence: Evidence) -> IntArray:
    """Per place the node that went dead first if the fault is there; -1 where nothing on the way could open."""
    mark = np.full(len(tree.depth), -1, np.int32)
    opened = evidence.tripped if len(evidence.tripped) else np.flatnonzero(evidence.may_trip)
    children = tree.switch_child[opened]
    children = children[children >= 0]
    mark[children] = children
    return tree.carried_down(mark)[places.up]


def _reports(tree: SupplyTree, cleared: IntArray, nodes: IntArray, if_dead: float, if_live: float) -> FloatArray:
    found = np.zeros(len(cleared))
    if not len(nodes):
        return found
    for child in np.unique(cleared).tolist():
        dead = int(tree.feeds(child, nodes).sum())
        found[cleared == child] = dead * np.log(if_dead) + (len(nodes) - dead) * np.log(if_live)
    return found


def _indicators(fed: FedNetwork, places: Places, evidence: Evidence, rates: Rates) -> FloatArray:
    found = np.zeros(len(places.up))
    passed = _passed(fed, places, evidence.indicators)
    for row, shows in zip(passed, evidence.indicators.shows.tolist(), strict=True):
        if shows:
            found += np.log(np.where(row, 1 - rates.indicator_misses, rates.indicator_false))
        else:
            found += np.log(np.where(row, rates.indicator_misses, 1 - rates.indicator_false))
    return found


def _passed(fed: FedNetwork, places: Places, indicators: Indicators) -> BoolArray:
    """Indicators x places: the current to a fault there flows past the indicator."""
    network, tree, up = fed.network, fed.tree, places.up
    rows = []
    froms = (network.lines.from_node, network.transformers.high_node)
    tos = (network.lines.to_node, network.transformers.low_node)
    for what, where, at_from in zip(indicators.kind, indicators.index, indicators.at_from, strict=True):
        child = tree.child(Kind(int(what)), int(where))
        row = tree.feeds(child, up)
        if what != Kind.SWITCH:
            at = (froms if at_from else tos)[what][where]
            row = row | ((places.kind == what) & (places.index == where) & (at != child) & (child >= 0))
        rows.append(row)
    return np.array(rows, np.bool_).reshape(len(rows), len(up))


def _live(places: Places, evidence: Evidence, rates: Rates) -> FloatArray:
    """A line whose two ends both have supply holds no fault."""
    live = evidence.live[places.ends[0]] & evidence.live[places.ends[1]]
    return np.where(live, np.log(rates.live_is_wrong), 0.0)


def _normalised(log: FloatArray) -> FloatArray:
    if not len(log):
        return log
    share: FloatArray = np.exp(log - log.max())
    return np.asarray(share / share.sum(), np.float64)


def _spread(share: FloatArray, places: Places, kind: int, count: int) -> FloatArray:
    found, mine = np.zeros(count), places.kind == kind
    found[places.index[mine]] = share[mine]
    return found


def _line_along(places: Places, count: int, along: FloatArray | None) -> FloatArray:
    found, lines = np.full(count, np.nan), places.kind == Kind.LINE
    if along is not None:
        found[places.index[lines]] = along[lines]
    return found


def _of_sections(log: FloatArray, places: Places, count: int) -> FloatArray:
    prior = np.bincount(places.section, places.prior, count)
    own = np.bincount(places.section, places.prior * np.exp(np.maximum(log, -700.0)), count)
    found = np.full(count, np.nan)
    known = prior > 0
    found[known] = np.log(np.maximum(own[known] / prior[known], 1e-300))
    return found


def _passed_sections(passed: BoolArray, places: Places, share: FloatArray, count: int) -> BoolArray:
    told = np.zeros((len(passed), count), np.bool_)
    for place in np.argsort(share, kind="stable").tolist():  # the likeliest place of a section is written last
        told[:, places.section[place]] = passed[:, place]
    return told
