"""What an incident's facts say, in the engine's arrays, and the engine's answer in the words of the network."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from apps.assets.adapters import Named
from apps.incidents.adapters.ground import Ground
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.network.topology import resolve
from gridops.engine.reliability.inference import Evidence, Indicators, Posterior, posterior
from gridops.engine.reliability.inference_location import Located
from gridops.engine.reliability.inference_tree import FedNetwork, Kind
from gridops.engine.security.short_circuit import Infeed, short_circuit

MOST_SECTIONS = 12
LEAST_PROBABILITY = 0.005
MOST_LINES = 20
SOURCE_RX = 0.1


@dataclass(frozen=True, slots=True)
class IndicatorSeen:
    equipment_mrid: str
    name: str
    side: str
    shows: bool


@dataclass(frozen=True, slots=True)
class Observed:
    """Of one incident. mRIDs where not said otherwise."""

    nodes: Sequence[str]
    tripped: Sequence[str]
    closed_before: BoolArray
    closed_now: BoolArray
    known_closed: BoolArray  # switches whose telemetry says that they stayed closed
    indicators: Sequence[IndicatorSeen] = ()
    meters_dead: Sequence[str] = ()  # consumers, one entry a report
    meters_live: Sequence[str] = ()
    callers: Sequence[str] = ()
    looked_at: Sequence[str] = ()  # lines
    current_ka: float = np.nan
    reactance_ohm: float = np.nan
    measured_at: str = ""  # the switch
    source_mva: float = 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """One section, as it is stored and told."""

    key: str
    name: str
    probability: float
    lines: list[dict[str, object]]
    transformers: list[dict[str, object]]
    nodes: list[str]
    switches: list[dict[str, str]]
    consumers: list[str]
    customers: int
    is_isolated: bool
    reasons: list[str] = field(default_factory=list)


def infer(ground: Ground, fed: FedNetwork, observed: Observed) -> list[Candidate]:
    """The likeliest first; none where nothing on the ground could hold the fault."""
    indicators = [one for one in observed.indicators if _place(ground, one) is not None]
    found = posterior(fed, ground.prior, _evidence(ground, fed, observed, indicators))
    order = np.argsort(-found.section, kind="stable")[:MOST_SECTIONS]
    chosen = [int(one) for one in order if found.section[one] >= LEAST_PROBABILITY]
    answer = _Answer(found, observed, indicators)
    return [_candidate(ground, answer, one) for one in chosen]


def _evidence(ground: Ground, fed: FedNetwork, observed: Observed, seen: Sequence[IndicatorSeen]) -> Evidence:
    network = ground.network
    tripped = ground.switches(list(observed.tripped))
    places = [place for one in seen if (place := _place(ground, one)) is not None]
    kinds, indices, froms = zip(*places, strict=True) if places else ((), (), ())
    position = network.lines.position
    looked = np.zeros(len(network.lines), np.bool_)
    looked[[position[mrid] for mrid in observed.looked_at if mrid in position]] = True
    may_trip = ground.interrupts & observed.closed_before & ~observed.known_closed
    return Evidence(
        candidate=ground.node_mask(list(observed.nodes)),
        live=ground.energised(observed.closed_now),
        may_trip=may_trip if len(tripped) == 0 else ground.interrupts & observed.closed_before,
        tripped=tripped,
        indicators=Indicators(
            np.array(kinds, np.int32),
            np.array(indices, np.int32),
            np.array(froms, np.bool_),
            np.array([one.shows for one in seen], np.bool_),
        ),
        meters_dead=_nodes(ground, observed.meters_dead),
        meters_live=_nodes(ground, observed.meters_live),
        callers=_nodes(ground, observed.callers),
        looked_at=looked,
        located=_located(ground, observed),
    )


def _nodes(ground: Ground, consumers: Sequence[str]) -> IntArray:
    at = ground.consumer_at
    return np.array([ground.consumer_node[at[mrid]] for mrid in consumers if mrid in at], np.int32)


def _place(ground: Ground, seen: IndicatorSeen) -> tuple[int, int, bool] | None:
    network = ground.network
    for kind, named in (
        (Kind.LINE, network.lines),
        (Kind.TRANSFORMER, network.transformers),
        (Kind.SWITCH, network.switches),
    ):
        place = named.position.get(seen.equipment_mrid)
        if place is not None:
            return int(kind), place, seen.side not in ("to", "low")
    return None


def _located(ground: Ground, observed: Observed) -> Located | None:
    switch = ground.network.switches.position.get(observed.measured_at)
    if switch is None or not (np.isfinite(observed.current_ka) or np.isfinite(observed.reactance_ohm)):
        return None
    nothing = np.full(ground.network.network.n_nodes, np.nan)
    levels = _levels(ground, observed) if np.isfinite(observed.current_ka) else nothing
    return Located(switch, observed.current_ka, observed.reactance_ohm, levels)


def _levels(ground: Ground, observed: Observed) -> FloatArray:
    arrays = ground.network.network
    count = len(arrays.source_node)
    infeed = Infeed(np.full(count, observed.source_mva), np.full(count, SOURCE_RX))
    wanted = np.flatnonzero(ground.node_mask(list(observed.nodes))).astype(np.int32)
    found = np.full(arrays.n_nodes, np.nan)
    topology = resolve(arrays, observed.closed_before)
    found[wanted] = short_circuit(arrays, topology, wanted, infeed=infeed).initial_ka
    return found


@dataclass(frozen=True, slots=True)
class _Answer:
    found: Posterior
    observed: Observed
    seen: Sequence[IndicatorSeen]


def _candidate(ground: Ground, answer: _Answer, section: int) -> Candidate:
    found = answer.found
    bare = _section(ground, section, answer.observed.closed_now, found.line, found.transformer)
    return replace(
        bare,
        probability=min(float(found.section[section]), 1.0),
        reasons=_reasons(ground, answer, section) + _along(found, ground, section),
    )


def whole_section(ground: Ground, mrid: str, closed: BoolArray) -> Candidate | None:
    """The part that a line, transformer or node is in, with no probability of its own."""
    network = ground.network
    places = ((network.lines, ground.parts.of_line), (network.transformers, ground.parts.of_transformer))
    for named, part in (*places, (network.nodes, ground.parts.of_node)):
        if (index := named.position.get(mrid)) is not None:
            nothing = np.zeros(len(network.lines)), np.zeros(len(network.transformers))
            return _section(ground, int(part[index]), closed, *nothing)
    return None


def _section(ground: Ground, section: int, closed: BoolArray, line: FloatArray, transformer: FloatArray) -> Candidate:
    network = ground.network
    lines = _shares(network.lines, line, ground.parts.of_line == section)
    transformers = _shares(network.transformers, transformer, ground.parts.of_transformer == section)
    nodes = ground.parts.of_node == section
    border = ground.parts.border(network.network, section, np.ones(len(network.switches), np.bool_))
    consumers = ground.consumers_in(nodes).tolist()
    return Candidate(
        key=min(network.nodes.mrid[n] for n in np.flatnonzero(nodes)),
        name=_name(ground, lines, transformers, nodes),
        probability=0.0,
        lines=lines[:MOST_LINES],
        transformers=transformers,
        nodes=[network.nodes.mrid[n] for n in np.flatnonzero(nodes)],
        switches=[{"mrid": network.switches.mrid[n], "name": network.switches.name[n]} for n in border],
        consumers=[ground.consumer_mrid(one) for one in consumers],
        customers=int(ground.consumer_customers[consumers].sum()),
        is_isolated=bool(len(border)) and not closed[border].any() and not ground.energised(closed)[nodes].any(),
    )


def _shares(named: Named, share: FloatArray, mine: BoolArray) -> list[dict[str, object]]:
    order = sorted(np.flatnonzero(mine).tolist(), key=lambda n: -share[n])
    return [{"mrid": named.mrid[n], "name": named.name[n], "probability": round(float(share[n]), 6)} for n in order]


def _name(
    ground: Ground, lines: list[dict[str, object]], transformers: list[dict[str, object]], nodes: BoolArray
) -> str:
    named = [str(one["name"]) for one in [*lines, *transformers]]
    named = named or [ground.network.nodes.name[n] for n in np.flatnonzero(nodes)]
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    return f"{named[0]}{more}"[:300]


def _along(found: Posterior, ground: Ground, section: int) -> list[str]:
    mine = np.flatnonzero((ground.parts.of_line == section) & np.isfinite(found.line_along))
    if not len(mine):
        return []
    best = int(mine[np.argmax(found.line[mine])])
    name, share = ground.network.lines.name[best], found.line_along[best]
    return [f"What the protection measured fits a place about {share:.0%} along {name}."]


def _reasons(ground: Ground, answer: _Answer, section: int) -> list[str]:
    found, observed, seen = answer.found, answer.observed, answer.seen
    names = ground.network.switches
    told = []
    if observed.tripped and found.weight["protection"][section] > np.log(0.5):
        opened = ", ".join(names.name[names.position[one]] for one in observed.tripped if one in names.position)
        told.append(f"{opened} opened, and this part lies directly behind it.")
    elif observed.tripped:
        told.append("A nearer device would have opened first for a fault here.")
    told += [text for one, passed in zip(seen, found.passed[:, section], strict=True) if (text := _of(one, passed))]
    told += _compared(found, section, "meters", "meters that lost supply", len(observed.meters_dead))
    told += _compared(found, section, "calls", "callers", len(observed.callers))
    if found.weight["live"][section] < np.log(0.5):
        told.append("It has supply again, which speaks against a fault here.")
    if "patrol" in found.weight and found.weight["patrol"][section] < np.log(0.9):
        told.append("People have looked at it and found nothing.")
    if len(told) <= 1 and not seen:
        told.append("Nothing tells the parts behind it apart yet but their length.")
    return told[:12]


def _of(seen: IndicatorSeen, passed: bool) -> str:
    if seen.shows:
        way = "lies on the way to it" if passed else "does not lie on the way to it, which speaks against it"
        return f"The indicator at {seen.name} shows, and {way}."
    return f"The indicator at {seen.name}, on the way to it, stayed silent: that speaks against it." if passed else ""


def _compared(found: Posterior, section: int, kind: str, who: str, count: int) -> list[str]:
    weight = found.weight[kind]
    known = np.isfinite(weight)
    if not count or not known.any():
        return []
    best = float(weight[known].max())
    if float(weight[known].min()) > best - 0.7:
        return []
    fits = weight[section] > best - 0.7
    return [f"{count} {who} fit a fault here." if fits else f"{count} {who} fit another part better."]
