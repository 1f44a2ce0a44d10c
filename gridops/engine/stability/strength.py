"""Indicators of how stiff the network is: inertia of what is connected, short-circuit strength where inverters stand.

Thresholds: an inverter that follows the grid wants a short-circuit ratio of 3 and more; from 2 to 3 the system is weak,
below 2 very weak (IEEE Std 1204-1997, section 1.6; CIGRE TB 671, 2016). Inertia is held against what keeps the first
rate of change after the largest loss within what plants must ride through (1 Hz/s: ENTSO-E, RoCoF withstand capability,
2018).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from gridops.engine.network.model import FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology
from gridops.engine.security.short_circuit import Extreme, Infeed, short_circuit

WEAK, VERY_WEAK = 3.0, 2.0
ROCOF_LIMIT_HZ_S = 1.0
KVA_PER_MVA = 1e3


class Strength(StrEnum):
    STRONG = "strong"
    WEAK = "weak"
    VERY_WEAK = "very weak"
    DEAD = "dead"


class Tie(StrEnum):
    """How a plant hangs on the network: what it brings to the shaft."""

    SYNCHRONOUS = "synchronous"
    FOLLOWING = "grid-following"
    FORMING = "grid-forming"


@dataclass(frozen=True, slots=True)
class Inertia:
    """(s,) each, kWs; grid-forming inverters give theirs by control, from stored energy."""

    synchronous_kws: FloatArray
    forming_kws: FloatArray
    needed_kws: FloatArray

    @property
    def total_kws(self) -> FloatArray:
        return np.asarray(self.synchronous_kws + self.forming_kws)


def inertia(
    inertia_s: FloatArray,
    rated_kva: FloatArray,
    ties: Sequence[Tie],
    connected: FloatArray,
    loss_kw: FloatArray,
    *,
    nominal_hz: float = 50.0,
    rocof_limit_hz_s: float = ROCOF_LIMIT_HZ_S,
) -> Inertia:
    """inertia_s, rated_kva: (plants,), seconds on the plant's own rating; connected: (s, plants) of 0 or 1.

    A grid-following inverter brings nothing, whatever its entry says. needed: dP f0 / (2 RoCoF).
    """
    own = np.array(ties)
    energy = inertia_s * rated_kva
    return Inertia(
        synchronous_kws=connected @ np.where(own == Tie.SYNCHRONOUS, energy, 0.0),
        forming_kws=connected @ np.where(own == Tie.FORMING, energy, 0.0),
        needed_kws=np.asarray(loss_kw * nominal_hz / (2 * rocof_limit_hz_s)),
    )


@dataclass(frozen=True, slots=True)
class Ratios:
    """(n,): short-circuit power of the least fault over what all inverters of the node are rated for."""

    power_mva: FloatArray
    ratio: FloatArray
    strength: tuple[Strength, ...]


def short_circuit_ratios(
    network: Network, topology: Topology, nodes: IntArray, rated_kva: FloatArray, *, infeed: Infeed
) -> Ratios:
    """At each inverter's node; inverters of one node count together. nodes, rated_kva: (n,)."""
    found = short_circuit(network, topology, nodes, infeed=infeed, extreme=Extreme.MINIMUM)
    at_node = np.bincount(nodes, weights=rated_kva, minlength=network.n_nodes)[nodes]
    ratio = found.power_mva * KVA_PER_MVA / np.maximum(at_node, 1e-9)
    return Ratios(found.power_mva, ratio, tuple(_strength(one) for one in ratio.tolist()))


def _strength(ratio: float) -> Strength:
    if np.isnan(ratio):
        return Strength.DEAD
    if ratio < VERY_WEAK:
        return Strength.VERY_WEAK
    return Strength.WEAK if ratio < WEAK else Strength.STRONG
