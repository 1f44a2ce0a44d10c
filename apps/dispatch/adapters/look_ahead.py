"""What an act would do to the live network: supply by topology, limits by power flow. Nothing is stored.

Signs: a set-point is given as its meter reads, positive from the node into the equipment; the engine wants injections.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from apps.assets.adapters import AssembledNetwork
from apps.dispatch.choices.order import Act
from apps.dispatch.rules.look_ahead import LookAhead
from apps.studies.adapters.flow import Flow, figures, flow_of, violations
from apps.studies.adapters.studied import Studied
from gridops.engine.network.model import BoolArray, IntArray
from gridops.engine.security.loops import looped_branches
from gridops.engine.security.switching import UNTOLD, SwitchingEffect, ThroughFlow, switching_effect, through_flow
from gridops.engine.security.zones import OperatingPoint

_FIGURES = ("min_voltage_pu", "max_voltage_pu", "max_loading_percent", "max_loading_at", "losses_kw")
_MOST_NAMED = 10
_GROWN = 1.01  # what is beyond a limit already may stay there
_SWITCHES = frozenset({Act.OPEN, Act.CLOSE})
_TAPS = frozenset({Act.LOWER, Act.RAISE})


@dataclass(frozen=True, slots=True)
class Asked:
    """One act: `value` as the meter will read; `now` as it reads."""

    act: Act
    device_mrid: str
    value: float
    now: float | None
    is_reactive: bool = False
    is_setting: bool = False  # by which the plant answers later: no power moves with it


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known besides the state: positions of the network's arrays."""

    unknown_switches: IntArray
    earthed: Iterable[str] = ()  # mRIDs on which an earth hangs
    held: Iterable[str] = ()  # mRIDs that must not be energised
    faulted: Mapping[str, str] = field(default_factory=dict)  # mRIDs that must not be either, and why


def look_ahead(network: AssembledNetwork, point: OperatingPoint, asked: Asked, known: Circumstances) -> LookAhead:
    """Raises KeyError if the network does not have the device, ValueError if the switch stands there already."""
    if asked.act in _SWITCHES:
        return _of_switch(network, point, asked, known)
    before = _flow(network, point)
    return _with_limits(LookAhead(), before, _flow(network, _moved(network, point, asked)))


def _of_switch(network: AssembledNetwork, point: OperatingPoint, asked: Asked, known: Circumstances) -> LookAhead:
    arrays, switch = network.network, network.switches.position[asked.device_mrid]
    closes = asked.act == Act.CLOSE
    effect = switching_effect(arrays, point.topology, switch, closes=closes)
    after_point = replace(point, topology=effect.after)
    before, after = _flow(network, point), _flow(network, after_point)
    through = _through(point, effect, switch, after if closes else before, closes=closes)
    angle, difference = _across(before, network, switch, effect) if closes else (None, None)
    lost, gained = _shown(network, effect.lost), _shown(network, effect.gained)
    touched = _touched(network, switch, effect)
    found = LookAhead(
        customers_lost=_customers(network, lost),
        customers_gained=_customers(network, gained),
        kw_lost=_drawn_kw(point, effect.lost),
        kw_gained=_drawn_kw(point, effect.gained),
        nodes_lost=len(lost),
        nodes_gained=len(gained),
        is_bypassed=effect.is_bypassed,
        closes_ring=effect.joins_live and _rings(arrays, after_point) > _rings(arrays, point),
        opens_ring=effect.opens_ring,
        joins_islands=effect.joins_islands,
        joins_live=effect.joins_live,
        energises=bool(len(effect.gained)),
        angle_deg=angle,
        voltage_difference_percent=difference,
        current_a=_number(through.current_a),
        unknown_near=_unknown(network, known.unknown_switches, touched, switch),
        earthed_energised=_on(
            network, known.earthed, touched if closes else _none(network), effect.after.node_energised
        ),
        held_energised=_on(network, known.held, _mask(network, effect.gained), effect.after.node_energised),
        faulted_energised=onto_faults(network, known.faulted, _mask(network, effect.gained)),
    )
    return _with_limits(found, before, after)


def _moved(network: AssembledNetwork, point: OperatingPoint, asked: Asked) -> OperatingPoint:
    if asked.act in _TAPS:
        taps = point.tap_position.copy()
        taps[network.transformers.position[asked.device_mrid]] = round(asked.value)
        return replace(point, tap_position=taps)
    if asked.act == Act.RELEASE or asked.now is None or asked.is_setting:
        return point
    node = int(network.network.injection_node[network.injections.position[asked.device_mrid]])
    change = np.zeros(network.network.n_nodes)
    change[node] = asked.now - asked.value  # a meter counts what is drawn
    if asked.is_reactive:
        return replace(point, node_q_kvar=np.nan_to_num(point.node_q_kvar) + change)
    return replace(point, node_p_kw=np.nan_to_num(point.node_p_kw) + change)


def _flow(network: AssembledNetwork, point: OperatingPoint) -> Flow:
    nothing, none = np.zeros(network.network.n_nodes), np.zeros(len(network.injections))
    out = np.zeros(len(network.lines) + len(network.transformers), np.bool_)
    return flow_of(Studied(network, point, none, none, nothing, out), regulate=False)


def _through(point: OperatingPoint, effect: SwitchingEffect, switch: int, closed: Flow, *, closes: bool) -> ThroughFlow:
    parted = point.topology if closes else effect.after
    if effect.is_bypassed:
        return UNTOLD
    return through_flow(point.network, parted, switch, closed.state, (point.node_p_kw, point.node_q_kvar))


def _across(
    before: Flow, network: AssembledNetwork, switch: int, effect: SwitchingEffect
) -> tuple[float | None, float | None]:
    if not effect.joins_live or not before.state.converged:
        return None, None
    a, b = (int(end[switch]) for end in (network.network.switches.from_node, network.network.switches.to_node))
    turn = float(before.state.angle_deg[a] - before.state.angle_deg[b])
    angle = abs((turn + 180.0) % 360.0 - 180.0)
    return _number(angle), _number(100 * abs(float(before.state.voltage_pu[a] - before.state.voltage_pu[b])))


def _with_limits(found: LookAhead, before: Flow, after: Flow) -> LookAhead:
    if not after.state.converged or not before.state.converged:
        reason = after.state.reason or before.state.reason
        return replace(found, solved=False, unsolved_reason=reason)
    was = {(row["mrid"], row["kind"]): row for row in violations(before)}
    now = {(row["mrid"], row["kind"]): row for row in violations(after)}
    worse = [row for key, row in now.items() if key not in was or _beyond(row) > _GROWN * _beyond(was[key])]
    gone = [row for key, row in was.items() if key not in now]
    return replace(
        found,
        solved=True,
        limits_gained=worse[:_MOST_NAMED],
        limits_lost=gone[:_MOST_NAMED],
        figures_before=_figures(before),
        figures_after=_figures(after),
    )


def _beyond(row: dict[str, Any]) -> float:
    return abs(float(row["value"]) - float(row["limit"]))


def _figures(flow: Flow) -> dict[str, Any]:
    found = figures(flow)
    return {name: found[name] for name in _FIGURES}


def _rings(arrays: Any, point: OperatingPoint) -> int:
    return int(looped_branches(arrays, point.topology).sum())


def _shown(network: AssembledNetwork, nodes: IntArray) -> IntArray:
    return nodes[nodes < network.n_display_nodes]


def _customers(network: AssembledNetwork, nodes: IntArray) -> int:
    return int(network.node.customers[nodes].sum())


def _drawn_kw(point: OperatingPoint, nodes: IntArray) -> float:
    p = np.nan_to_num(point.node_p_kw)[nodes]
    return float(-p[p < 0].sum())


def _mask(network: AssembledNetwork, nodes: IntArray) -> BoolArray:
    mask = np.zeros(network.network.n_nodes, np.bool_)
    mask[nodes] = True
    return mask


def _none(network: AssembledNetwork) -> BoolArray:
    return np.zeros(network.network.n_nodes, np.bool_)


def _touched(network: AssembledNetwork, switch: int, effect: SwitchingEffect) -> BoolArray:
    """Nodes whose supply changes, and those that are one bus with the switch's ends."""
    mask = _mask(network, np.concatenate([effect.lost, effect.gained]))
    switches, bus = network.network.switches, effect.after.bus_of_node
    ends = bus[[switches.from_node[switch], switches.to_node[switch]]]
    return np.asarray(mask | np.isin(bus, ends), np.bool_)


def _unknown(network: AssembledNetwork, unknown: IntArray, touched: BoolArray, switch: int) -> list[str]:
    switches = network.network.switches
    near = unknown[(touched[switches.from_node[unknown]] | touched[switches.to_node[unknown]]) & (unknown != switch)]
    return [network.switches.name[at] for at in near[:_MOST_NAMED].tolist()]


def _on(network: AssembledNetwork, mrids: Iterable[str], where: BoolArray, energised: BoolArray) -> list[str]:
    """Names of the elements among these that touch such nodes and are live then."""
    wanted = where & energised
    return [name for mrid in mrids for name, nodes in [_ends(network, mrid)] if wanted[nodes].any()][:_MOST_NAMED]


def onto_faults(network: AssembledNetwork, faulted: Mapping[str, str], gained: BoolArray) -> list[str]:
    """Sentences on the faulted elements that touch a node which gets voltage; one of each reason."""
    found: dict[str, str] = {}
    for mrid, why in faulted.items():
        name, nodes = _ends(network, mrid)
        if gained[nodes].any():
            found.setdefault(why, f"{name} would be put under voltage: {why}")
    return list(found.values())[:_MOST_NAMED]


def _ends(network: AssembledNetwork, mrid: str) -> tuple[str, list[int]]:
    """An element's name and nodes; none where the network does not have it."""
    arrays = network.network
    for named, ends in (
        (network.lines, (arrays.lines.from_node, arrays.lines.to_node)),
        (network.transformers, (arrays.transformers.high_node, arrays.transformers.low_node)),
        (network.switches, (arrays.switches.from_node, arrays.switches.to_node)),
    ):
        if (at := named.position.get(mrid)) is not None:
            return named.name[at], [int(end[at]) for end in ends]
    node = network.node_at(mrid)
    name = network.nodes.name[int(network.node.bus[node])] if node is not None else mrid
    return name, [] if node is None else [node]


def live_of(network: AssembledNetwork, point: OperatingPoint, mrid: str) -> bool:
    """Whether the element is live at any of its ends."""
    _, nodes = _ends(network, mrid)
    return bool(nodes) and bool(point.topology.node_energised[nodes].any())


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
