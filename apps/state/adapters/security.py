"""The live state as the engine's security functions want it, and their results in the words of the network.

Signs: the engine's injections are positive into the network, here and there; a lost kW is consumption, positive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import AssembledNetwork, Named
from apps.state.adapters.meters import MeterPlan, Readings
from apps.state.adapters.pseudo import Allocator
from gridops.engine.estimation.estimator import Estimator
from gridops.engine.network.topology import resolve
from gridops.engine.security.ranking import rank
from gridops.engine.security.screening import Consequence, Limits, screen
from gridops.engine.security.short_circuit import Extreme, FaultKind, Infeed, short_circuit
from gridops.engine.security.zones import OperatingPoint

_MODEL_ERROR = 0.01
_LISTED = 10  # elements of one contingency
_LEAST_KVA_PER_CUSTOMER = 0.1

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Blind:
    """Why nothing can be said now."""

    reason: str


class LiveState:
    """Estimates apart from the scan, because security needs angles and injections, which no solution stores."""

    def __init__(self, network: AssembledNetwork, plan: MeterPlan) -> None:
        self.network, self._plan = network, plan
        self._allocator = Allocator(network)
        self._taps = network.normal_tap.astype(np.int64)
        self._topology = resolve(network.network, network.normal_closed)
        self._estimator = Estimator(network.network, self._topology)

    def point(self, readings: Readings) -> OperatingPoint | Blind:
        if not readings.is_fresh.any():
            return Blind("There are no fresh measurements.")
        self._take_switches(readings)
        self._taps = self._plan.tap_position(readings, self._taps)
        metered = self._plan.injections_now(readings)
        measured = self._plan.measurements(readings, metered, self._allocator.allocate(metered).pseudo)
        taps = self._taps.astype(np.int32)
        estimate = self._estimator.estimate(measured.with_model_error(_MODEL_ERROR), taps)
        if not estimate.converged:
            return Blind(estimate.reason)
        sources = self.network.network.source_node
        return OperatingPoint(
            network=self.network.network,
            topology=self._topology,
            node_p_kw=estimate.node_p_kw,
            node_q_kvar=estimate.node_q_kvar,
            tap_position=taps,
            source_voltage_pu=np.nan_to_num(estimate.voltage_pu[sources], nan=1.0),
            source_angle_deg=np.nan_to_num(estimate.angle_deg[sources]),
        )

    def unknown_switches(self, readings: Readings) -> npt.NDArray[np.int32]:
        """Those with a meter that now says neither open nor closed, or is not heard."""
        singles = self._plan.switches
        value, fresh = readings.value[singles.row], readings.is_fresh[singles.row]
        return np.asarray(singles.element[~(fresh & np.isin(value, (0.0, 1.0)))], np.int32)

    def _take_switches(self, readings: Readings) -> None:
        closed = self._plan.switch_closed(readings, self._topology.switch_closed)
        if not np.array_equal(closed, self._topology.switch_closed):
            self._topology = resolve(self.network.network, closed)
            self._estimator.set_topology(self._topology)


def outages_that_matter(network: AssembledNetwork, *, least_kv: float) -> npt.NDArray[np.intp]:
    """Lines and transformers whose higher voltage is at least that; numbered lines first."""
    kv, arrays = network.network.nominal_kv, network.network
    line_kv = kv[arrays.lines.from_node]
    return np.flatnonzero(np.concatenate([line_kv, kv[arrays.transformers.high_node]]) >= least_kv)


@dataclass(frozen=True, slots=True)
class Screened:
    outages: int
    insecure: int
    contingencies: list[dict[str, Any]]  # the gravest, ranked


class Screening:
    """N-1 of one network."""

    def __init__(self, network: AssembledNetwork) -> None:
        self._network = network
        node = network.node
        self._limits = Limits(node.low_pu, node.high_pu, node.customers.astype(np.float64))

    def run(self, point: OperatingPoint, *, least_kv: float, most: int) -> Screened:
        found = screen(point, self._limits, outages_that_matter(self._network, least_kv=least_kv).tolist())
        ranked = rank(found, kva_per_customer=self._kva_per_customer(point))
        told = [self._told(place + 1, stake, outage) for place, (stake, outage) in enumerate(ranked[:most])]
        return Screened(len(found), sum(not outage.is_secure for outage in found), told)

    def _kva_per_customer(self, point: OperatingPoint) -> float:
        drawn = np.nan_to_num(np.hypot(point.node_p_kw, point.node_q_kvar))
        consumed = float(drawn[np.nan_to_num(point.node_p_kw) < 0].sum())
        return max(consumed / max(float(self._limits.customers.sum()), 1.0), _LEAST_KVA_PER_CUSTOMER)

    def _told(self, place: int, stake: float, outage: Consequence) -> dict[str, Any]:
        worst, lowest, highest = outage.worst_branch, outage.lowest_node, outage.highest_node
        limits = self._limits
        return {
            "rank": place,
            **_prefixed("equipment", self._branch(outage.branch)),
            "customers_at_stake": round(stake, 1),
            "customers_lost": round(outage.lost_customers),
            "customers_affected": round(outage.zone_customers - outage.lost_customers),
            "nodes_lost": len(outage.lost_nodes),
            "lost_kw": round(outage.lost_kw, 1),
            "solved": outage.solved,
            "reason": outage.reason,
            "is_secure": outage.is_secure,
            "worst": None
            if worst < 0
            else self._branch(worst)
            | {"loading_percent": 100 * outage.worst_loading, "margin_percent": 100 * outage.loading_margin},
            "lowest": None if lowest < 0 else self._node(lowest, outage.lowest_pu, limits.low_pu),
            "highest": None if highest < 0 else self._node(highest, outage.highest_pu, limits.high_pu),
            "overloaded": [
                self._branch(branch) | {"loading_percent": 100 * to}
                for branch, to in zip(
                    outage.overloaded[:_LISTED].tolist(), outage.overloaded_to[:_LISTED].tolist(), strict=True
                )
            ],
            "overloaded_count": len(outage.overloaded),
            "low_count": len(outage.low_nodes),
            "high_count": len(outage.high_nodes),
        }

    def _branch(self, branch: int) -> dict[str, str]:
        return branch_named(self._network, branch)

    def _node(self, node: int, value: float, limit: FloatArray) -> dict[str, Any]:
        return node_named(self._network, node) | {"voltage_pu": value, "limit_pu": _number(limit[node])}


def branch_named(network: AssembledNetwork, branch: int) -> dict[str, str]:
    n_lines = len(network.lines.mrid)
    if branch < n_lines:
        return _named(network.lines, branch, "ACLineSegment")
    return _named(network.transformers, branch - n_lines, "PowerTransformer")


def node_named(network: AssembledNetwork, node: int) -> dict[str, str]:
    return _named(network.nodes, int(network.node.bus[node]), "ConnectivityNode")


def _named(elements: Named, place: int, kind: str) -> dict[str, str]:
    return {"mrid": elements.mrid[place], "name": elements.name[place], "class": kind}


def _prefixed(prefix: str, names: dict[str, str]) -> dict[str, str]:
    return {f"{prefix}_{name}": text for name, text in names.items()}


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class FaultLevel:
    kind: str
    extreme: str
    initial_ka: float | None  # None: dead
    peak_ka: float | None
    power_mva: float | None
    rx: float | None


def fault_levels(
    network: AssembledNetwork,
    closed: npt.NDArray[np.bool_],
    nodes: Sequence[int],
    *,
    source_mva: float,
    source_rx: float,
) -> list[list[FaultLevel]]:
    """Per node the currents of each kind of fault, greatest and least."""
    topology = resolve(network.network, closed)
    count = len(network.network.source_node)
    infeed = Infeed(np.full(count, source_mva), np.full(count, source_rx))
    levels: list[list[FaultLevel]] = [[] for _ in nodes]
    for kind in FaultKind:
        for extreme in Extreme:
            found = short_circuit(network.network, topology, nodes, infeed=infeed, kind=kind, extreme=extreme)
            for place in range(len(nodes)):
                values = (found.initial_ka, found.peak_ka, found.power_mva, found.rx)
                levels[place].append(FaultLevel(kind.value, extreme.value, *(_number(v[place]) for v in values)))
    return levels
