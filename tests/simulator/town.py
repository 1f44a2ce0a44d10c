"""A small town for tests: one substation with two transformers, two feeders with a breaker each, an open tie."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from gridops.cases.case import (
    Generator,
    GeneratorKind,
    Line,
    Load,
    NetworkCase,
    Node,
    Profile,
    Source,
    Storage,
    Switch,
    SwitchKind,
    Transformer,
)

START = datetime(2026, 6, 15, 10, tzinfo=UTC)
LENGTH = 5  # nodes of each feeder
PERIODS = 366 * 96


def town(feeders: int = 2, length: int = LENGTH, *, breakers: bool = True) -> NetworkCase:
    """Feeder f has nodes f-1, f-2, ... from the busbar on; an open tie joins the ends of the first two."""
    nodes = [
        Node("supply", "Supply", 110.0, 11.0, 53.0, "North", is_busbar=True),
        Node("busbar", "Busbar", 20.0, 11.0, 53.0, "North", is_busbar=True),
    ]
    lines: list[Line] = []
    switches: list[Switch] = []
    for feeder in range(feeders):
        names = [f"{feeder}-{number}" for number in range(1, length + 1)]
        nodes += [Node(n, f"Node {n}", 20.0, 11.0 + feeder / 10, 53.0 + k / 50) for k, n in enumerate(names)]
        start = "busbar"
        if breakers:
            start = f"{feeder}-head"
            nodes.append(Node(start, start, 20.0, 11.0, 53.0, "North", is_terminal=True))
            switches.append(Switch(f"cb-{feeder}", f"Breaker {feeder}", SwitchKind.BREAKER, "busbar", start, True))
        for a, b in zip([start, *names], names, strict=False):
            lines.append(Line(f"line-{b}", f"Line {b}", a, b, 1.0, 0.3, 0.35, 3.0, 250.0))
    if feeders > 1:
        ends = (f"0-{length}", f"1-{length}")
        nodes.append(Node("tie-end", "Tie end", 20.0, 11.05, 53.1, is_terminal=True))
        lines.append(Line("line-tie", "Tie", ends[0], "tie-end", 1.0, 0.3, 0.35, 3.0, 250.0))
        switches.append(Switch("tie", "Tie switch", SwitchKind.LOAD_BREAK_SWITCH, "tie-end", ends[1], False))
    return NetworkCase(
        source="test:town",
        name="Town",
        licence="",
        schematic=False,
        nodes=nodes,
        lines=lines,
        transformers=[_transformer("t1"), _transformer("t2")],
        switches=switches,
        sources=[Source("grid", "Grid", "supply", 1.0)],
        loads=_loads(nodes),
        generators=[
            Generator("pv", "Solar park", "0-3", GeneratorKind.PHOTOVOLTAIC, 1500.0, 0.0, 1600.0, "sun"),
            Generator("wind", "Wind park", "1-3", GeneratorKind.WIND, 2000.0, 0.0, 2000.0, "wind"),
        ],
        storages=[Storage("battery", "Battery", "0-2", 500.0, 0.0, 500.0, 1000.0, "rest")],
        shunts=[],
        profiles=[_profile("demand", 0.6), _profile("sun", 0.5), _profile("wind", 0.4), _profile("rest", 0.0)],
    )


def _transformer(mrid: str) -> Transformer:
    return Transformer(
        mrid, mrid, "supply", "busbar", 16000.0, 110.0, 20.0, 12.0, 60.0, 12.0, 0.1,
        tap_min=-9, tap_max=9, tap_step_percent=1.5, is_regulating=True, target_pu=1.0, substation="North",
    )  # fmt: skip


def _loads(nodes: Sequence[Node]) -> list[Load]:
    homes = [node for node in nodes if "-" in node.mrid and not node.is_terminal]
    return [Load(f"load-{node.mrid}", f"Load {node.mrid}", node.mrid, 400.0, 100.0, "demand") for node in homes]


def _profile(name: str, level: float) -> Profile:
    values = np.full(PERIODS, level, dtype=np.float32)
    if name == "demand":
        values += 0.2 * np.sin(np.arange(PERIODS) * 2 * np.pi / 96).astype(np.float32)
    return Profile(name, 900, "2016-01-01T00:00:00+00:00", values, values)


def without_profiles(case: NetworkCase) -> NetworkCase:
    return replace(case, profiles=[])
