"""All tables of a pandapower network as one NetworkCase."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from gridops.cases.case import NetworkCase, Problem, Profile, Severity
from gridops.cases.errors import CaseError
from gridops.cases.layout import placed
from gridops.cases.pandapower_net import branches, injections, phases
from gridops.cases.pandapower_net.yard import yard

# Tables that would change the flows and have no counterpart here: a network with one of them is refused.
UNSUPPORTED: Final = {
    "trafo3w": "three-winding transformers",
    "impedance": "impedances per unit",
    "dcline": "direct-current lines",
    "ward": "ward equivalents",
    "xward": "extended ward equivalents",
    "motor": "motors",
    "svc": "static VAR compensators",
    "tcsc": "series compensators",
    "ssc": "shunt converters",
    "vsc": "voltage-source converters",
}


def convert(
    net: Any, *, source: str, name: str, licence: str, profiles: Sequence[Profile] = (), schematic: bool = False
) -> NetworkCase:
    """A pandapower network (any mapping of its tables) as a case. Raises CaseError for what cannot be carried over."""
    _refuse_unsupported(net)
    problems: list[Problem] = []
    known: Mapping[str, Profile] = {profile.name: profile for profile in profiles}
    place = yard(net, source, problems)
    lines, transformers = branches.lines(net, place), branches.transformers(net, place)
    loads = [*injections.loads(net, place, known), *phases.loads(net, place, known)]
    generators = [*injections.generators(net, place, known), *phases.generators(net, place, known)]
    storages = injections.storages(net, place, known)
    used = {load.profile for load in loads} | {g.profile for g in generators} | {s.profile for s in storages}
    case = NetworkCase(
        source=source,
        name=name,
        licence=licence,
        schematic=schematic,
        nodes=(*place.buses.values(), *place.terminals),
        lines=tuple(lines),
        transformers=tuple(transformers),
        switches=tuple(place.switches),
        sources=tuple(injections.sources(net, place)),
        loads=tuple(loads),
        generators=tuple(generators),
        storages=tuple(storages),
        shunts=tuple(injections.shunts(net, place)),
        profiles=tuple(profile for profile in profiles if profile.name in used),
        problems=tuple(problems),
    )
    unplaced = sum(not math.isfinite(node.longitude) for node in case.nodes)
    if not unplaced:
        return case
    text = f"{unplaced} nodes have no coordinates; the whole drawing is computed"
    return placed(replace(case, problems=(*case.problems, Problem(Severity.INFO, "layout", name, text))))


def _refuse_unsupported(net: Any) -> None:
    for table, words in UNSUPPORTED.items():
        if table in net and len(net[table]):
            raise CaseError(table, f"the network has {len(net[table])} {words}, which GridOps cannot represent yet")
