"""A scene and what counts as faulted as the engine's faulted grid, and its plans as steps of dispatch.

Signs: injections, positive into the network, on both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.assets.choices import SwitchKind
from apps.dispatch.adapters.expected import Ahead
from apps.dispatch.adapters.scene import Scene, drawn_kw
from apps.dispatch.adapters.steps import Wanted
from apps.dispatch.choices.proposal import StepQuantity
from apps.incidents.choices.restoring import BY_HAND_S, REMOTE_S
from gridops.engine.network.topology import resolve
from gridops.engine.reliability.cold_load import pickup_factor
from gridops.engine.reliability.restoration.problem import FaultedGrid, Restoration

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int32]
_SECONDS_PER_HOUR = 3600.0
HAND_FROM_S = 600.0
LEAST_PLANT_KW = 1.0


@dataclass(frozen=True, slots=True)
class Faulted:
    """mRIDs that may not be put under voltage."""

    lines: Sequence[str]
    transformers: Sequence[str]
    nodes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Operable:
    """mRIDs: switches that take orders, switches that a crew may be sent to, kinds of all."""

    remote: frozenset[str]
    by_hand: frozenset[str]
    kinds: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Served:
    """By mRID of the consumer: customers, and what a minute of one weighs where that is not 1."""

    customers: Mapping[str, int]
    weight: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Hours:
    """What every injection gives in each hour until the repair is over, cold-load pickup included.

    Where plants are without supply a last row of no length has them back, with the least load.
    """

    p_kw: FloatArray
    q_kvar: FloatArray
    rest_hours: FloatArray
    said_by: str


def hours_of(ahead: Ahead, network: AssembledNetwork, dead: BoolArray, *, outage_h: float, rest_h: float) -> Hours:
    """Of each hour the quarter with the most load. dead: injections without supply; `ahead` has what they would give.

    Their plants feed in nothing at first and may come back at any time: a plan has to bear both.
    """
    count = max(int(np.ceil(rest_h - 1e-9)), 1)
    lengths = np.ones(count)
    lengths[-1] = rest_h - (count - 1)
    starts = np.array([(at - ahead.starts_at[0]).total_seconds() / _SECONDS_PER_HOUR for at in ahead.starts_at])
    is_load = network.injection.kind == CONSUMER
    taken = -ahead.p_kw[:, is_load].sum(axis=1)
    rows: list[int] = []
    for hour in range(count):
        inside = np.flatnonzero((starts >= hour) & (starts < hour + 1))
        rows.append(int(inside[np.argmax(taken[inside])]) if len(inside) else (rows[-1] if rows else 0))
    factor = np.where(is_load, pickup_factor(outage_h, np.arange(count))[:, None], 0.0)
    scale = np.where(dead, factor, 1.0)
    p, q = ahead.p_kw[rows] * scale, ahead.q_kvar[rows] * scale
    back = int(np.argmax(ahead.p_kw.sum(axis=1)))
    if (ahead.p_kw[back, dead & ~is_load] > LEAST_PLANT_KW).any():
        p, q = np.vstack([p, ahead.p_kw[back]]), np.vstack([q, ahead.q_kvar[back]])
        lengths = np.append(lengths, 0.0)
    return Hours(p, q, lengths, ahead.said_by)


def dead_injections(scene: Scene) -> BoolArray:
    network = scene.place.network.network
    return np.asarray(~resolve(network, scene.base.switch_closed).node_energised[network.injection_node], np.bool_)


def at_nodes(network: AssembledNetwork, mrids: Sequence[str]) -> IntArray:
    """Consumers at these nodes."""
    nodes = _positions(network.nodes.position, mrids)
    inside = np.isin(network.node.bus[network.network.injection_node], nodes)
    return np.flatnonzero(inside & (network.injection.kind == CONSUMER)).astype(np.int32)


def faulted_grid(
    scene: Scene, faulted: Faulted, operable: Operable, served: Served, hours: Hours, *, open_before: Sequence[str]
) -> FaultedGrid:
    network, base = scene.place.network, scene.base
    units = network.network.transformers
    at = _positions(network.transformers.position, faulted.transformers)
    nodes = np.unique(
        np.concatenate([_positions(network.nodes.position, faulted.nodes), units.high_node[at], units.low_node[at]])
    )
    remote = np.isin(network.switches.mrid, list(operable.remote))
    may = remote | np.isin(network.switches.mrid, list(operable.by_hand))
    return FaultedGrid(
        network=network.network,
        switch_closed=base.switch_closed,
        tap_position=base.tap_position,
        source_voltage_pu=base.source_voltage_pu,
        faulted_lines=_positions(network.lines.position, faulted.lines),
        faulted_nodes=nodes.astype(np.int32),
        can_operate=np.asarray(may & ~_cannot_switch_load(scene, operable.kinds), np.bool_),
        seconds=np.where(remote, REMOTE_S, BY_HAND_S),
        p_kw=hours.p_kw,
        q_kvar=hours.q_kvar,
        customers=np.array([served.customers.get(mrid, 0) for mrid in network.injections.mrid], np.int32),
        weight=np.array([served.weight.get(mrid, 1.0) for mrid in network.injections.mrid], np.float64),
        rest_hours=hours.rest_hours,
        low_pu=network.node.low_pu,
        high_pu=network.node.high_pu,
        hand_from_s=HAND_FROM_S if operable.remote else np.inf,  # where all is done by hand nothing goes before
        closed_before=~np.isin(network.switches.mrid, list(open_before)) if open_before else network.normal_closed,
    )


def _cannot_switch_load(scene: Scene, kinds: Mapping[str, str]) -> BoolArray:
    """A fuse is nobody's switch; a disconnector may only be opened, where no voltage is on it."""
    network, closed = scene.place.network, scene.base.switch_closed
    live = resolve(network.network, closed).node_energised
    ends = network.network.switches
    is_dead = ~live[ends.from_node] & ~live[ends.to_node]
    kind = np.array([kinds.get(mrid, "") for mrid in network.switches.mrid])
    disconnector = kind == SwitchKind.DISCONNECTOR.value
    return np.asarray((kind == SwitchKind.FUSE.value) | (disconnector & ~(closed & is_dead)), np.bool_)


def _positions(position: Mapping[str, int], mrids: Sequence[str]) -> IntArray:
    return np.array(sorted({position[mrid] for mrid in mrids if mrid in position}), np.int32)


def wanted_steps(network: AssembledNetwork, plan: Restoration) -> list[Wanted]:
    """Of switches; an island's source is no switch, and a plan that needs one is none of these."""
    return [
        Wanted(network.switches.mrid[step.switch], StepQuantity.SWITCH_STATE, 1.0 if step.close else 0.0)
        for step in plan.steps
    ]


@dataclass(frozen=True, slots=True)
class Effect:
    """By nodes on display."""

    restored: tuple[str, ...]  # mRIDs of nodes with load that get supply
    without: tuple[str, ...]
    total_kw: float  # without supply now
    restored_kw: float
    customers_without: int


def effect_of(scene: Scene, closed: BoolArray, customers: IntArray) -> Effect:
    """What these positions give back of what is dead now."""
    network, shown = scene.place.network, scene.place.network.n_display_nodes
    before = resolve(network.network, scene.base.switch_closed).node_energised[:shown]
    after = resolve(network.network, closed).node_energised[:shown]
    kw = drawn_kw(network, scene.base.injection_p_kw)
    loaded = (kw > 0) | (network.node.customers[:shown] > 0)
    back, left = np.flatnonzero(~before & after & loaded), np.flatnonzero(~before & ~after & loaded)
    named = network.nodes.mrid
    return Effect(
        tuple(named[n] for n in back[np.argsort(-kw[back], kind="stable")].tolist()),
        tuple(named[n] for n in left.tolist()),
        float(kw[~before].sum()),
        float(kw[back].sum()),
        int(network.node.customers[left].sum()),
    )


def plan_document(network: AssembledNetwork, plan: Restoration, *, title: str) -> dict[str, Any]:
    names = network.switches
    return {
        "title": title,
        "method": plan.method.value,
        "steps": [
            {
                "switch_mrid": names.mrid[step.switch],
                "switch": names.name[step.switch],
                "act": "close" if step.close else "open",
                "role": step.role.value,
                **_check(plan, number),
            }
            for number, step in enumerate(plan.steps)
        ],
        "restored_kw": _number(plan.restored_kw),
        "customers_restored": plan.customers_restored,
        "customers_without": plan.customers_without,
        "customer_minutes": _number(plan.customer_minutes),
        "operations": plan.operations,
        "switching_s": _number(plan.switching_s),
        "gap": _number(plan.gap),
        "bound": _number(plan.bound),
        "hours": [_told(check) for check in plan.hours],
        "is_sound": plan.is_sound,
        "reason": plan.reason,
    }


def _check(plan: Restoration, number: int) -> dict[str, Any]:
    return _told(plan.checks[number]) if number < len(plan.checks) else {}


def _told(check: Any) -> dict[str, Any]:
    names = ("after_s", "lowest_pu", "highest_pu", "most_loading")
    found: dict[str, Any] = {name: _number(getattr(check, name)) for name in names}
    return found | {"hour": check.hour, "violations": check.violations, "unsolved": check.reason}


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None


def pickup(began_at: datetime, as_of: datetime) -> float:
    """What a load takes in the moment in which it has supply again, against what it would take anyway."""
    return float(pickup_factor(hours_since(began_at, as_of), 0.0))


def hours_since(began_at: datetime, as_of: datetime) -> float:
    return max((as_of - began_at).total_seconds() / _SECONDS_PER_HOUR, 0.0)
