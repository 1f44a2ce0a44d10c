"""A base and its changes, applied in their order: the network and the operating point that runs compute on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.studies.adapters.base import Base
from apps.studies.adapters.changes import ALL, Place, q_per_kw, scaled_injections
from apps.studies.choices import ChangeKind, Flowing, Scaled
from gridops.engine.network.model import Network
from gridops.engine.network.topology import resolve
from gridops.engine.security.zones import OperatingPoint

FloatArray = npt.NDArray[np.float64]
Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Studied:
    network: AssembledNetwork  # with the branches that are out taken off their nodes
    point: OperatingPoint
    injection_p_kw: FloatArray  # per injection of the network, without plants that were added
    injection_q_kvar: FloatArray
    plant_p_kw: FloatArray  # per node, those plants
    out: npt.NDArray[np.bool_]  # per branch, lines first

    @property
    def load_kw(self) -> float:
        return -float(np.minimum(self._supplied(), 0.0).sum())

    @property
    def generation_kw(self) -> float:
        return float(np.maximum(self._supplied(), 0.0).sum())

    def _supplied(self) -> FloatArray:
        live = self.point.topology.node_energised
        p = np.where(live[self.network.network.injection_node], self.injection_p_kw, 0.0)
        return np.concatenate([p, np.where(live, self.plant_p_kw, 0.0)])


@dataclass(slots=True)
class _Draft:
    p_kw: FloatArray
    q_kvar: FloatArray
    plant_p_kw: FloatArray  # per node
    plant_q_kvar: FloatArray
    closed: npt.NDArray[np.bool_]
    taps: npt.NDArray[np.int32]
    lines_out: list[int]
    transformers_out: list[int]


def studied(base: Base, changes: Iterable[tuple[ChangeKind, Payload]], place: Place) -> Studied:
    nothing = np.zeros(place.network.network.n_nodes)
    draft = _Draft(
        p_kw=base.injection_p_kw.copy(),
        q_kvar=base.injection_q_kvar.copy(),
        plant_p_kw=nothing.copy(),
        plant_q_kvar=nothing.copy(),
        closed=base.switch_closed.copy(),
        taps=base.tap_position.copy(),
        lines_out=[],
        transformers_out=[],
    )
    for kind, payload in changes:
        _APPLY[kind](draft, payload, place)
    return _of(base, draft, place.network)


def _of(base: Base, draft: _Draft, network: AssembledNetwork) -> Studied:
    cut = _without(network, draft.lines_out, draft.transformers_out)
    count, before = cut.network.n_nodes, network.network.n_nodes
    node = network.network.injection_node
    p = np.bincount(node, draft.p_kw, before) + base.rest_p_kw + draft.plant_p_kw
    q = np.bincount(node, draft.q_kvar, before) + base.rest_q_kvar + draft.plant_q_kvar
    out = np.zeros(len(network.lines) + len(network.transformers), np.bool_)
    out[draft.lines_out] = True
    out[[len(network.lines) + at for at in draft.transformers_out]] = True
    return Studied(
        network=cut,
        point=OperatingPoint(
            network=cut.network,
            topology=resolve(cut.network, draft.closed),
            node_p_kw=_longer(p, count),
            node_q_kvar=_longer(q, count),
            tap_position=draft.taps,
            source_voltage_pu=base.source_voltage_pu,
            source_angle_deg=base.source_angle_deg,
        ),
        injection_p_kw=draft.p_kw,
        injection_q_kvar=draft.q_kvar,
        plant_p_kw=_longer(draft.plant_p_kw, count),
        out=out,
    )


def _longer(values: FloatArray, count: int) -> FloatArray:
    return np.concatenate([values, np.zeros(count - len(values))])


def _without(network: AssembledNetwork, lines_out: list[int], transformers_out: list[int]) -> AssembledNetwork:
    """Branches that are out lie between two nodes of their own, behind all others, where nothing feeds them.

    So every element keeps its position, and each computation sees the same thing: a branch without supply.
    """
    arrays = network.network
    lines, units, count = sorted(set(lines_out)), sorted(set(transformers_out)), arrays.n_nodes
    if not lines and not units:
        return network
    apart = [(end, at) for at in lines for end in (arrays.lines.from_node[at], arrays.lines.to_node[at])]
    apart += [
        (end, at) for at in units for end in (arrays.transformers.high_node[at], arrays.transformers.low_node[at])
    ]
    kv = arrays.nominal_kv[[int(end) for end, _ in apart]]
    near, far = arrays.lines.from_node.copy(), arrays.lines.to_node.copy()
    high, low = arrays.transformers.high_node.copy(), arrays.transformers.low_node.copy()
    first = count + 2 * np.arange(len(lines) + len(units), dtype=np.int32)
    near[lines], far[lines] = first[: len(lines)], first[: len(lines)] + 1
    high[units], low[units] = first[len(lines) :], first[len(lines) :] + 1
    return replace(network, network=_moved(arrays, kv, (near, far), (high, low)), node=_padded(network.node, len(kv)))


def _moved(
    arrays: Network, kv: FloatArray, line_ends: tuple[np.ndarray, ...], unit_ends: tuple[np.ndarray, ...]
) -> Network:
    return replace(
        arrays,
        nominal_kv=np.concatenate([arrays.nominal_kv, kv]),
        lines=replace(arrays.lines, from_node=line_ends[0], to_node=line_ends[1]),
        transformers=replace(arrays.transformers, high_node=unit_ends[0], low_node=unit_ends[1]),
    )


def _padded(facts: Any, more: int) -> Any:
    """Facts of the nodes behind all others: terminals without customers or limits that count."""
    count = len(facts.bus)
    return replace(
        facts,
        bus=np.concatenate([facts.bus, np.arange(count, count + more, dtype=facts.bus.dtype)]),
        is_terminal=np.concatenate([facts.is_terminal, np.ones(more, np.bool_)]),
        customers=np.concatenate([facts.customers, np.zeros(more, facts.customers.dtype)]),
        low_pu=np.concatenate([facts.low_pu, np.zeros(more)]),
        high_pu=np.concatenate([facts.high_pu, np.full(more, 9.0)]),
    )


def _switch(draft: _Draft, payload: Payload, place: Place) -> None:
    draft.closed[place.network.switches.position[payload["mrid"]]] = payload["closed"]


def _scale(draft: _Draft, payload: Payload, place: Place) -> None:
    chosen = scaled_injections(place.network, Scaled(payload["which"]))
    chosen &= _inside(payload["mrid"], place)
    draft.p_kw[chosen] *= payload["factor"]
    draft.q_kvar[chosen] *= payload["factor"]


def _inside(mrid: str, place: Place) -> npt.NDArray[np.bool_]:
    injections = place.network.injections
    inside = np.zeros(len(injections), np.bool_)
    if mrid == ALL:
        inside[:] = True
    elif (at := injections.position.get(mrid)) is not None:
        inside[at] = True
    elif (node := place.network.nodes.position.get(mrid)) is not None:
        inside = place.network.network.injection_node == node
    elif (found := place.injections_of(mrid)) is not None:
        inside[found[1]] = True
    return inside


def _set_power(draft: _Draft, payload: Payload, place: Place) -> None:
    at = place.network.injections.position[payload["mrid"]]
    sign = -1.0 if int(place.network.injection.kind[at]) == CONSUMER else 1.0
    before, after = draft.p_kw[at], sign * payload["p_kw"]
    if "q_kvar" in payload:
        draft.q_kvar[at] = sign * payload["q_kvar"]
    elif abs(before) > 1e-9:  # the power factor stays
        draft.q_kvar[at] *= after / before
    draft.p_kw[at] = after


def _plant(draft: _Draft, payload: Payload, place: Place) -> None:
    node, flowing = place.network.node_at(payload["mrid"]), Flowing(payload["flowing"])
    p_kw = payload["p_kw"] if flowing == Flowing.FEEDS_IN else -payload["p_kw"]
    draft.plant_p_kw[node] += p_kw
    draft.plant_q_kvar[node] += q_per_kw(payload, flowing)[0] * p_kw


def _outage(draft: _Draft, payload: Payload, place: Place) -> None:
    if (line := place.network.lines.position.get(payload["mrid"])) is not None:
        draft.lines_out.append(line)
    else:
        draft.transformers_out.append(place.network.transformers.position[payload["mrid"]])


def _tap(draft: _Draft, payload: Payload, place: Place) -> None:
    draft.taps[place.network.transformers.position[payload["mrid"]]] = payload["position"]


_APPLY: dict[ChangeKind, Callable[[_Draft, Payload, Place], None]] = {
    ChangeKind.SWITCH: _switch,
    ChangeKind.SCALE: _scale,
    ChangeKind.SET_POWER: _set_power,
    ChangeKind.PLANT: _plant,
    ChangeKind.OUTAGE: _outage,
    ChangeKind.TAP: _tap,
}
