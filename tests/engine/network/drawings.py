"""What must hold for any drawing, and made-up networks to draw."""

from collections import Counter
from itertools import combinations

import numpy as np

from gridops.engine.network.diagram import Drawing, Element, Graph
from gridops.engine.network.diagram_feeder import FeederPlan
from gridops.engine.network.diagram_station import StationPlan
from gridops.engine.network.diagram_way import HALF

SIZE = {"switch": HALF[Element.SWITCH], "transformer": HALF[Element.TRANSFORMER], "equipment": 7.0, "node": 4.0}
SAME = 0.05


def drawn(drawing: Drawing) -> Counter[tuple[str, int]]:
    """How often each switch, transformer and line is drawn."""
    found = Counter((s.kind, s.index) for s in drawing.symbols if s.kind in {"switch", "transformer"})
    found.update(("line", wire.line) for wire in drawing.wires if wire.line >= 0)
    return found


def overlaps(drawing: Drawing) -> list[tuple[object, object]]:
    """Pairs of symbols whose bodies lie on each other."""
    boxes = [(s, SIZE.get(s.kind, 4.0) * s.scale) for s in drawing.symbols]
    boxes.sort(key=lambda box: box[0].x)
    found = []
    for n, (one, half) in enumerate(boxes):
        for other, more in boxes[n + 1 :]:
            if other.x - one.x > 30:
                break
            if abs(one.x - other.x) < half + more - SAME and abs(one.y - other.y) < half + more - SAME:
                found.append((one, other))
    return found


def crossings(drawing: Drawing) -> int:
    """Places where wires of two potentials cross or lie on each other, bars of substations apart."""
    runs = [
        (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), (wire.node, wire.line))
        for wire in drawing.wires
        for (x0, y0), (x1, y1) in zip(wire.points, wire.points[1:], strict=False)
    ]
    runs.sort()
    found = 0
    for n, (x0, y0, x1, y1, own) in enumerate(runs):
        for u0, v0, u1, v1, other in runs[n + 1 :]:
            if u0 > x1 + SAME:
                break
            if own != other and min(x1, u1) - max(x0, u0) > -SAME and min(y1, v1) - max(y0, v0) > -SAME:
                # Two wires of one device touch at its end only where it has no length.
                inner = (min(x1, u1) - max(x0, u0) > SAME) or (min(y1, v1) - max(y0, v0) > SAME)
                cross = (x0 + SAME < u0 < x1 - SAME and v0 + SAME < y0 < v1 - SAME) or (
                    u0 + SAME < x0 < u1 - SAME and y0 + SAME < v0 < y1 - SAME
                )
                found += inner or cross
    return found


def loose_ends(drawing: Drawing) -> list[tuple[float, float]]:
    """Ends of devices that no wire and no other device touches."""
    touched = Counter((round(x), round(y)) for wire in drawing.wires for x, y in (wire.points[0], wire.points[-1]))
    ends = [end for s in drawing.symbols if s.kind in {"switch", "transformer", "equipment"} for end in s.ends]
    near = Counter((round(x), round(y)) for x, y in ends)
    return [
        (x, y)
        for x, y in ends
        if not any(touched[round(x) + i, round(y) + j] for i in (-1, 0, 1) for j in (-1, 0, 1))
        and sum(near[round(x) + i, round(y) + j] for i in (-1, 0, 1) for j in (-1, 0, 1)) < 2
    ]


def graph(n_nodes: int, parts: list[tuple[int, int, Element, bool]]) -> Graph:
    counts = Counter[Element]()
    index = []
    for _, _, kind, _ in parts:
        index.append(counts[kind])
        counts[kind] += 1
    one, other, kinds, closed = zip(*parts, strict=True)
    return Graph(
        n_nodes=n_nodes,
        one=np.array(one, np.int32),
        other=np.array(other, np.int32),
        kind=np.array(kinds, np.int32),
        index=np.array(index, np.int32),
        closed=np.array(closed, np.bool_),
    )


def feeder(seed: int) -> FeederPlan:  # noqa: C901  one draw after the other
    """A random tree behind a station, with switches at line ends, ties, rings, houses below transformers."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    kv = [20.0, *([20.0] * n)]
    member, bus, parts = [False, *([True] * n)], [True] * (n + 1), []

    def way(a: int, b: int, *, is_open: bool = False) -> None:
        for end in (0, 1):
            if rng.random() < 0.7 or (is_open and end):
                kv.append(kv[a])
                member.append(True)
                bus.append(False)
                inner = len(kv) - 1
                hub, closed = (b, not is_open) if end else (a, True)
                parts.append((hub, inner, Element.SWITCH, closed))
                a, b = (a, inner) if end else (inner, b)
        parts.append((a, b, Element.LINE, True))

    for node in range(1, n + 1):
        way(int(rng.integers(max(0, node - 1 - int(rng.integers(1, 6))), node)), node)
    for _ in range(int(rng.integers(0, 4))):
        one, other = rng.choice(np.arange(1, n + 1), 2, replace=n < 2)
        if one != other:
            way(int(one), int(other), is_open=bool(rng.random() < 0.7))
    for _ in range(int(rng.integers(0, 3))):
        kv.append(20.0)
        member.append(False)
        bus.append(True)
        way(int(rng.integers(1, n + 1)), len(kv) - 1, is_open=True)
    for _ in range(int(rng.integers(0, 3))):
        top, below = int(rng.integers(1, n + 1)), len(kv)
        for house in range(int(rng.integers(1, 15))):
            kv.append(0.4)
            member.append(True)
            bus.append(True)
            if house:
                parts.append((int(rng.integers(below, len(kv) - 1)), len(kv) - 1, Element.LINE, True))
            else:
                parts.append((top, below, Element.TRANSFORMER, True))
    hung = [(number, int(node)) for number, node in enumerate(rng.integers(1, n + 1, n))]
    hung = list({node: (number, node) for number, node in hung}.values())
    feeds = np.zeros(len(kv), np.bool_)
    feeds[0] = True
    return FeederPlan(graph(len(kv), parts), np.array(bus), np.array(member), feeds, np.array(kv), 20.0, hung)


def station(seed: int) -> StationPlan:  # noqa: C901  one draw after the other
    """Two voltages, busbars with couplers, transformers with breakers, bays with one or two busbars to choose from."""
    rng = np.random.default_rng(seed)
    kv, busbar, member, parts = [], [], [], []

    def node(level: float, *, is_bar: bool = False, is_member: bool = True) -> int:
        kv.append(level)
        busbar.append(is_bar)
        member.append(is_member)
        return len(kv) - 1

    def series(a: int, b: int, devices: int, *, closed: bool = True) -> None:
        for _ in range(devices - 1):
            inner = node(kv[a])
            parts.append((a, inner, Element.SWITCH, True))
            a = inner
        parts.append((a, b, Element.SWITCH, closed))

    bars = {level: [node(level, is_bar=True) for _ in range(rng.integers(1, 5))] for level in (110.0, 20.0)}
    for level_bars in bars.values():
        for one, other in combinations(level_bars, 2):
            if rng.random() < 0.6:
                series(one, other, int(rng.integers(1, 4)), closed=bool(rng.random() < 0.5))
    for _ in range(int(rng.integers(1, 4))):
        high, low = node(110.0), node(20.0)
        series(int(rng.choice(bars[110.0])), high, int(rng.integers(1, 3)))
        parts.append((high, low, Element.TRANSFORMER, True))
        for bar in rng.choice(bars[20.0], min(len(bars[20.0]), int(rng.integers(1, 3))), replace=False):
            series(low, int(bar), 1)
    for level, most in ((110.0, 3), (20.0, 12)):
        for _ in range(int(rng.integers(0, most))):
            bay, far = node(level), node(level, is_member=False)
            for bar in rng.choice(bars[level], min(len(bars[level]), int(rng.integers(1, 3))), replace=False):
                series(int(bar), bay, 1, closed=bool(rng.random() < 0.7))
            parts.append((bay, far, Element.LINE, True))
    hung = [(0, int(bars[110.0][0])), (1, int(bars[20.0][0]))]
    order = np.arange(len(kv), dtype=np.int32)
    return StationPlan(
        graph(len(kv), parts), np.array(member), np.array(busbar), np.array(kv), order, hung, frozenset({0})
    )
