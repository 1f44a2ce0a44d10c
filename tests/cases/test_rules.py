from dataclasses import replace
from typing import Any

import pytest

from gridops.cases.case import Line, Node, Switch, SwitchKind, Transformer
from gridops.cases.rules import faults

KV = {"a": 20.0, "b": 20.0, "h": 110.0}
LINE = Line("1", "line", "a", "b", 1, 0.1, 0.2, 3, 200)
UNIT = Transformer("2", "unit", "h", "a", 40_000, 110, 20, 12, 100, 20, 0.1, tap_min=-9, tap_max=9)
SWITCH = Switch("3", "switch", SwitchKind.BREAKER, "a", "b", closed=True)
NODE = Node("4", "node", 20, 9, 48)


def found(element: Any, *, is_edit: bool = False) -> list[tuple[str, str]]:
    told = list(faults(element, KV, is_edit=is_edit))
    assert all(fault.text and fault.remedy for fault in told)
    return [(fault.field, fault.code) for fault in told]


@pytest.mark.parametrize("element", [LINE, UNIT, SWITCH, NODE])
def test_a_sound_element_has_no_fault(element: Any) -> None:
    assert found(element, is_edit=True) == []


@pytest.mark.parametrize(
    ("element", "changes", "fault"),
    [
        (LINE, {"to_node": "nowhere"}, ("to_node", "unknown-node")),
        (LINE, {"to_node": "a"}, ("to_node", "loop")),
        (LINE, {"to_node": "h"}, ("to_node", "voltage-levels")),
        (LINE, {"rated_a": -1}, ("rated_a", "out-of-range")),
        (LINE, {"x_ohm": float("nan")}, ("x_ohm", "not-finite")),
        (SWITCH, {"from_node": "h"}, ("to_node", "voltage-levels")),
        (UNIT, {"rated_s_kva": 0}, ("rated_s_kva", "out-of-range")),
        (UNIT, {"copper_loss_kw": 9000}, ("copper_loss_kw", "out-of-range")),
        (UNIT, {"tap_min": 10}, ("tap_min", "out-of-range")),
        (UNIT, {"high_kv": 20}, ("high_kv", "voltage-levels")),
        (NODE, {"nominal_kv": 0}, ("nominal_kv", "out-of-range")),
        (NODE, {"low_pu": 1.2}, ("low_pu", "out-of-range")),
    ],
)
def test_what_cannot_be_names_its_field(element: Any, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    assert found(replace(element, **changes)) == [fault]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"rated_a": 0}, ("rated_a", "missing-rating")), ({"r_ohm": 0, "x_ohm": 0}, ("x_ohm", "zero-impedance"))],
)
def test_a_file_may_lack_what_a_person_must_give(changes: dict[str, Any], fault: tuple[str, str]) -> None:
    line = replace(LINE, **changes)
    assert found(line) == []
    assert found(line, is_edit=True) == [fault]
