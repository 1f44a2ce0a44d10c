"""What one element must satisfy, whether it comes from a file, a form or a line of a CSV."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from gridops.cases.case import Generator, Line, Load, Node, Shunt, Source, Storage, Switch, Transformer

NODE_FIELDS: Final = ("node", "from_node", "to_node", "high_node", "low_node")
NOTHING_OHM: Final = 1e-6
NOT_NEGATIVE: Final = frozenset(
    {
        "length_km",
        "r_ohm",
        "b_us",
        "rated_a",
        "rated_s_kva",
        "copper_loss_kw",
        "iron_loss_kw",
        "no_load_current_percent",
        "capacity_kwh",
        "customers",
    }
)
POSITIVE: Final = frozenset({"nominal_kv", "high_kv", "low_kv", "short_circuit_voltage_percent", "voltage_pu"})
# A winding on a node of another level; real windings are rated a little above or below their level.
_WINDING_RATIO: Final = (0.5, 2.0)


_KINDS: Final[tuple[type[Any], ...]] = (
    Node,
    Line,
    Transformer,
    Switch,
    Source,
    Load,
    Generator,
    Storage,
    Shunt,
)
_NUMBERS: Final = {kind: tuple(one.name for one in fields(kind) if one.type in (int, float)) for kind in _KINDS}


@dataclass(frozen=True, slots=True)
class Fault:
    field: str
    code: str
    text: str  # goes on from the element's name: 'has ...'
    remedy: str


def faults(element: Any, node_kv: Mapping[str, float], *, is_edit: bool = False) -> Iterator[Fault]:
    """What is wrong with an element, given the nominal voltage of every node by mrid.

    Who edits by hand knows the rating and the impedance, so that an edit is refused where a file, which may know
    neither, is only warned about.
    """
    yield from _connection(element, node_kv)
    yield from _numbers(element)
    if isinstance(element, Line | Switch):
        yield from _levels(element, node_kv)
    if isinstance(element, Transformer):
        yield from _transformer(element, node_kv)
    if isinstance(element, Line) and is_edit:
        yield from _known_line(element)
    if hasattr(element, "low_pu"):
        yield from _limits(element)


def _connection(element: Any, node_kv: Mapping[str, float]) -> Iterator[Fault]:
    ends = [(name, getattr(element, name)) for name in NODE_FIELDS if hasattr(element, name)]
    unknown = [name for name, end in ends if end not in node_kv]
    for name in unknown:
        text = "is connected to a node that the source does not have"
        yield Fault(name, "unknown-node", text, "Name a node of this version, or add the node first.")
    if not unknown and len(ends) == 2 and ends[0][1] == ends[1][1]:
        yield Fault(ends[1][0], "loop", "has both ends on the same node", "Name two different nodes.")


def _numbers(element: Any) -> Iterator[Fault]:
    for name in _NUMBERS[type(element)]:
        value = getattr(element, name)
        if not math.isfinite(value):
            text = f"has no usable number for {name} ({value})"
            yield Fault(name, "not-finite", text, "Give a finite number.")
        elif (name in NOT_NEGATIVE and value < 0) or (name in POSITIVE and value <= 0):
            least = "above 0" if name in POSITIVE or name.startswith("rated") else "of 0 or more"
            yield Fault(name, "out-of-range", f"has {name} = {value:g}, which cannot be", f"Give a number {least}.")


def _levels(element: Line | Switch, node_kv: Mapping[str, float]) -> Iterator[Fault]:
    one, other = node_kv.get(element.from_node), node_kv.get(element.to_node)
    if one is not None and other is not None and one != other:
        text = f"joins a node of {one:g} kV to a node of {other:g} kV"
        yield Fault("to_node", "voltage-levels", text, "Join nodes of one voltage, or put a transformer between them.")


def _transformer(element: Transformer, node_kv: Mapping[str, float]) -> Iterator[Fault]:
    if element.rated_s_kva <= 0:
        text = f"has a rating of {element.rated_s_kva:g} kVA, which cannot be"
        yield Fault("rated_s_kva", "out-of-range", text, "Give a rating above 0.")
    elif element.copper_loss_kw / element.rated_s_kva * 100 > element.short_circuit_voltage_percent:
        text = "has a copper loss larger than its short-circuit voltage allows"
        remedy = "Lower copper_loss_kw, or raise short_circuit_voltage_percent or rated_s_kva."
        yield Fault("copper_loss_kw", "out-of-range", text, remedy)
    if element.tap_min > element.tap_max:
        text = f"has its lowest tap {element.tap_min} above its highest {element.tap_max}"
        yield Fault("tap_min", "out-of-range", text, "Give a tap_min that is not above tap_max.")
    for side in ("high", "low"):
        winding, level = getattr(element, f"{side}_kv"), node_kv.get(getattr(element, f"{side}_node"))
        if level and winding > 0 and not _WINDING_RATIO[0] <= winding / level <= _WINDING_RATIO[1]:
            text = f"has a {side} winding of {winding:g} kV on a node of {level:g} kV"
            yield Fault(f"{side}_kv", "voltage-levels", text, f"Correct {side}_kv or {side}_node.")


def _known_line(line: Line) -> Iterator[Fault]:
    if line.rated_a == 0:
        yield Fault("rated_a", "missing-rating", "has no current rating", "Give the rating in ampere, above 0.")
    if math.hypot(line.r_ohm, line.x_ohm) < NOTHING_OHM:
        remedy = "Give r_ohm and x_ohm, or make it a switch."
        yield Fault("x_ohm", "zero-impedance", "has no impedance", remedy)


def _limits(node: Any) -> Iterator[Fault]:
    if not 0 < node.low_pu < node.high_pu < 2:
        text = f"has voltage limits {node.low_pu:g} to {node.high_pu:g} pu, which leave no room"
        yield Fault("low_pu", "out-of-range", text, "Give 0 < low_pu < high_pu < 2.")
