"""The AC power flow of a part that stands alone: its forming device is the only source.

Powers are kW and kvar, positive into the network; voltages per unit; loading is a share of the rating.
"""

from dataclasses import dataclass, replace

import numpy as np

from gridops.engine.network.model import BoolArray, FloatArray, IntArray, Network
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow


@dataclass(frozen=True, slots=True)
class IslandFlow:
    """`objections` are sentences on broken limits; empty where the island can live so. Arrays are by node and element;
    nan where the island does not reach."""

    forming_kw: float
    forming_kvar: float
    lowest_pu: float
    lowest_node: int
    highest_pu: float
    highest_node: int
    most_loading: float
    losses_kw: float
    reaches: BoolArray  # nodes
    converged: bool
    objections: tuple[str, ...]


def island_flow(
    network: Network,
    switch_closed: BoolArray,
    *,
    forming_node: int,
    p_kw: FloatArray,
    q_kvar: FloatArray,
    tap_position: IntArray,
    forming_kva: float,
    voltage_pu: float = 1.0,
    low_pu: float = 0.9,
    high_pu: float = 1.1,
) -> IslandFlow:
    """With the coupling open in `switch_closed`, and the forming device's own injection left out of p_kw and q_kvar.

    p_kw, q_kvar: one per `network.injection_node`. forming_kva: what the device can give. That the part still hangs on
    another source is an objection. No convergence is a result with a reason.
    """
    before = resolve(network, switch_closed)
    alone = replace(network, source_node=np.array([forming_node], np.int32))
    topology = resolve(alone, switch_closed)
    reaches = topology.node_energised
    if before.node_energised[forming_node]:
        return _none(reaches, "The part still hangs on another source: another way into it is closed.")
    state = PowerFlow(alone, topology).solve(
        p_kw=np.nan_to_num(p_kw),
        q_kvar=np.nan_to_num(q_kvar),
        tap_position=tap_position,
        source_voltage_pu=np.array([voltage_pu]),
    )
    if not state.converged:
        return _none(reaches, state.reason)
    pu = np.where(reaches, state.voltage_pu, np.nan)
    lowest, highest = int(np.nanargmin(pu)), int(np.nanargmax(pu))
    loading = np.concatenate([state.line_loading, state.transformer_loading])
    most = float(np.nanmax(loading)) if np.isfinite(loading).any() else float("nan")
    given = float(np.hypot(state.source_p_kw[0], state.source_q_kvar[0]))
    found = IslandFlow(
        forming_kw=float(state.source_p_kw[0]),
        forming_kvar=float(state.source_q_kvar[0]),
        lowest_pu=float(pu[lowest]),
        lowest_node=lowest,
        highest_pu=float(pu[highest]),
        highest_node=highest,
        most_loading=most,
        losses_kw=state.losses_kw,
        reaches=reaches,
        converged=True,
        objections=(),
    )
    return replace(found, objections=_objections(found, given, forming_kva, (low_pu, high_pu)))


def _objections(found: IslandFlow, given_kva: float, rated_kva: float, band: tuple[float, float]) -> tuple[str, ...]:
    low_pu, high_pu = band
    objections = (
        (given_kva > rated_kva, f"The forming device would give {given_kva:,.0f} kVA, it has {rated_kva:,.0f}."),
        (found.lowest_pu < low_pu, f"The lowest voltage would be {found.lowest_pu:.3f} pu, the limit is {low_pu:g}."),
        (
            found.highest_pu > high_pu,
            f"The highest voltage would be {found.highest_pu:.3f} pu, the limit is {high_pu:g}.",
        ),
        (found.most_loading > 1.0, f"A line or transformer would be loaded to {100 * found.most_loading:.0f} %."),
    )
    return tuple(text for holds, text in objections if holds)


def _none(reaches: BoolArray, reason: str) -> IslandFlow:
    nothing = float("nan")
    return IslandFlow(nothing, nothing, nothing, -1, nothing, -1, nothing, nothing, reaches, False, (reason,))
