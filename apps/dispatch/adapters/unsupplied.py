"""What the loads of dead parts would take, put into a state: an estimate knows nothing of them.

Signs: injections, positive into the network.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.studies.adapters.base import Base
from gridops.engine.network.model import IntArray
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint

Loads = Mapping[str, tuple[float, float]]  # by mRID: kW and kvar


def with_unsupplied(base: Base, network: AssembledNetwork, told: Loads) -> Base:
    """What is live stays as it was estimated."""
    if not told:
        return base
    at = _dead(network, told, resolve(network.network, base.switch_closed).node_energised)
    p, q = base.injection_p_kw.copy(), base.injection_q_kvar.copy()
    p[at], q[at] = _powers(network, told, at)
    return replace(base, injection_p_kw=p, injection_q_kvar=q)


def point_with(point: OperatingPoint, network: AssembledNetwork, told: Loads) -> OperatingPoint:
    """The same for a state by nodes."""
    if not told:
        return point
    live = point.topology.node_energised
    at = _dead(network, told, live)
    p, q = (np.bincount(network.network.injection_node[at], powers, len(live)) for powers in _powers(network, told, at))
    return replace(
        point,
        node_p_kw=np.where(live, point.node_p_kw, np.nan_to_num(point.node_p_kw) + p),
        node_q_kvar=np.where(live, point.node_q_kvar, np.nan_to_num(point.node_q_kvar) + q),
    )


def _dead(network: AssembledNetwork, told: Loads, live: np.ndarray) -> IntArray:
    position = network.injections.position
    known = np.array([position[mrid] for mrid in told if mrid in position], np.int32)
    return np.asarray(known[~live[network.network.injection_node[known]]], np.int32)


def _powers(network: AssembledNetwork, told: Loads, at: IntArray) -> np.ndarray:
    """Two rows: kW and kvar."""
    return np.array([told[network.injections.mrid[n]] for n in at.tolist()], np.float64).reshape(-1, 2).T
