"""What each outage would do, reduced to what matters: supply lost, new violations, the worst of each kind."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gridops.engine.estimation.admittance import BASE_KVA
from gridops.engine.network.model import BoolArray, FloatArray, IntArray
from gridops.engine.security.contingency import Contingencies, OutageBlock, places_by_zone
from gridops.engine.security.zones import OperatingPoint, Zone, ZonedNetwork

# What is beyond a limit already counts as new only if the outage makes it worse by this.
WORSE_LOADING = 0.01
WORSE_VOLTAGE_PU = 0.002
NOTHING = -1


@dataclass(frozen=True, slots=True)
class Limits:
    low_pu: FloatArray  # per node
    high_pu: FloatArray
    customers: FloatArray  # per node
    loading: float = 1.0
    rise_pu: float = np.inf  # of any voltage by what is added; counts for hosting only


@dataclass(frozen=True, slots=True)
class Consequence:
    """One outage. Branches are numbered lines first, then transformers behind the last line; nodes as in the network.

    Worst values are those among what is electrically behind the same sources; NOTHING and nan where there is none.
    """

    branch: int
    solved: bool
    reason: str  # why it has no solution, in plain words
    lost_nodes: IntArray
    lost_kw: float  # net consumption
    lost_customers: float
    worst_loading: float
    worst_branch: int
    lowest_pu: float  # of the node with the least margin to its lower limit
    lowest_node: int
    highest_pu: float
    highest_node: int
    overloaded: IntArray  # branches that the outage brings beyond their limit, the worst first
    overloaded_to: FloatArray  # their loading
    excess_kva: float  # by which they are beyond it
    low_nodes: IntArray  # nodes that it brings below their lower limit, the worst first
    high_nodes: IntArray
    voltage_customers: float  # at these nodes
    zone_customers: float  # behind the same sources

    @property
    def is_secure(self) -> bool:
        """Nothing new beyond its limits. Supply may still be lost where there is only one way."""
        return self.solved and not (len(self.overloaded) or len(self.low_nodes) or len(self.high_nodes))

    @property
    def loading_margin(self) -> float:
        """What is left to the rating on the element that carries most; negative beyond it."""
        return 1.0 - self.worst_loading


def screen(point: OperatingPoint, limits: Limits, branches: Iterable[int]) -> list[Consequence]:
    """Consequences of the outage of each branch (lines, then transformers), in no particular order.

    Branches that are dead already, or between two sources, are left out: nothing changes without them.
    Equal to a full power flow of each outage within 1e-6 pu. An outage without a solution is a result with a reason.
    """
    return screen_prepared(Contingencies(point), limits, branches)


def screen_prepared(contingencies: Contingencies, limits: Limits, branches: Iterable[int]) -> list[Consequence]:
    """As `screen`, of a state that has been cut and factorised already."""
    reader = _Reader(contingencies, limits)
    found: list[Consequence] = []
    for number, which in enumerate(places_by_zone(contingencies.zoned, _live(contingencies.zoned, branches))):
        for block in contingencies.blocks(number, which):
            found += reader.read(number, block)
    return found


def _live(zoned: ZonedNetwork, branches: Iterable[int]) -> IntArray:
    """Network's branch numbers to live branches."""
    wanted, c = np.fromiter(branches, np.intp), zoned.compiled
    n_lines = len(c.live_line)
    lines = c.live_line[wanted[wanted < n_lines]]
    transformers = c.live_transformer[wanted[wanted >= n_lines] - n_lines]
    return np.concatenate([lines[lines >= 0], transformers[transformers >= 0] + len(c.lines)]).astype(np.int32)


@dataclass(frozen=True, slots=True)
class _ZoneFacts:
    """Per position of the zone, and per branch of it."""

    low_pu: FloatArray
    high_pu: FloatArray
    customers: FloatArray
    customers_below: FloatArray  # sums up to each position, so that a range is a difference
    load_below: FloatArray
    nodes: IntArray  # of all positions, one after the other
    node_start: IntArray  # where those of each position begin
    node: IntArray  # one of each bus
    branch: IntArray  # in the network
    rated_kva: FloatArray
    low_from_pu: FloatArray  # below it the violation is the outage's
    high_from_pu: FloatArray
    overload_from: FloatArray
    allowed: float


class _Reader:
    def __init__(self, contingencies: Contingencies, limits: Limits) -> None:
        self._zoned, self._limits = contingencies.zoned, limits
        c = self._zoned.compiled
        bus = c.live_bus_of_node[c.nodes]
        self._low, self._high = np.full(c.n_buses, -np.inf), np.full(c.n_buses, np.inf)
        np.maximum.at(self._low, bus, limits.low_pu[c.nodes])
        np.minimum.at(self._high, bus, limits.high_pu[c.nodes])
        self._customers = np.asarray(np.bincount(bus, limits.customers[c.nodes], c.n_buses), np.float64)
        self._node = np.zeros(c.n_buses, np.int32)
        self._node[bus[::-1]] = c.nodes[::-1]
        self._branch = np.concatenate([c.lines, c.transformers + len(c.live_line)]).astype(np.int32)
        self._zones = [
            self._facts(zone, base) for zone, base in zip(self._zoned.zones, contingencies.base, strict=True)
        ]

    def _facts(self, zone: Zone, base: np.ndarray) -> _ZoneFacts:
        low, high, loading = self._low[zone.bus], self._high[zone.bus], zone.loading(base[None])[0]
        voltage, allowed = np.abs(base), self._limits.loading
        customers = self._customers[zone.bus]
        nodes, node_start = self._nodes_of(zone)
        return _ZoneFacts(
            low_pu=low,
            high_pu=high,
            customers=customers,
            customers_below=_sums(customers),
            load_below=_sums(-BASE_KVA * zone.power.real),
            nodes=nodes,
            node_start=node_start,
            node=self._node[zone.bus],
            branch=self._branch[zone.branch],
            rated_kva=_rated_kva(zone),
            low_from_pu=np.where(voltage < low, voltage - WORSE_VOLTAGE_PU, low),
            high_from_pu=np.where(voltage > high, voltage + WORSE_VOLTAGE_PU, high),
            overload_from=np.where(loading > allowed, loading + WORSE_LOADING, allowed),
            allowed=allowed,
        )

    def _nodes_of(self, zone: Zone) -> tuple[IntArray, IntArray]:
        c = self._zoned.compiled
        position = np.full(c.n_buses, len(zone.bus), np.int32)
        position[zone.bus] = np.arange(len(zone.bus))
        of_node = position[c.live_bus_of_node[c.nodes]]
        order = np.argsort(of_node, kind="stable")
        start = np.searchsorted(of_node[order], np.arange(len(zone.bus) + 1))
        return c.nodes[order], start.astype(np.int32)

    def read(self, number: int, block: OutageBlock) -> list[Consequence]:
        facts = self._zones[number]
        below, above = block.voltage_pu < facts.low_from_pu, block.voltage_pu > facts.high_from_pu
        over = block.loading > facts.overload_from
        is_insecure = np.any(over, axis=1) | np.any(below, axis=1) | np.any(above, axis=1)
        new = [
            _violations(facts, block, row, over=over[row], below=below[row], above=above[row])
            if is_insecure[row]
            else _NOTHING_NEW
            for row in range(len(block.which))
        ]
        first, behind = block.lost.T
        columns: list[Any] = [
            facts.branch[block.which].tolist(),
            [not reason for reason in block.reason],
            block.reason,
            [facts.nodes[a:b] for a, b in zip(facts.node_start[first], facts.node_start[behind], strict=True)],
            (facts.load_below[behind] - facts.load_below[first]).tolist(),
            (facts.customers_below[behind] - facts.customers_below[first]).tolist(),
            *_worst(facts, block),
            *zip(*new, strict=True),
            [float(facts.customers_below[-1])] * len(new),
        ]
        return [Consequence(*row) for row in zip(*columns, strict=True)]


_Violations = tuple[IntArray, FloatArray, float, IntArray, IntArray, float]
_NONE = np.zeros(0, np.int32)
_NOTHING_NEW: _Violations = (_NONE, np.zeros(0), 0.0, _NONE, _NONE, 0.0)


def _violations(
    facts: _ZoneFacts, block: OutageBlock, row: int, *, over: BoolArray, below: BoolArray, above: BoolArray
) -> _Violations:
    """What one outage brings beyond its limits, in the order of the fields of Consequence."""
    overloaded, low, high = (np.flatnonzero(found) for found in (over, below, above))
    loading, voltage = block.loading[row, overloaded], block.voltage_pu[row]
    order = np.argsort(-loading)
    return (
        facts.branch[overloaded[order]],
        loading[order],
        float(((loading - facts.allowed) * facts.rated_kva[overloaded]).sum()),
        facts.node[low[np.argsort((voltage - facts.low_pu)[low])]],
        facts.node[high[np.argsort((facts.high_pu - voltage)[high])]],
        float(facts.customers[low].sum() + facts.customers[high].sum()),
    )


def _worst(facts: _ZoneFacts, block: OutageBlock) -> tuple[list, ...]:
    """The worst of each outage: nan and NOTHING where all is lost, or no solution exists."""
    rows = np.arange(len(block.which))
    loading = np.nan_to_num(block.loading)
    at = np.argmax(loading, axis=1)
    voltage = block.voltage_pu
    low = np.argmin(np.nan_to_num(voltage - facts.low_pu, nan=np.inf), axis=1)
    high = np.argmin(np.nan_to_num(facts.high_pu - voltage, nan=np.inf), axis=1)
    return (
        *_at(loading[rows, at], facts.branch[at], loading[rows, at] > 0),
        *_at(voltage[rows, low], facts.node[low], np.isfinite(voltage[rows, low])),
        *_at(voltage[rows, high], facts.node[high], np.isfinite(voltage[rows, high])),
    )


def _at(value: FloatArray, where: IntArray, is_known: BoolArray) -> tuple[list, list]:
    return np.where(is_known, value, np.nan).tolist(), np.where(is_known, where, NOTHING).tolist()


def _sums(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values)])


def _rated_kva(zone: Zone) -> FloatArray:
    """Of lines at their nominal voltage; 0 without a rating."""
    share = zone.branches.near_per_rating
    rated = np.zeros(len(share))
    np.divide(BASE_KVA, share, out=rated, where=share > 0)
    return rated
