"""What is wrong with a case, whatever it was read from."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, Final

import numpy as np

from gridops.cases.case import Line, NetworkCase, Problem, Severity
from gridops.cases.errors import CaseError
from gridops.cases.phases import phase_problems
from gridops.cases.rules import NOTHING_OHM, faults

SMALL_OHM: Final = 1e-3  # what a line of no impedance gets, so that a flow through it can be computed


def examined(case: NetworkCase) -> NetworkCase:
    """The case with all problems named and zero impedances replaced.

    Raises CaseError, with every error found, when the network cannot be used.
    """
    errors = [*_no_source(case), *_faulty(case), *_shared_identities(case)]
    errors += _uneven_profiles(case)
    phased = list(phase_problems(case))
    errors += [problem for problem in [*case.problems, *phased] if problem.severity is Severity.ERROR]
    if errors:
        first, *others = ((problem.element, problem.text) for problem in errors)
        raise CaseError(*first, others)
    lines, thin = _with_impedance(case.lines)
    found = [*case.problems, *phased, *thin, *_missing_ratings(case), *_duplicate_names(case), *islands(case)]
    return replace(case, lines=lines, problems=tuple(found))


def _error(code: str, element: Any, text: str) -> Problem:
    return Problem(Severity.ERROR, code, element.name, text)


def _tables(case: NetworkCase) -> tuple[Sequence[Any], ...]:
    return (
        case.nodes,
        case.lines,
        case.transformers,
        case.switches,
        case.sources,
        case.loads,
        case.generators,
        case.storages,
        case.shunts,
    )


def _no_source(case: NetworkCase) -> Iterator[Problem]:
    if not case.nodes:
        yield Problem(Severity.ERROR, "empty", case.source, "the network has no node")
    elif not case.sources:
        yield Problem(Severity.ERROR, "no-source", case.source, "the network has no external grid that could feed it")


def _faulty(case: NetworkCase) -> Iterator[Problem]:
    node_kv = {node.mrid: node.nominal_kv for node in case.nodes}
    for element in chain(*_tables(case)):
        for fault in faults(element, node_kv):
            yield _error(fault.code, element, fault.text)


def _shared_identities(case: NetworkCase) -> Iterator[Problem]:
    for table in _tables(case):
        counts = Counter(element.mrid for element in table)
        if len(counts) < len(table):
            twice = next(element for element in table if counts[element.mrid] > 1)
            yield _error("duplicate-identity", twice, "stands twice in the source")


def _uneven_profiles(case: NetworkCase) -> Iterator[Problem]:
    """All profiles run over the same instants, so that one position in time serves all."""
    for profile in case.profiles:
        first = case.profiles[0]
        shapes = {(p.step_s, p.start, len(p.p), len(p.q)) for p in (first, profile)}
        if len(shapes) > 1 or profile.step_s <= 0 or len(profile.p) != len(profile.q) or not len(profile.p):
            yield _error("uneven-profile", profile, f"does not run over the same instants as {first.name}")
        elif not (np.isfinite(profile.p).all() and np.isfinite(profile.q).all()):
            yield _error("not-finite", profile, "has values that are no usable numbers")


def _with_impedance(lines: Sequence[Line]) -> tuple[tuple[Line, ...], list[Problem]]:
    found, problems = [], []
    for line in lines:
        if math.hypot(line.r_ohm, line.x_ohm) >= NOTHING_OHM:
            found.append(line)
            continue
        found.append(replace(line, x_ohm=SMALL_OHM))
        text = f"has no impedance; {SMALL_OHM:g} ohm of reactance is assumed"
        problems.append(Problem(Severity.WARNING, "zero-impedance", line.name, text))
    return tuple(found), problems


def _missing_ratings(case: NetworkCase) -> Iterator[Problem]:
    for line in case.lines:
        if line.rated_a == 0:
            text = "has no current rating; its loading cannot be shown"
            yield Problem(Severity.WARNING, "missing-rating", line.name, text)


def _duplicate_names(case: NetworkCase) -> Iterator[Problem]:
    for table in _tables(case):
        for name, count in Counter(element.name for element in table).items():
            if count > 1:
                kind = type(table[0]).__name__.lower()
                text = f"is the name of {count} elements of the kind '{kind}'; they are told apart by their index"
                yield Problem(Severity.WARNING, "duplicate-name", name, text)


def islands(case: NetworkCase) -> Iterator[Problem]:
    """Parts that no source feeds in the normal switch positions, named by their first bus."""
    group = _groups(case)
    fed = {group[source.node] for source in case.sources}
    members: dict[str, list[str]] = defaultdict(list)
    for node in case.nodes:
        if group[node.mrid] not in fed and not node.is_terminal:
            members[group[node.mrid]].append(node.name)
    for names in members.values():
        text = f"and {len(names) - 1} further nodes are fed by no source in the normal switch positions"
        alone = "is fed by no source in the normal switch positions"
        yield Problem(Severity.WARNING, "island", names[0], text if len(names) > 1 else alone)


def _groups(case: NetworkCase) -> dict[str, str]:
    """Connected parts in normal position, as a representative of each node's part."""
    above = {node.mrid: node.mrid for node in case.nodes}

    def top(node: str) -> str:
        while above[node] != node:
            above[node] = node = above[above[node]]
        return node

    joined = chain(
        ((line.from_node, line.to_node) for line in case.lines),
        ((transformer.high_node, transformer.low_node) for transformer in case.transformers),
        ((switch.from_node, switch.to_node) for switch in case.switches if switch.closed),
    )
    for one, other in joined:
        above[top(one)] = top(other)
    return {node: top(node) for node in above}
