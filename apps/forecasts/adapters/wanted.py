"""Which series a network asks for, where each is measured, and which add up to which.

Net load is positive out of the network; a plant's series is its generation.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from scipy import sparse

from apps.assets.adapters import GENERATOR, AssembledNetwork
from apps.assets.choices import GeneratorKind
from apps.assets.models import NetworkModel
from apps.forecasts.adapters.balances import with_balances
from apps.forecasts.adapters.facts import Facts, Metered, Term, Wanted, facts_of, term
from apps.forecasts.choices import Quantity, Subject

SYSTEM = "system"
LARGE_KW = 1000.0  # a customer of at least this power has a series of its own
MEDIUM_VOLTAGE_KV = 1.0
_PLANTS = {GeneratorKind.PHOTOVOLTAIC: Quantity.PV, GeneratorKind.WIND: Quantity.WIND}
_PLANTS_NAMES = {Quantity.PV: "Metered solar plants", Quantity.WIND: "Metered wind plants"}


def wanted_series(model: NetworkModel, network: AssembledNetwork, metered: Metered) -> list[Wanted]:
    """Parents come before their children."""
    facts = facts_of(model, network, metered)
    plants = list(_plants(facts))
    stations = list(_stations(facts))
    feeders = list(_feeders(facts, {one.subject_mrid for one in stations}))
    known = {one.subject_mrid for one in (*stations, *feeders)}
    below = [*stations, *_big_transformers(facts, known), *feeders, *_small_transformers(facts, known)]
    found = [*_system(facts, plants), *below, *_customers(facts), *plants]
    return with_balances(found, np.abs(network.injection.p_kw))


def _row(facts: Facts, positions: Sequence[int], shares: Sequence[float] | float) -> sparse.csr_matrix:
    values = np.broadcast_to(np.asarray(shares, float), (len(positions),))
    size = (1, len(facts.network.injection.kind))
    return sparse.csr_matrix((values, (np.zeros(len(positions), int), np.asarray(positions, int))), size)


def _system(facts: Facts, plants: Sequence[Wanted]) -> Iterator[Wanted]:
    """Estimates do not tell small generation from the load behind the same meter: neither does the system's load."""
    supplied = np.unique(facts.traced.zone[facts.network.network.source_node])
    net = -sparse.csr_matrix(facts.traced.of_zone[supplied].sum(axis=0))
    whole = [
        _together([one for one in plants if one.quantity == quantity], quantity, name)
        for quantity, name in _PLANTS_NAMES.items()
        if any(one.quantity == quantity for one in plants)
    ]
    yield _of_system(Quantity.NET_LOAD, "System net load", {"state": "import_kw"}, net)
    parts = [[SYSTEM, Quantity.NET_LOAD.value], *([*one.key] for one in whole)]
    load = sparse.csr_matrix(sum((one.shares for one in whole), net))
    yield _of_system(Quantity.LOAD, "System load less small generation", {"sum": parts}, load)
    yield from whole


def _of_system(quantity: Quantity, name: str, source: dict[str, object], shares: sparse.csr_matrix) -> Wanted:
    return Wanted(SYSTEM, Subject.SYSTEM, quantity, name, source, shares, group=f"system {quantity}")


def _together(plants: Sequence[Wanted], quantity: str, name: str) -> Wanted:
    """What of it is not known is taken to do as the rest does."""
    source = {"terms": [_terms(one)[0] for one in plants], "sizes": [one.rated_kw for one in plants]}
    return Wanted(
        SYSTEM,
        Subject.SYSTEM,
        quantity,
        name,
        source,
        sparse.csr_matrix(sum((one.shares for one in plants[1:]), plants[0].shares)),
        is_whole=True,
        rated_kw=sum(one.rated_kw or 0.0 for one in plants),
        latitude=float(np.mean([one.latitude or 0.0 for one in plants])),
        longitude=float(np.mean([one.longitude or 0.0 for one in plants])),
        group=f"system {quantity}",
    )


def _terms(one: Wanted) -> list[Term]:
    terms = one.source["terms"]
    return terms if isinstance(terms, list) else []


def _stations(facts: Facts) -> Iterator[Wanted]:
    """Those whose transformers to lower voltages are all measured, each below the one that supplies it."""
    known = {position: own for position, own in _by_station(facts) if len(own)}
    terms_of = {position: [_transformer_term(facts, int(one)) for one in own] for position, own in known.items()}
    terms_of = {position: terms for position, terms in terms_of.items() if None not in terms}
    mrids = facts.texts("substations", "mrid")
    for position in sorted(terms_of, key=lambda one: -_highest_kv(facts, known[one])):
        own, terms, mrid = known[position], terms_of[position], mrids[position]
        above = _above(facts, own)
        shares = -sparse.csr_matrix(facts.traced.of_transformer[own].sum(axis=0))
        low_kv = facts.network.network.transformers.low_kv[own].max()
        yield Wanted(
            mrid,
            Subject.SUBSTATION,
            Quantity.NET_LOAD,
            facts.texts("substations", "name")[position],
            {"terms": terms},
            shares,
            parent=(mrids[above] if above in terms_of and above != position else SYSTEM, Quantity.NET_LOAD),
            latitude=float(facts.numbers("substations", "latitude")[position]),
            longitude=float(facts.numbers("substations", "longitude")[position]),
            group=f"substation {low_kv:g} kV {_mix(facts, shares)}",
        )


def _by_station(facts: Facts) -> Iterator[tuple[int, np.ndarray]]:
    big = _is_big(facts)
    for position in range(len(facts.texts("substations", "mrid"))):
        yield position, np.flatnonzero(big & (facts.transformer_substation == position))


def _highest_kv(facts: Facts, transformers: np.ndarray) -> float:
    return float(facts.network.network.transformers.high_kv[transformers].max())


def _above(facts: Facts, transformers: np.ndarray) -> int:
    """The station whose transformers feed the zone that these hang on, the strongest of several; -1 for none."""
    zone = facts.traced.zone[facts.network.network.transformers.high_node[transformers[0]]]
    return _feeding(facts, int(zone))


def _is_big(facts: Facts) -> np.ndarray:
    return np.asarray(facts.network.network.transformers.low_kv > MEDIUM_VOLTAGE_KV)


def _transformer_term(facts: Facts, position: int) -> Term | None:
    mrid = facts.network.transformers.mrid[position]
    return term(facts, (mrid, "high", 1.0), (mrid, "low", -1.0))


def _big_transformers(facts: Facts, known: set[str]) -> Iterator[Wanted]:
    for position in np.flatnonzero(_is_big(facts)).tolist():
        station = facts.transformer_substation[position]
        parent = facts.texts("substations", "mrid")[station] if station >= 0 else ""
        yield from _transformer(facts, position, parent if parent in known else None)


def _small_transformers(facts: Facts, known: set[str]) -> Iterator[Wanted]:
    feeders = facts.texts("feeders", "mrid")
    for position in np.flatnonzero(~_is_big(facts)).tolist():
        feeder = facts.node_feeder[facts.network.network.transformers.high_node[position]]
        parent = feeders[feeder] if feeder >= 0 else ""
        yield from _transformer(facts, position, parent if parent in known else None)


def _transformer(facts: Facts, position: int, parent: str | None) -> Iterator[Wanted]:
    measured = _transformer_term(facts, position)
    if measured is None:
        return
    grid = facts.network.network.transformers
    shares = -facts.traced.of_transformer[position]
    yield Wanted(
        facts.network.transformers.mrid[position],
        Subject.TRANSFORMER,
        Quantity.NET_LOAD,
        facts.network.transformers.name[position],
        {"terms": [measured]},
        sparse.csr_matrix(shares),
        parent=(parent, Quantity.NET_LOAD) if parent else None,
        latitude=_at(facts, "latitude", int(grid.high_node[position])),
        longitude=_at(facts, "longitude", int(grid.high_node[position])),
        group=f"transformer {grid.low_kv[position]:g} kV {_mix(facts, shares)}",
    )


def _feeders(facts: Facts, stations: set[str]) -> Iterator[Wanted]:
    injection_feeder = facts.node_feeder[facts.network.network.injection_node]
    heads, zone = _heads(facts), facts.traced.zone
    for position, mrid in enumerate(facts.texts("feeders", "mrid")):
        terms = [term(facts, (line, side, 1.0)) for line, side, _ in heads.get(position, [])]
        if not terms or any(one is None for one in terms):
            continue
        shares = _row(facts, np.flatnonzero(injection_feeder == position).tolist(), -1.0)
        station_node = heads[position][0][2]
        station = _supplying(facts, int(zone[station_node]), int(facts.feeder_substation[position]))
        kv = facts.numbers("feeders", "nominal_kv")[position]
        yield Wanted(
            mrid,
            Subject.FEEDER,
            Quantity.NET_LOAD,
            facts.texts("feeders", "name")[position],
            {"terms": terms},
            shares,
            parent=(station, Quantity.NET_LOAD) if station in stations else None,
            latitude=_at(facts, "latitude", station_node),
            longitude=_at(facts, "longitude", station_node),
            group=f"feeder {kv:g} kV {_mix(facts, shares)}",
        )


def _heads(facts: Facts) -> dict[int, list[tuple[str, str, int]]]:
    """Of each feeder: line, side and node where it leaves the station."""
    lines = facts.network.network.lines
    found: dict[int, list[tuple[str, str, int]]] = {}
    start, end = facts.node_feeder[lines.from_node], facts.node_feeder[lines.to_node]
    for side, outside, inside, node in (("from", start, end, lines.from_node), ("to", end, start, lines.to_node)):
        for position in np.flatnonzero((outside < 0) & (inside >= 0)).tolist():
            head = (facts.network.lines.mrid[position], side, int(node[position]))
            found.setdefault(int(inside[position]), []).append(head)
    return found


def _supplying(facts: Facts, zone: int, otherwise: int) -> str:
    """The station whose transformers feed the zone, the strongest of several."""
    station = _feeding(facts, zone)
    station = station if station >= 0 else otherwise
    return facts.texts("substations", "mrid")[station] if station >= 0 else ""


def _feeding(facts: Facts, zone: int) -> int:
    feeding = np.flatnonzero(facts.traced.feeding == zone)
    rated = facts.network.network.transformers.rated_s_kva
    best = max(feeding.tolist(), key=lambda one: rated[one], default=-1)
    return int(facts.transformer_substation[best]) if best >= 0 else -1


def _plants(facts: Facts) -> Iterator[Wanted]:
    kinds = facts.texts("generators", "kind")
    rated, nominal = facts.numbers("generators", "rated_s_kva"), facts.numbers("generators", "p_kw")
    for position, mrid in enumerate(facts.texts("generators", "mrid")):
        quantity = _PLANTS.get(GeneratorKind(kinds[position]))
        measured = term(facts, (mrid, "", -1.0))
        if quantity is None or measured is None:
            continue
        node = int(facts.generator_node[position])
        kv = facts.numbers("nodes", "nominal_kv")[node]
        yield Wanted(
            mrid,
            Subject.PLANT,
            quantity,
            facts.texts("generators", "name")[position],
            {"terms": [measured]},
            _row(facts, [facts.network.injections.position[mrid]], 1.0),
            parent=(SYSTEM, quantity),
            rated_kw=float(max(rated[position], abs(nominal[position]))),
            latitude=_at(facts, "latitude", node),
            longitude=_at(facts, "longitude", node),
            group=f"{quantity} {'high' if kv >= 60 else 'medium' if kv > 1 else 'low'} voltage",
        )


def _customers(facts: Facts) -> Iterator[Wanted]:
    """Large consumers with a meter of their own, or alone at a node that has one."""
    elements = np.bincount(facts.network.network.injection_node, minlength=len(facts.texts("nodes", "mrid")))
    mrids, nodes = facts.texts("consumers", "mrid"), facts.texts("nodes", "mrid")
    profiles = facts.texts("consumers", "profile__name")
    for position in np.flatnonzero(facts.numbers("consumers", "p_kw") >= LARGE_KW).tolist():
        node = int(facts.consumer_node[position])
        alone = [(nodes[node], "", 1.0)] if elements[node] == 1 else []
        measured = term(facts, (mrids[position], "", 1.0), *alone)
        if measured is None or facts.numbers("nodes", "nominal_kv")[node] <= MEDIUM_VOLTAGE_KV:
            continue
        yield Wanted(
            mrids[position],
            Subject.CUSTOMER,
            Quantity.LOAD,
            facts.texts("consumers", "name")[position],
            {"terms": [measured]},
            _row(facts, [facts.network.injections.position[mrids[position]]], -1.0),
            parent=(SYSTEM, Quantity.LOAD),
            latitude=_at(facts, "latitude", node),
            longitude=_at(facts, "longitude", node),
            group=f"customer {profiles[position].rsplit('/', 1)[-1].split('-', maxsplit=1)[0]}",
        )


def _at(facts: Facts, name: str, node: int) -> float:
    return float(facts.numbers("nodes", name)[node])


def _mix(facts: Facts, shares: sparse.csr_matrix) -> str:
    """How much of what is installed below is generation."""
    size = np.abs(facts.network.injection.p_kw)
    below = np.asarray(abs(shares).todense()).ravel() * size
    generation = below[facts.network.injection.kind == GENERATOR].sum() / max(below.sum(), 1e-9)
    return "load" if generation < 0.15 else "mixed" if generation < 0.6 else "generation"
