"""A CGMES source as a NetworkCase."""

from collections import Counter
from dataclasses import replace
from typing import Final

from gridops.cases.case import NetworkCase, Substation
from gridops.cases.cgmes import injections, lines, transformers, yard
from gridops.cases.cgmes.model import Model, as_uuid, mrid_of
from gridops.cases.cgmes.outward import mark_terminal_nodes
from gridops.cases.cgmes.positions import located
from gridops.cases.cgmes.powers import powered
from gridops.cases.cgmes.rdf import Graph
from gridops.cases.cgmes.yard import BRANCHES, MARKS, SWITCHES, Yard
from gridops.cases.errors import CaseError

_LICENCE: Final = "Network: CGMES files; their origin and terms of use are their author's."
_READ: Final = frozenset(SWITCHES) | BRANCHES | MARKS | injections.READ


def convert(graph: Graph, *, source: str, name: str) -> NetworkCase:
    """Raises CaseError, with all that was found, for files that do not describe a network."""
    model = Model(graph)
    _check_profiles(graph, name)
    place = yard.yard(model)
    mark_terminal_nodes(place)
    limits = lines.ratings(model)
    line_rows, leakage = lines.lines(place, limits)
    built = transformers.transformers(place, limits)
    found = injections.injections(place)
    _refuse(model)
    _name_unread(model)
    _name_identities(graph, model)
    case = NetworkCase(
        source=source,
        name=name,
        licence=_LICENCE,
        schematic=True,
        nodes=place.all_nodes(),
        lines=(*line_rows, *built.lines),
        transformers=tuple(built.transformers),
        switches=tuple(place.switches),
        sources=(),
        loads=(),
        generators=(),
        storages=(),
        shunts=(*leakage, *built.shunts, *found.shunts),
        profiles=(),
        substations=_substations(place),
    )
    case = powered(case, place, built.shifts, found)
    _refuse(model)
    case = replace(case, problems=tuple(model.problems))
    located_case = located(case, place)
    _refuse(model)
    return replace(located_case, problems=(*model.problems, *located_case.problems[len(case.problems) :]))


def _refuse(model: Model) -> None:
    errors = model.errors()
    if errors:
        first, *others = ((each.element, each.text) for each in errors)
        raise CaseError(*first, others)


def _check_profiles(graph: Graph, name: str) -> None:
    """Which file is missing altogether, before its absence shows as a thousand dangling references."""
    kinds = Counter(thing.kind for thing in graph.things.values() if thing.defined)
    if not kinds["Terminal"]:
        given = ", ".join(sorted(graph.profiles())) or "none that says its profile"
        raise CaseError(name, f"has no equipment file (EQ) with terminals; given were: {given}; add the EQ file")
    if not any("Terminal.ConnectivityNode" in t.values or "Terminal.TopologicalNode" in t.values
               for t in graph.things.values()):  # fmt: skip
        text = (
            "has no nodes: the equipment (EQ) names no ConnectivityNode; add the topology file (TP) of the same export"
        )
        raise CaseError(name, text)
    if "SSH" not in graph.profiles():
        raise CaseError(
            name, "has no steady state hypothesis file (SSH), which holds powers and switch positions; add it"
        )


def _substations(place: Yard) -> tuple[Substation, ...]:
    used = {node.substation for node in place.nodes.values()}
    return tuple(Substation(mrid_of(each), each.name) for each in place.model.all("Substation") if each.name in used)


def _name_unread(model: Model) -> None:
    """Equipment of a class that is not read, by class."""
    at_terminals = Counter[str]()
    example: dict[str, str] = {}
    for terminal in model.all("Terminal"):
        equipment = model.ref(terminal, "Terminal.ConductingEquipment")
        if equipment is not None and equipment.kind not in _READ and equipment.id not in example.values():
            at_terminals[equipment.kind] += 1
            example[equipment.kind] = equipment.id
    for kind in at_terminals:
        count = len(model.all(kind))
        model.warn("not-read", kind, f"is a class that is not read; {count} of it are left out, as {example[kind]}")


def _name_identities(graph: Graph, model: Model) -> None:
    own = [thing for thing in graph.things.values() if thing.kind in _READ and not as_uuid(thing.id)]
    if own:
        text = f"has {len(own)} identities that are no UUIDs, as {own[0].id}; UUIDs are made from them, alike each time"
        model.note("identity", "the source", text)
    stray = [thing for thing in graph.things.values() if not thing.defined]
    if stray:
        text = f"has states for {len(stray)} objects that are not in EQ, as {stray[0].id}; they are ignored"
        model.note("stray-state", stray[0].file, text)
    known = {header.id for header in graph.headers}
    for header in graph.headers:
        for other in header.depends_on:
            if other.removeprefix("urn:uuid:").removeprefix("_") not in known:
                text = f"depends on the model {other}, which is not among the files; a boundary file may be missing"
                model.note("missing-model", header.file, text)
