"""What is wrong with what a case says of its three phases."""

import math
from collections.abc import Iterator
from typing import Any, Final

from gridops.cases.case import Generator, Load, NetworkCase, Problem, Severity, Transformer

P_FIELDS: Final = ("p_a_kw", "p_b_kw", "p_c_kw")
Q_FIELDS: Final = ("q_a_kvar", "q_b_kvar", "q_c_kvar")
ZERO_FIELDS: Final = ("r0_ohm", "x0_ohm", "b0_us")
_SAME: Final = 1e-6  # of the total, and of a kW
# Windings, with an odd or even clock, whose zero sequence the power flow has.
_KNOWN_GROUPS: Final = {1: ("", "dyn"), 0: ("", "ynyn")}


def has_phases(case: NetworkCase) -> bool:
    return any(one.p_a_kw is not None for one in _injections(case))


def _injections(case: NetworkCase) -> Iterator[Load | Generator]:
    yield from case.loads
    yield from case.generators


def phase_problems(case: NetworkCase) -> Iterator[Problem]:
    """Errors of single elements; what stands in the way of a three-phase state only where loads have phases."""
    for element in _injections(case):
        yield from _powers(element)
    for line in case.lines:
        yield from _incomplete(line, ZERO_FIELDS)
    if has_phases(case):
        yield from _lines_without_zero(case)
        for transformer in case.transformers:
            yield from _windings(transformer)


def _powers(element: Load | Generator) -> Iterator[Problem]:
    fields = (*P_FIELDS, *Q_FIELDS)
    problems = list(_incomplete(element, fields))
    yield from problems
    if problems or element.p_a_kw is None:
        return
    for total, names in (("p_kw", P_FIELDS), ("q_kvar", Q_FIELDS)):
        whole, parts = getattr(element, total), sum(getattr(element, name) for name in names)
        if not math.isclose(whole, parts, rel_tol=_SAME, abs_tol=_SAME):
            text = f"has {total} = {whole:g} but phases that sum to {parts:g}; the total is taken, shared as they are"
            yield Problem(Severity.WARNING, "phase-sum", element.name, text)


def _incomplete(element: Any, names: tuple[str, ...]) -> Iterator[Problem]:
    values = {name: getattr(element, name) for name in names}
    missing = [name for name, value in values.items() if value is None]
    unusable = [name for name, value in values.items() if value is not None and not math.isfinite(value)]
    unusable += [name for name in ("r0_ohm", "b0_us") if values.get(name) is not None and values[name] < 0]
    if missing and len(missing) < len(names):
        text = f"has no {', '.join(missing)}, but the values that belong to it; give all or none"
        yield Problem(Severity.ERROR, "phases-incomplete", element.name, text)
    if unusable:
        text = f"has no usable number for {', '.join(unusable)}"
        yield Problem(Severity.ERROR, "not-finite", element.name, text)


def _lines_without_zero(case: NetworkCase) -> Iterator[Problem]:
    without = [line.name for line in case.lines if line.r0_ohm is None]
    if without:
        text = f"and {len(without) - 1} further lines have no zero-sequence impedance; no phase voltages are worked out"
        alone = "has no zero-sequence impedance; no phase voltages are worked out"
        yield Problem(Severity.WARNING, "no-zero-sequence", without[0], text if len(without) > 1 else alone)


def _windings(transformer: Transformer) -> Iterator[Problem]:
    clock = round(transformer.phase_shift_deg / 30) % 2
    if transformer.vector_group.lower().rstrip("0123456789") not in _KNOWN_GROUPS[clock]:
        computed = "Dyn" if clock else "YNyn"
        text = f"has windings {transformer.vector_group}; phase voltages are worked out as with {computed}"
        yield Problem(Severity.WARNING, "vector-group", transformer.name, text)
    zero = transformer.zero_short_circuit_voltage_percent
    if zero is not None and not math.isclose(zero, transformer.short_circuit_voltage_percent, rel_tol=0.01):
        text = f"has a short-circuit voltage of {zero:g} % in the zero sequence; that of the positive sequence is taken"
        yield Problem(Severity.INFO, "zero-impedance-of-transformer", transformer.name, text)
