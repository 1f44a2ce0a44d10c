"""What is connected at each bus, and how well it is known.

A slot is one node with injections, or one source. A bus may hold several slots; power-grid-model is told the sum.
Its estimate is then shared among the slots in proportion to their variances, which is the least-squares answer.
"""

from dataclasses import dataclass

import numpy as np

from gridops.engine.estimation.measurements import Injections, Measurements
from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.powerflow.compile import Compiled

UNKNOWN_VARIANCE = 1e24  # of a source without a meter: it takes whatever is left
PRIOR_FACTOR = 10.0  # a node without any measurement: zero, give or take this many times the largest known power
LEAST_PRIOR_KW = 100.0


@dataclass(frozen=True, slots=True)
class Slots:
    """Injection nodes first (ascending), then sources. All live."""

    n_injection: int
    bus: IntArray
    slot_of_node: IntArray  # -1 where the node has no injection slot
    slot_of_source: IntArray  # -1 where dead
    buses: IntArray  # buses with slots, ascending
    group: IntArray  # per slot: position in buses


@dataclass(frozen=True, slots=True)
class SlotValues:
    """Combined measurements per slot, kW and kvar."""

    p_kw: FloatArray
    q_kvar: FloatArray
    var_p: FloatArray
    var_q: FloatArray
    is_real: BoolArray  # a real meter
    is_known: BoolArray  # a real or a pseudo-measurement


def find_slots(network: Network, compiled: Compiled) -> Slots:
    """Slots of everything live: they change with the topology alone."""
    live_nodes = np.unique(network.injection_node[compiled.injections])
    bus = np.concatenate([compiled.live_bus_of_node[live_nodes], compiled.source_bus]).astype(np.int32)
    slot_of_node = np.full(network.n_nodes, -1, np.int32)
    slot_of_node[live_nodes] = np.arange(len(live_nodes))
    slot_of_source = np.full(len(network.source_node), -1, np.int32)
    slot_of_source[compiled.sources] = len(live_nodes) + np.arange(len(compiled.sources))
    buses, group = np.unique(bus, return_inverse=True)
    return Slots(len(live_nodes), bus, slot_of_node, slot_of_source, buses.astype(np.int32), group.astype(np.int32))


def used_injections(slots: Slots, injections: Injections, active: BoolArray) -> BoolArray:
    """Which measurements count: live, not removed, and not a pseudo-measurement beside a real one."""
    slot = slots.slot_of_node[injections.node]
    usable = active & (slot >= 0)
    has_real = np.zeros(len(slots.bus), np.bool_)
    has_real[slot[usable & ~injections.is_pseudo]] = True
    return np.asarray(usable & ~(injections.is_pseudo & has_real[slot]), np.bool_)


def combine(slots: Slots, measurements: Measurements, used: BoolArray, used_sources: BoolArray) -> SlotValues:
    """Weighted mean of the measurements of each slot; a prior around zero where an injection has none."""
    injections, sources = measurements.injections, measurements.sources
    slot = np.concatenate(
        [slots.slot_of_node[injections.node[used]], slots.slot_of_source[sources.source[used_sources]]]
    )
    known = np.bincount(slot, minlength=len(slots.bus)) > 0
    real = np.zeros(len(slots.bus), np.bool_)
    real[slots.slot_of_node[injections.node[used & ~injections.is_pseudo]]] = True
    real[slots.slot_of_source[sources.source[used_sources]]] = True
    p, q, sigma_p, sigma_q = (
        np.concatenate([getattr(injections, name)[used], getattr(sources, name)[used_sources]])
        for name in ("p_kw", "q_kvar", "sigma_p_kw", "sigma_q_kvar")
    )
    prior = np.full(len(slots.bus), _prior_variance(p, q))
    prior[slots.n_injection :] = UNKNOWN_VARIANCE
    p_slot, var_p = _weighted_mean(slot, p, sigma_p, prior)
    q_slot, var_q = _weighted_mean(slot, q, sigma_q, prior)
    return SlotValues(p_slot, q_slot, var_p, var_q, real, known)


def share(slots: Slots, bus_total: FloatArray, value: FloatArray, variance: FloatArray) -> FloatArray:
    """Estimate of each slot, from the estimated total of each bus (one per live bus)."""
    count = len(slots.buses)
    excess = bus_total[slots.buses] - np.bincount(slots.group, value, count)
    part = variance / np.bincount(slots.group, variance, count)[slots.group]
    return np.asarray(value + part * excess[slots.group], np.float64)


def _prior_variance(p: FloatArray, q: FloatArray) -> float:
    largest = max(np.abs(p).max(initial=0.0), np.abs(q).max(initial=0.0), LEAST_PRIOR_KW)
    return float((PRIOR_FACTOR * largest) ** 2)


def _weighted_mean(
    slot: IntArray, value: FloatArray, sigma: FloatArray, prior: FloatArray
) -> tuple[FloatArray, FloatArray]:
    weight = 1.0 / (sigma * sigma)
    total = np.bincount(slot, weight, len(prior))
    weighted = np.bincount(slot, weight * value, len(prior))
    known = total > 0
    mean = np.divide(weighted, total, out=np.zeros(len(prior)), where=known)
    return mean, np.divide(1.0, total, out=prior.copy(), where=known)
