"""A version in its normal switch positions: is everything supplied, does the power flow settle, is anything beyond
its limits?"""

from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np

from apps.assets.adapters.arrays import CONSUMER, AssembledNetwork
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.limits import Violation, overloads, voltage_violations
from gridops.engine.powerflow.regulation import settled_taps
from gridops.engine.powerflow.solver import PowerFlow
from gridops.engine.powerflow.state import GridState

_NAMED = 10


@dataclass(frozen=True, slots=True)
class FlowCheck:
    """One power flow of the normal state, in words for people."""

    name: str
    converged: bool
    reason: str
    load_kw: float
    losses_kw: float | None
    min_voltage_pu: float | None
    min_voltage_at: str
    max_voltage_pu: float | None
    max_voltage_at: str
    voltage_violations: int
    overloads: int
    worst: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NormalState:
    islands: int
    islands_without_source: int
    nodes_without_supply: int
    customers: int
    customers_without_supply: int
    flows: tuple[FlowCheck, ...]

    def document(self) -> dict[str, Any]:
        return asdict(self)


def normal_state(network: AssembledNetwork) -> NormalState:
    """Two power flows, regulators at work: every profile at its yearly mean; every load at its most, no generation."""
    topology = resolve(network.network, network.normal_closed)
    dead = ~topology.node_energised
    buses = ~network.node.is_terminal
    islands = np.unique(topology.island_of_node[buses])
    flow = PowerFlow(network.network, topology)
    return NormalState(
        islands=len(islands),
        islands_without_source=int((~topology.island_energised[islands]).sum()),
        nodes_without_supply=int((dead & buses).sum()),
        customers=int(network.node.customers.sum()),
        customers_without_supply=int(network.node.customers[dead].sum()),
        flows=(
            _checked(network, flow, name="Yearly mean", factors=_mean_factors(network), live=~dead),
            _checked(network, flow, name="Highest load, no generation", factors=_highest_load(network), live=~dead),
        ),
    )


def _mean_factors(network: AssembledNetwork) -> tuple[np.ndarray, np.ndarray]:
    at = network.injection.profile
    known = at >= 0
    p, q = np.ones(len(at)), np.ones(len(at))
    p[known], q[known] = network.profiles.mean_p[at[known]], network.profiles.mean_q[at[known]]
    return p, q


def _highest_load(network: AssembledNetwork) -> tuple[np.ndarray, np.ndarray]:
    factor = (network.injection.kind == CONSUMER).astype(np.float64)
    return factor, factor


def _checked(
    network: AssembledNetwork,
    flow: PowerFlow,
    *,
    name: str,
    factors: tuple[np.ndarray, np.ndarray],
    live: np.ndarray,
) -> FlowCheck:
    p, q = factors
    injected = network.injection.p_kw * p
    solve = partial(_solved, flow, network, p_kw=injected, q_kvar=network.injection.q_kvar * q)
    state, _ = settled_taps(
        network.network,
        solve,
        tap_position=network.normal_tap,
        is_regulating=network.is_regulating,
        target_pu=network.target_pu,
    )
    supplied = live[network.network.injection_node] & (network.injection.kind == CONSUMER)
    return _judged(network, state, name=name, load_kw=float(-injected[supplied].sum()))


def _solved(
    flow: PowerFlow, network: AssembledNetwork, taps: np.ndarray, *, p_kw: np.ndarray, q_kvar: np.ndarray
) -> GridState:
    return flow.solve(
        p_kw=p_kw,
        q_kvar=q_kvar,
        tap_position=taps,
        source_voltage_pu=network.source_voltage_pu,
        source_angle_deg=network.source_angle_deg,
    )


def _judged(network: AssembledNetwork, state: GridState, *, name: str, load_kw: float) -> FlowCheck:
    n = network.n_display_nodes
    voltage = state.voltage_pu[:n]
    beyond = voltage_violations(voltage, network.node.low_pu[:n], network.node.high_pu[:n]) != Violation.NONE
    over = [overloads(state.line_loading), overloads(state.transformer_loading)]
    low, high = _extreme(voltage, np.nanargmin), _extreme(voltage, np.nanargmax)
    return FlowCheck(
        name=name,
        converged=state.converged,
        reason=state.reason,
        load_kw=load_kw,
        losses_kw=float(state.losses_kw) if np.isfinite(state.losses_kw) else None,
        min_voltage_pu=None if low is None else float(voltage[low]),
        min_voltage_at="" if low is None else network.nodes.name[low],
        max_voltage_pu=None if high is None else float(voltage[high]),
        max_voltage_at="" if high is None else network.nodes.name[high],
        voltage_violations=int(beyond.sum()),
        overloads=int(over[0].sum() + over[1].sum()),
        worst=tuple(_worst(network, state, beyond, voltage)),
    )


def _extreme(voltage: np.ndarray, pick: Any) -> int | None:
    return int(pick(voltage)) if np.isfinite(voltage).any() else None


def _worst(network: AssembledNetwork, state: GridState, beyond: np.ndarray, voltage: np.ndarray) -> list[str]:
    branches = ((network.lines, state.line_loading), (network.transformers, state.transformer_loading))
    found = sorted(
        (
            (float(loading[i]), f"{named.name[i]} carries {loading[i]:.0%} of its rating")
            for named, loading in branches
            for i in np.flatnonzero(overloads(loading))
        ),
        reverse=True,
    )
    far = sorted(np.flatnonzero(beyond), key=lambda i: -abs(voltage[i] - 1))
    return [text for _, text in found[:_NAMED]] + [
        f"{network.nodes.name[i]} at {voltage[i]:.3f} pu" for i in far[:_NAMED]
    ]
