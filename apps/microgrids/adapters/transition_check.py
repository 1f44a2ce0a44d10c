"""The island's own power flow before anything is opened: the network of now, the coupling open, the battery as source.

Signs: the room's powers are positive into the island, as the engine's injections are.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.models import Microgrid, MicrogridMember
from apps.microgrids.rules.situation import MemberNow, Situation
from gridops.engine.microgrids.island_flow import IslandFlow, island_flow
from gridops.engine.network.model import FloatArray
from gridops.engine.security.zones import OperatingPoint


def island_check(
    network: AssembledNetwork,
    point: OperatingPoint,
    situation: Situation,
    *,
    microgrid: Microgrid,
    generators: Sequence[MicrogridMember],
    plan: dict[str, Any],
) -> dict[str, Any]:
    """A document: figures, and `objections` in sentences."""
    switch = network.switches.position.get(str(microgrid.coupling_switch_mrid))
    forming = network.node_at(str(microgrid.forming_mrid))
    if switch is None or forming is None:
        return {"objections": ["The network of now has the coupling or the forming battery no more."]}
    closed = point.topology.switch_closed.copy()
    closed[switch] = False
    p_kw = _powers(network, point, situation, microgrid, forming)
    for member, kw in zip(generators, plan["generator_kw"], strict=True):
        _add(network, p_kw, str(member.element_mrid), kw - _now_kw(situation, member))
    for one in _cut(situation, int(plan["shed_group"])):
        _add(network, p_kw, str(one.element_mrid), -(one.p_kw.value or 0.0))
    nodes = np.arange(network.network.n_nodes, dtype=np.int32)
    found = island_flow(
        replace(network.network, injection_node=nodes),
        closed,
        forming_node=forming,
        p_kw=p_kw,
        q_kvar=np.nan_to_num(point.node_q_kvar),
        tap_position=point.tap_position,
        forming_kva=float(plan["battery_kw"]),
    )
    return _document(network, found)


def _powers(
    network: AssembledNetwork, point: OperatingPoint, situation: Situation, microgrid: Microgrid, forming: int
) -> FloatArray:
    """Of now, without the forming battery: it gives what is missing."""
    p_kw = np.nan_to_num(point.node_p_kw).astype(np.float64)
    battery = next((one for one in situation.members if one.element_mrid == microgrid.forming_mrid), None)
    if battery is not None:
        p_kw[forming] -= battery.p_kw.value or 0.0
    return p_kw


def _now_kw(situation: Situation, member: MicrogridMember) -> float:
    now = next((one for one in situation.members if one.element_mrid == member.element_mrid), None)
    return (now.p_kw.value or 0.0) if now else 0.0


def _cut(situation: Situation, group: int) -> list[MemberNow]:
    loads = situation.of(MemberKind.LOAD)
    return [one for one in loads if one.priority is not None and one.priority > 3 - group]


def _add(network: AssembledNetwork, p_kw: FloatArray, mrid: str, kw: float) -> None:
    node = network.node_at(mrid)
    if node is not None:
        p_kw[node] += kw


def _document(network: AssembledNetwork, found: IslandFlow) -> dict[str, Any]:
    return {
        "converged": found.converged,
        "forming_kw": _number(found.forming_kw),
        "forming_kvar": _number(found.forming_kvar),
        "lowest_pu": _number(found.lowest_pu),
        "lowest_at": _name(network, found.lowest_node),
        "highest_pu": _number(found.highest_pu),
        "highest_at": _name(network, found.highest_node),
        "most_loading_percent": _number(100.0 * found.most_loading),
        "losses_kw": _number(found.losses_kw),
        "objections": list(found.objections),
    }


def _name(network: AssembledNetwork, node: int) -> str:
    return network.nodes.name[node] if 0 <= node < network.n_display_nodes else ""


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
