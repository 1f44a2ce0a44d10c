"""What one switch does to the supply: who loses or gets it, which rings and sources it joins, what flows through it."""

from dataclasses import dataclass

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import Topology, resolve
from gridops.engine.network.tracing import lost_supply, regained_supply
from gridops.engine.powerflow.state import GridState
from gridops.engine.units import ROOT_3

LEAST_VOLTAGE_PU = 0.05


@dataclass(frozen=True, slots=True)
class SwitchingEffect:
    """Of opening or closing one switch.

    `is_bypassed`: other closed switches join its two nodes, so that nothing changes. `joins_live`: closing joins two
    live buses; `joins_islands`: of two islands, each with sources of its own. `opens_ring`: opening leaves both sides
    supplied, along different ways.
    """

    after: Topology
    lost: IntArray  # nodes
    gained: IntArray
    is_bypassed: bool
    joins_live: bool
    joins_islands: bool
    opens_ring: bool


@dataclass(frozen=True, slots=True)
class ThroughFlow:
    """What flows through a closed switch, from its first node to its second; nan where it cannot be told."""

    p_kw: float
    q_kvar: float
    current_a: float


UNTOLD = ThroughFlow(float("nan"), float("nan"), float("nan"))


def switching_effect(network: Network, before: Topology, switch: int, *, closes: bool) -> SwitchingEffect:
    """Of moving the switch (a position in `network.switches`) to closed or open, at the positions of `before`.

    Raises ValueError if the switch stands there already.
    """
    if bool(before.switch_closed[switch]) == closes:
        raise ValueError("The switch stands there already.")
    closed = before.switch_closed.copy()
    closed[switch] = closes
    after = resolve(network, closed)
    parted = before if closes else after  # the state in which the switch is open
    a, b = int(network.switches.from_node[switch]), int(network.switches.to_node[switch])
    both_live = bool(parted.node_energised[a] and parted.node_energised[b])
    is_bypassed = bool(parted.bus_of_node[a] == parted.bus_of_node[b])
    same_island = bool(parted.island_of_node[a] == parted.island_of_node[b])
    return SwitchingEffect(
        after=after,
        lost=lost_supply(before, after),
        gained=regained_supply(before, after),
        is_bypassed=is_bypassed,
        joins_live=closes and both_live and not is_bypassed,
        joins_islands=closes and both_live and not same_island,
        opens_ring=not closes and both_live and not is_bypassed,
    )


def through_flow(
    network: Network, parted: Topology, switch: int, state: GridState, injected: tuple[FloatArray, FloatArray]
) -> ThroughFlow:
    """What a closed switch carries, by the balance of the side of its first node.

    parted: the positions with this switch open. state: the power flow with it closed. injected: kW and kvar, one per
    node, positive into the network. Where other closed switches join both sides it cannot be told.
    """
    a, b = int(network.switches.from_node[switch]), int(network.switches.to_node[switch])
    if parted.bus_of_node[a] == parted.bus_of_node[b] or not state.converged:
        return UNTOLD
    u_pu = float(state.voltage_pu[a])
    if not np.isfinite(u_pu) or u_pu < LEAST_VOLTAGE_PU:
        return ThroughFlow(0.0, 0.0, 0.0)  # dead: nothing flows
    here = np.asarray(parted.bus_of_node == parted.bus_of_node[a], np.bool_)
    shunts = here[network.shunts.node]
    p = _balance(network, here, injected[0], _active(state)) + u_pu**2 * float(network.shunts.p_kw[shunts].sum())
    q = _balance(network, here, injected[1], _reactive(state)) + u_pu**2 * float(network.shunts.q_kvar[shunts].sum())
    return ThroughFlow(p, q, float(np.hypot(p, q)) / (ROOT_3 * u_pu * float(network.nominal_kv[a])))


def _active(state: GridState) -> tuple[FloatArray, ...]:
    units = (state.transformer_p_high_kw, state.transformer_p_low_kw)
    return (state.line_p_from_kw, state.line_p_to_kw, *units, state.source_p_kw)


def _reactive(state: GridState) -> tuple[FloatArray, ...]:
    units = (state.transformer_q_high_kvar, state.transformer_q_low_kvar)
    return (state.line_q_from_kvar, state.line_q_to_kvar, *units, state.source_q_kvar)


def _balance(network: Network, here: BoolArray, injected: FloatArray, flows: tuple[FloatArray, ...]) -> float:
    """What comes in at these nodes and does not leave by their branches leaves by the switch."""
    ends = (
        network.lines.from_node,
        network.lines.to_node,
        network.transformers.high_node,
        network.transformers.low_node,
    )
    out = sum(float(np.nansum(flow[here[node]])) for node, flow in zip(ends, flows, strict=False))
    return float(np.nansum(injected[here])) + float(np.nansum(flows[-1][here[network.source_node]])) - out
