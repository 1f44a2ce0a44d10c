"""The network by areas: each estimated for itself, all put together to one state.

The network is cut at transformers from high to medium voltage that have a power meter (gridops/engine/network/areas).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork, Named
from apps.state.adapters.area_result import AreaResult
from apps.state.adapters.meters import MeterPlan, MeterRow, Readings
from apps.state.adapters.solving import Solver
from apps.telemetry.selectors import GatewayValues
from gridops.engine.network.areas import OUTSIDE, Areas, Part, extract, find_areas, groups
from gridops.engine.network.topology import resolve

BOUNDARY_KV = 60.0  # areas lie below it

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AreaPlan:
    """The areas of one network under one point map, by name."""

    areas: Areas
    names: Sequence[str]  # by the area's number

    @classmethod
    def build(cls, network: AssembledNetwork, meters: MeterPlan) -> "AreaPlan":
        arrays = network.network
        t, kv = arrays.transformers, arrays.nominal_kv
        metered = np.zeros(len(t.high_node), bool)
        metered[meters.transformer_flows.element] = True
        may_cut = metered & (kv[t.high_node] > BOUNDARY_KV) & (kv[t.low_node] <= BOUNDARY_KV)
        areas = find_areas(arrays, network.normal_closed, may_cut)
        return cls(areas, [_name(network, areas, number) for number in range(areas.count)])


def _name(network: AssembledNetwork, areas: Areas, number: int) -> str:
    """That of the transformer that feeds it; of a source, for what no transformer feeds."""
    low = areas.of_node[network.network.transformers.low_node]
    feeding = np.flatnonzero(areas.is_boundary & (low == number))
    if len(feeding):
        return network.transformers.name[int(feeding[0])]
    sources = np.flatnonzero(areas.of_node[network.network.source_node] == number)
    if len(sources):
        return network.sources.name[int(sources[0])]
    return network.nodes.name[int(np.flatnonzero(areas.of_node == number)[0])]


class AreaSolver:
    """One area, with those that closed switches join to it now, if it speaks for them."""

    def __init__(self, network: AssembledNetwork, rows: Sequence[MeterRow], plan: AreaPlan, area: int) -> None:
        self._network, self._rows, self._plan, self._area = network, rows, plan, area
        self._meters = MeterPlan.build(rows, network)
        self._closed: BoolArray | None = None
        self._members: list[int] = []
        self._part: Part | None = None
        self._solver: Solver | None = None

    def read(self, blocks: Sequence[GatewayValues], as_of: datetime) -> Readings:
        return self._meters.read(blocks, as_of)

    def solve(self, readings: Readings) -> AreaResult | None:
        """None while a neighbour speaks for this area."""
        before = self._network.normal_closed if self._closed is None else self._closed
        closed = self._meters.switch_closed(readings, before)
        if self._closed is None or not np.array_equal(closed, self._closed):
            self._take(closed)
        if self._solver is None or self._part is None:
            return None
        solved = self._solver.solve(readings)
        return AreaResult.of(solved, self._part, self._network, self._rows, self._members)

    def _take(self, closed: BoolArray) -> None:
        network = self._network.network
        self._closed = closed
        mine = next(group for group in groups(network, self._plan.areas, closed) if self._area in group)
        if mine[0] != self._area:
            self._part = self._solver = None
            return
        part = extract(network, self._plan.areas, mine, resolve(network, closed))
        if self._part is None or not _same(part, self._part):
            inside = part_network(self._network, part)
            self._members, self._part = mine, part
            self._solver = Solver(inside, MeterPlan.build(self._rows, inside))


def _same(a: Part, b: Part) -> bool:
    names = ("nodes", "lines", "transformers", "switches", "sources", "injections")
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names) and np.array_equal(
        a.network.source_node, b.network.source_node
    )


def part_network(whole: AssembledNetwork, part: Part) -> AssembledNetwork:
    """The part as an assembled network. Sources and injections that stand for the outside have no meters."""
    node, injection = whole.node, whole.injection
    at = np.full(len(whole.nodes), OUTSIDE, np.int32)
    at[part.nodes] = np.arange(len(part.nodes))
    inner = part.injections[part.injections != OUTSIDE]
    source = np.maximum(part.sources, 0)
    return replace(
        whole,
        network=part.network,
        nodes=_named(whole.nodes, part.nodes),
        lines=_named(whole.lines, part.lines),
        transformers=_named(whole.transformers, part.transformers),
        switches=_named(whole.switches, part.switches),
        sources=_named(whole.sources, part.sources),
        injections=_named(whole.injections, part.injections),
        node=replace(
            node,
            bus=at[node.bus[part.nodes]],
            is_terminal=node.is_terminal[part.nodes],
            customers=node.customers[part.nodes],
            low_pu=node.low_pu[part.nodes],
            high_pu=node.high_pu[part.nodes],
        ),
        # Outlets come last and have no facts: nothing is usual there, the transformer's meter tells.
        injection=replace(
            injection,
            **{name: getattr(injection, name)[inner] for name in ("kind", "p_kw", "q_kvar", "rated_s_kva", "profile")},
        ),
        normal_closed=whole.normal_closed[part.switches],
        normal_tap=whole.normal_tap[part.transformers],
        is_regulating=whole.is_regulating[part.transformers],
        target_pu=whole.target_pu[part.transformers],
        source_voltage_pu=_outside_as(1.0, whole.source_voltage_pu, source, part),
        source_angle_deg=_outside_as(0.0, whole.source_angle_deg, source, part),
    )


def _outside_as(value: float, values: npt.NDArray[np.float64], source: npt.NDArray[np.int32], part: Part) -> np.ndarray:
    if not len(values):
        return np.full(len(source), value)
    return np.where(part.sources == OUTSIDE, value, values[source])


def _named(named: Named, positions: npt.NDArray[np.int32]) -> Named:
    """No meter is on what stands for the outside: it has a name that no equipment has."""
    pairs = [
        (named.mrid[n], named.name[n]) if n != OUTSIDE else (f"outside-{place}", "")
        for place, n in enumerate(positions.tolist())
    ]
    return Named(tuple(mrid for mrid, _ in pairs), tuple(name for _, name in pairs))
